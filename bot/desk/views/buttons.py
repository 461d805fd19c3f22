"""What the buttons of a handover do: each survives a double click and a stale page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bot.handover import attempts, handing_on, joining, service
from bot.handover.exceptions import HandoverError
from bot.handover.states import Kind
from bot.neighbourhood.models import Helper
from bot.neighbourhood.teams import reading_teams

from .. import notes
from ..access import find, helper_only, sees_only_a_card
from ..forms import AttemptForm, CloseForm, NoteForm, whole_number
from ..words import error_words
from .handovers import show_page

__all__ = [
    "accept", "add_note", "ask_second", "attempt", "close", "hand_back", "hand_on", "join", "may_know", "reopen",
]  # fmt: skip

Pk = uuid.UUID
_NOT_STEPS = (Kind.READ, Kind.NOTE, Kind.MESSAGE, Kind.COPIED)


def _act(request: HttpRequest, helper: Helper, pk: Pk, kind: str, do: Callable[[], Any], done: str) -> HttpResponse:
    """Do one thing once: a second click is no error, a stale page is told how it stands.

    ``kind`` is the step that a first click left; empty where ``do`` itself knows a second one: somebody else chosen, or another
    way to reach the resident, is none, and what went wrong with it must be said.
    """
    find(pk, helper)
    try:
        do()
    except HandoverError as error:
        if not kind or not _was_me(pk, helper, kind):
            return show_page(request, helper, pk, 409, error=error_words(error))
    messages.success(request, done)
    return redirect("desk:handover", pk=pk)


def _was_me(pk: Pk, helper: Helper, kind: str) -> bool:
    """Whether this helper did just that: the first of two clicks."""
    events = find(pk, helper).events.exclude(kind__in=_NOT_STEPS)
    last = events.order_by("-at", "-id").first()
    return last is not None and (last.kind, last.actor_id) == (kind, helper.user_id)


@require_POST
@helper_only
def accept(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """Take it: the resident hears who."""
    done = _("Aangenomen. De bewoner heeft jouw voornaam gekregen. Schrijf je eerste bericht.")
    return _act(request, helper, pk, Kind.ACCEPTED, lambda: service.accept(pk, helper), done)


@require_POST
@helper_only
def hand_back(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """Back to the team, no reason asked."""
    done = _("Teruggegeven. De overdracht staat weer open voor je team, en de bewoner weet dat.")
    return _act(request, helper, pk, Kind.HANDED_BACK, lambda: service.hand_back(pk, helper), done)


@require_POST
@helper_only
def reopen(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """A closed one waits again."""
    done = _("Heropend. De overdracht staat weer open voor je team.")
    return _act(request, helper, pk, Kind.REOPENED, lambda: service.reopen(pk, helper), done)


@require_POST
@helper_only
def close(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """End it with an outcome."""
    form = CloseForm(request.POST)
    if not form.is_valid():
        return show_page(request, helper, pk, 422, error=_("Kies eerst hoe het is afgelopen."))
    outcome = form.cleaned_data["outcome"]
    return _act(request, helper, pk, Kind.CLOSED, lambda: service.close(pk, helper, outcome), _("Afgesloten. Dank je wel."))


@require_POST
@helper_only
def add_note(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """A remark for colleagues; a blind card takes none."""
    found, form = find(pk, helper), NoteForm(request.POST)
    if sees_only_a_card(found, helper) or not form.is_valid():
        error = form.error() or _("Neem de overdracht eerst aan.")
        return show_page(request, helper, pk, 422, error=error, note_text=request.POST.get("text", ""))
    try:
        notes.add_once(pk, helper, form.cleaned_data["text"])
    except HandoverError as error:
        return show_page(request, helper, pk, 409, error=error_words(error), note_text=form.cleaned_data["text"])
    messages.success(request, _("Notitie bewaard. Alleen je team leest die."))
    return redirect("desk:handover", pk=pk)


@require_POST
@helper_only
def hand_on(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """Ask a colleague to take over, or hand it on to another team; the resident is told."""
    find(pk, helper)
    kind, _dash, number = request.POST.get("to", "").partition("-")
    model = {"helper": Helper.objects.filter(team=helper.team_id, active=True), "team": reading_teams()}.get(kind)
    chosen = model.filter(pk=whole_number(number)).first() if model is not None else None
    if chosen is None:
        return show_page(request, helper, pk, 422, error=_("Kies eerst aan wie je dit overdraagt."))
    do = handing_on.to_colleague if kind == "helper" else handing_on.to_team
    try:
        do(pk, helper, chosen)
    except HandoverError as error:
        return show_page(request, helper, pk, 409, error=error_words(error))
    if kind == "team":
        messages.success(request, _("Overgedragen aan %(team)s. De bewoner weet dat en kan nee zeggen.") % {"team": chosen.name})
        return redirect("desk:overview")
    messages.success(
        request, _("Gevraagd aan %(name)s. Tot die aanneemt, ziet het hele team dit bij Open.") % {"name": chosen.first_name}
    )
    return redirect("desk:handover", pk=pk)


@require_POST
@helper_only
def may_know(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """A key person may know the resident: back to the team, no reason, no words seen."""
    find(pk, helper)
    try:
        handing_on.may_know(pk, helper)
    except HandoverError as error:
        return show_page(request, helper, pk, 409, error=error_words(error))
    messages.success(request, _("Dank je. Dit staat niet meer in jouw lijst; je team pakt het op."))
    return redirect("desk:overview")


@require_POST
@helper_only
def attempt(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """A call, a visit, a walk-in: reached or not."""
    find(pk, helper)
    form = AttemptForm(request.POST)
    if not form.is_valid():
        return show_page(request, helper, pk, 422, error=_("Kies hoe je het probeerde, en of het lukte."))
    way, reached = form.cleaned_data["way"], form.cleaned_data["reached"] == "yes"
    done = _("Genoteerd.") if reached else _("Genoteerd. De bewoner heeft gehoord dat je het probeerde.")
    return _act(request, helper, pk, "", lambda: attempts.attempt(pk, helper, way, reached), done)


@require_POST
@helper_only
def ask_second(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """Ask the resident whether a colleague may join."""
    find(pk, helper)
    number = whole_number(request.POST.get("colleague", ""))
    colleague = Helper.objects.filter(team=helper.team_id, active=True, pk=number).first()
    if colleague is None:
        return show_page(request, helper, pk, 422, error=_("Kies eerst wie er mee mag doen."))
    done = _("De bewoner krijgt de vraag of %(name)s mee mag doen. Pas na een ja kan dat.") % {"name": colleague.first_name}
    return _act(request, helper, pk, "", lambda: joining.ask(pk, helper, colleague), done)


@require_POST
@helper_only
def join(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """Come in as the second person, after the resident's yes."""
    find(pk, helper)
    done = _("Je doet mee. Stel je voor in het gesprek.")
    return _act(request, helper, pk, "", lambda: joining.join(pk, helper), done)
