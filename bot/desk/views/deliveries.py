"""What did not arrive: for the coordinator, with the reason in plain words and a button to try again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot.conversations.dead_letters import dead_letters, retry, troubles
from bot.conversations.models import Delivery

from ..access import conversations_of, staff_only, team_handovers
from ..roles import Role, Staff
from ..words import moment

__all__ = ["again", "undelivered"]


@require_safe
@staff_only({Role.COORDINATOR})
def undelivered(request: HttpRequest, staff: Staff) -> HttpResponse:
    """The list; a handover of one's own team is linked."""
    found, now = dead_letters(conversations_of(staff.helper)), timezone.now()
    own = team_handovers(staff.helper).filter(conversation__in={f.conversation_id for f in found})
    handovers = dict(own.values_list("conversation_id", "pk"))
    rows = [{"letter": f, "at": moment(f.at, now), "handover": handovers.get(f.conversation_id)} for f in found]
    return render(request, "desk/deliveries.html", {"helper": staff.helper, "rows": rows, "troubles": troubles()})


@require_POST
@staff_only({Role.COORDINATOR})
def again(request: HttpRequest, staff: Staff, number: int) -> HttpResponse:
    """Try one again; another team's looks like one that never was."""
    if not Delivery.objects.filter(pk=number, message__conversation__in=conversations_of(staff.helper)).exists():
        raise Http404
    done = retry(number)
    messages.success(request, _("Het bericht gaat opnieuw op weg.") if done else _("Dit bericht is al onderweg of aangekomen."))
    return redirect("desk:undelivered")
