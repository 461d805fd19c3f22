"""What did not arrive: for the coordinator, with the reason in plain words and a button to try again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot.conversations.dead_letters import dead_letters, retry, troubles
from bot.neighbourhood.models import Helper

from .access import helper_only, team_handovers
from .words import moment

__all__ = ["again", "undelivered"]


def _coordinator(helper: Helper) -> None:
    if not helper.coordinator:
        raise Http404


@require_safe
@helper_only
def undelivered(request: HttpRequest, helper: Helper) -> HttpResponse:
    """The list; a handover of one's own team is linked."""
    _coordinator(helper)
    found, now = dead_letters(), timezone.now()
    handovers = dict(
        team_handovers(helper).filter(conversation__in={f.conversation_id for f in found}).values_list("conversation_id", "pk")
    )
    rows = [{"letter": f, "at": moment(f.at, now), "handover": handovers.get(f.conversation_id)} for f in found]
    return render(request, "desk/deliveries.html", {"helper": helper, "rows": rows, "troubles": troubles()})


@require_POST
@helper_only
def again(request: HttpRequest, helper: Helper, number: int) -> HttpResponse:
    """Try one again."""
    _coordinator(helper)
    done = retry(number)
    messages.success(request, _("Het bericht gaat opnieuw op weg.") if done else _("Dit bericht is al onderweg of aangekomen."))
    return redirect("desk:undelivered")
