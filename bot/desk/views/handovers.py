"""The desk's pages and what its buttons do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bot.handover import service
from bot.handover.exceptions import HandoverError
from bot.handover.models import Handover
from bot.handover.states import Kind
from bot.neighbourhood.models import Helper

from .. import notes
from ..access import find, helper_only, sees_only_a_card
from ..forms import CloseForm, ListChoice, NoteForm, WriteForm
from ..listing import listing
from ..sheet import phase_of, sheet
from ..words import error_words

__all__ = ["accept", "add_note", "close", "hand_back", "handover", "live", "overview", "reopen", "write"]

Pk = uuid.UUID


@require_safe
@helper_only
def overview(request: HttpRequest, helper: Helper) -> HttpResponse:
    """The list; a refresh in the background gets only the list."""
    template = "desk/_list.html" if request.htmx else "desk/overview.html"
    return render(request, template, listing(ListChoice.of(request.GET), helper))


def _read(request: HttpRequest, helper: Helper, pk: Pk) -> dict[str, Any]:
    """What the page shows; showing words is reading, and the resident may ask who did."""
    found = find(pk, helper)
    if found.state != Handover.State.WITHDRAWN and not sees_only_a_card(found, helper):
        service.log_reading(found, request.user)
    return {"client_id": uuid.uuid4(), **sheet(found, helper)}


def _page(request: HttpRequest, helper: Helper, pk: Pk, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "desk/handover.html", {**_read(request, helper, pk), **more}, status=status)


@require_safe
@helper_only
def handover(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """One handover."""
    return _page(request, helper, pk)


@require_safe
@helper_only
def live(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """The parts of a page that change by themselves; the whole page when other buttons belong on it now."""
    found = find(pk, helper)
    if phase_of(found, helper) != request.GET.get("phase"):
        answer = HttpResponse()
        answer.headers["HX-Refresh"] = "true"
        return answer
    return render(request, "desk/_live.html", _read(request, helper, pk))


# --- buttons -----------------------------------------------------------------------------------------------------


def _act(request: HttpRequest, helper: Helper, pk: Pk, kind: str, do: Callable[[], Any], done: str) -> HttpResponse:
    """Do one thing once: a second click is no error, a stale page is told how it stands."""
    find(pk, helper)
    try:
        do()
    except HandoverError as error:
        if not _was_me(pk, helper, kind):
            return _page(request, helper, pk, 409, error=error_words(error))
    messages.success(request, done)
    return redirect("desk:handover", pk=pk)


def _was_me(pk: Pk, helper: Helper, kind: str) -> bool:
    """Whether this helper did just that: the first of two clicks."""
    events = find(pk, helper).events.exclude(kind__in=(Kind.READ, Kind.NOTE, Kind.MESSAGE))
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
        return _page(request, helper, pk, 422, error=_("Kies eerst hoe het is afgelopen."))
    outcome = form.cleaned_data["outcome"]
    return _act(request, helper, pk, Kind.CLOSED, lambda: service.close(pk, helper, outcome), _("Afgesloten. Dank je wel."))


@require_POST
@helper_only
def add_note(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """A remark for colleagues; a blind card takes none."""
    found, form = find(pk, helper), NoteForm(request.POST)
    if sees_only_a_card(found, helper) or not form.is_valid():
        error = form.error() or _("Neem de overdracht eerst aan.")
        return _page(request, helper, pk, 422, error=error, note_text=request.POST.get("text", ""))
    try:
        notes.add_once(pk, helper, form.cleaned_data["text"])
    except HandoverError as error:
        return _page(request, helper, pk, 409, error=error_words(error), note_text=form.cleaned_data["text"])
    messages.success(request, _("Notitie bewaard. Alleen je team leest die."))
    return redirect("desk:handover", pk=pk)


@require_POST
@helper_only
def write(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """Say something to the resident; whatever goes wrong, the text comes back."""
    find(pk, helper)
    form = WriteForm(request.POST)
    if not form.is_valid():
        return _not_written(request, helper, pk, form.error(), 422)
    text, client_id = form.cleaned_data["text"], form.cleaned_data["client_id"]
    try:
        service.write(pk, helper, text, client_id=str(client_id) if client_id else None)
    except HandoverError as error:
        return _not_written(request, helper, pk, error_words(error), 409)
    if request.htmx:
        return render(request, "desk/_written.html", {**_read(request, helper, pk), "sent": True})
    return redirect("desk:handover", pk=pk)


def _not_written(request: HttpRequest, helper: Helper, pk: Pk, error: str, status: int) -> HttpResponse:
    # The same id again: what was stored after all is not stored twice.
    kept = {"write_error": error, "write_text": request.POST.get("text", "")}
    if not request.htmx:
        return _page(request, helper, pk, status, **kept)
    return render(request, "desk/_written.html", {**_read(request, helper, pk), **kept}, status=status)
