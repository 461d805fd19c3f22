"""The learning inbox for maintainers: messages without who wrote them, one decision for a group, and into the data."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bot.language.examples import tags
from bot.language.wishes import load_wishes
from bot.learning import reviewing, writing
from bot.learning.data_checks import intents
from bot.learning.exceptions import BadDecision, CannotWrite, Stale
from bot.learning.models import Sample

from ..access import staff_only
from ..intents import intent_words
from ..roles import Role, Staff
from ..words import language_name

__all__ = ["decide", "inbox", "later", "undo", "write"]

_MAINTAINER = frozenset({Role.MAINTAINER})
_PASSED, _MOST_PASSED = "learning_passed", 50
WHY = {
    "misunderstood": lazy("niet begrepen"), "unsure": lazy("onzeker"), "corrected": lazy("verbeterd door de bewoner"),
    "person": lazy("meteen een mens gevraagd"),
}  # fmt: skip
_ERRORS = {
    Stale: lazy("Deze berichten zijn weg of al beoordeeld. Hieronder staat wat nu wacht."),
    BadDecision: lazy("Kies een onderwerp uit de lijst, of geef het nieuwe onderwerp een naam."),
}


def _named(intent: str) -> str:
    """The code, and what it is about where the desk has words for it."""
    words = intent_words(intent)
    return f"{intent} · {words}" if words else intent


def _wish_choices(read: dict[str, str]) -> list[tuple[str, bool]]:
    """``slot=value`` of every wish there is, with what was read of it."""
    known = dict.fromkeys(f"{slot}={value}" for slot, value, _pattern in load_wishes("nl"))
    own = {f"{slot}={value}" for slot, value in read.items()}
    return [(name, name in own) for name in sorted({*known, *own})]


def _shown(request: HttpRequest, staff: Staff, error: str = "") -> dict[str, Any]:
    given = request.POST if request.method == "POST" else request.GET
    known = reviewing.languages(staff.user)
    tag, why = given.get("tag", ""), given.get("why", "")
    tag, why = tag if tag in known else "", why if why in WHY else ""
    group = reviewing.next_group(staff.user, tag=tag, why=why, passed=request.session.get(_PASSED, ()))
    shown = {
        "helper": None, "staff": staff, "group": group, "tag": tag, "why": why, "counts": reviewing.counts(staff.user),
        "languages": [(t, language_name(t).in_dutch or t) for t in known], "reasons": WHY, "error": error,
        "lacks_municipality": reviewing.lacks_municipality(staff.user),
    }  # fmt: skip
    return {**shown, **_card(group)} if group else shown


def _card(group: reviewing.Group) -> dict[str, Any]:
    reasons = dict.fromkeys(str(WHY[sample.why]) for sample in group.samples)
    sure = [sample.confidence for sample in group.samples]
    return {
        "reading": _named(group.intent), "about": language_name(group.language), "reasons_here": list(reasons),
        "sure": round(100 * sum(sure) / len(sure)), "intents": [(name, _named(name)) for name in intents()],
        "tags": [(t, language_name(t).in_dutch or t) for t in tags()], "wishes": _wish_choices(group.wishes),
        "read_wishes": [f"{slot}={value}" for slot, value in group.wishes.items()],
    }  # fmt: skip


def _answer(request: HttpRequest, staff: Staff, error: str = "", status: int = 200) -> HttpResponse:
    """The next card alone where the page asks for it; else the page."""
    if request.htmx or error:
        template = "desk/_learning.html" if request.htmx else "desk/learning.html"
        return render(request, template, _shown(request, staff, error), status=status)
    return redirect("desk:learning")


@require_safe
@staff_only(_MAINTAINER)
def inbox(request: HttpRequest, staff: Staff) -> HttpResponse:
    """One group of messages at a time."""
    return render(request, "desk/learning.html", _shown(request, staff))


def _wishes(request: HttpRequest) -> dict[str, str] | None:
    """The wishes as they should have been read; None where the reviewer left them alone."""
    if "wishes_changed" not in request.POST:
        return None
    known = {name for name, _own in _wish_choices({})}
    pairs = [name.partition("=") for name in request.POST.getlist("wish") if name in known]
    return {slot: value for slot, _sign, value in pairs}


def _decision(request: HttpRequest) -> reviewing.Decision:
    given = request.POST
    verdict = given.get("verdict", "")
    intent = given.get("reading" if verdict == "right" else "intent", "")
    return reviewing.Decision(verdict, intent, given.get("topic", ""), given.get("language", ""), _wishes(request))


def _uuids(found: list[str]) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(one) for one in found]
    except ValueError:
        raise BadDecision from None


@require_POST
@staff_only(_MAINTAINER)
def decide(request: HttpRequest, staff: Staff) -> HttpResponse:
    """One decision for every ticked message of the group; what is not ticked comes back by itself."""
    try:
        group, chosen = _uuids([request.POST.get("group", "")])[0], _uuids(request.POST.getlist("sample"))
        left = [pk for pk in _uuids(request.POST.getlist("shown")) if pk not in chosen]
        reviewing.decide(staff.user, group, chosen, left, _decision(request))
    except (Stale, BadDecision) as error:
        return _answer(request, staff, str(_ERRORS[type(error)]), 409 if isinstance(error, Stale) else 422)
    return _answer(request, staff)


@require_POST
@staff_only(_MAINTAINER)
def undo(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Take back the last decision."""
    if not reviewing.undo(staff.user):
        return _answer(request, staff, _("Er is niets meer om terug te draaien."), 409)
    request.session.pop(_PASSED, None)
    return _answer(request, staff)


@require_POST
@staff_only(_MAINTAINER)
def later(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Put this group behind the others, for this person and this sitting."""
    passed = [*request.session.get(_PASSED, ()), request.POST.get("group", "")[:36]]
    request.session[_PASSED] = passed[-_MOST_PASSED:]
    return _answer(request, staff)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(_MAINTAINER)
def write(request: HttpRequest, staff: Staff) -> HttpResponse:
    """What would be written, as a diff; and writing it."""
    status, shown = 200, {"helper": None, "staff": staff}
    try:
        if request.method == "POST":
            shown["change"] = writing.write_accepted()
            shown["written"] = True
        else:
            shown["change"] = writing.plan(writing.accepted_lines())
    except CannotWrite as error:
        status, shown["error"] = 409, _("Het is niet geschreven, en niets is vergeten. %(why)s") % {"why": error}
    if "change" in shown:
        shown["diff"] = shown["change"].diff()
        shown["topics"] = Sample.objects.filter(state=Sample.State.TOPIC).order_by("topic")[:200]
    if shown.get("written"):
        messages.success(request, _("Geschreven. De berichten zelf zijn vergeten. Bekijk de wijziging en train dan een model."))
    return render(request, "desk/learning_write.html", shown, status=status)
