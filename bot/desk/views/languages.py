"""The languages, for who decides and who translates: how far each is, and what residents may do in it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from bot.conversations.languages import State, UnknownLanguage, decisions, state_of
from bot.learning.readiness import NotReady, readiness, release

from ..access import Forbidden, staff_only
from ..roles import Role, Staff
from .voices import VOICES

__all__ = ["languages"]

_SEE = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR, Role.MAINTAINER})
_DECIDE = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
_LONGEST_REASON = 300
STATES = {State.ON: lazy("vrij typen"), State.BUTTONS: lazy("knoppen en een mens"), State.OFF: lazy("uit")}
MISSING = {
    "translated": lazy("vertalingen ontbreken"), "reviewed": lazy("niet nagelezen"), "examples": lazy("te weinig voorbeelden"),
    "score": lazy("begrip niet gemeten of te laag"), "heard": lazy("nood niet gemeten of te laag"),
    "dialogues": lazy("geen proefgesprekken"),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(_SEE)
def languages(request: HttpRequest, staff: Staff) -> HttpResponse:
    """A card a language; coordinators and administrators decide, with a reason where it goes further than is advised."""
    if request.method == "POST":
        return _decide(request, staff)
    decided = decisions()
    rows = [
        {"found": found, "state": state_of(found.tag), "words": STATES[State(state_of(found.tag))],
         "advice": STATES[State(found.advice)], "missing": [MISSING[code] for code in found.missing],
         "decided": decided.get(found.tag)}
        for found in readiness()
    ]  # fmt: skip
    shown = {"helper": staff.helper, "staff": staff, "rows": rows, "states": [(s.value, words) for s, words in STATES.items()],
             "may_decide": staff.role in _DECIDE, "may_record": staff.role in VOICES,
             "demo": settings.DEMO}  # fmt: skip
    return render(request, "desk/languages.html", shown)


def _decide(request: HttpRequest, staff: Staff) -> HttpResponse:
    if staff.role not in _DECIDE:
        raise Forbidden
    tag, state = request.POST.get("tag", ""), request.POST.get("state", "")
    try:
        release(tag, state, staff.user.email, request.POST.get("reason", "")[:_LONGEST_REASON])
    except NotReady:
        messages.info(request, _("Dit gaat verder dan het advies. Schrijf erbij waarom; dat wordt bewaard."))
    except UnknownLanguage:
        messages.info(request, _("Dat kan niet. Nederlands blijft altijd aan."))
    else:
        messages.success(request, _("Bewaard. Binnen enkele seconden antwoordt de bot zo."))
    return redirect("desk:languages")
