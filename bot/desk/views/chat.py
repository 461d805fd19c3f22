"""The conversation: what a helper writes, and that nothing written is ever lost."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bot.conversations.typing import HELPER, tell_typing
from bot.handover import service
from bot.handover.exceptions import HandoverError
from bot.handover.transitions import HELD
from bot.language.sources import load_phrases
from bot.neighbourhood.models import Helper

from ..access import find, helper_only, sees_only_a_card
from ..forms import MAX_CHARS, WriteForm, whole_number
from ..hints import hints
from ..phrases import PhraseForm, filled, is_reviewed
from ..translating import may_translate, translate
from ..words import error_words
from .handovers import read_page, show_page

__all__ = ["hint", "phrase", "translated", "write"]

Pk = uuid.UUID


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
        return render(request, "desk/_written.html", {**read_page(request, helper, pk), "sent": True})
    return redirect("desk:handover", pk=pk)


def _not_written(request: HttpRequest, helper: Helper, pk: Pk, error: str, status: int) -> HttpResponse:
    # The same id again: what was stored after all is not stored twice.
    kept = {"write_error": error, "write_text": request.POST.get("text", "")}
    if not request.htmx:
        return show_page(request, helper, pk, status, **kept)
    return render(request, "desk/_written.html", {**read_page(request, helper, pk), **kept}, status=status)


@require_POST
@helper_only
def hint(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """Kinder words for what is being written, and the resident sees that somebody writes; nothing of it is kept."""
    found = find(pk, helper)
    text = request.POST.get("text", "")[:MAX_CHARS]
    if text.strip() and helper.pk in (found.holder_id, found.second_id) and found.state in HELD:
        tell_typing(found.conversation, HELPER)
    return render(request, "desk/_hints.html", {"hints": hints(text, found.conversation.language)})


@require_http_methods(["GET", "POST"])
@helper_only
def phrase(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """GET: a phrase with its fields, in Dutch and in the resident's language. POST: send it, once."""
    found, asked = find(pk, helper), request.POST if request.method == "POST" else request.GET
    key = asked.get("key", "")
    if key not in load_phrases() or sees_only_a_card(found, helper):
        return render(request, "desk/_phrase.html", {"handover": found}, status=404 if key else 200)
    form, tag = PhraseForm(key, asked), found.conversation.language
    if request.method == "POST" and form.is_valid():
        return _send_phrase(request, helper, pk, key, form)
    shown = {
        "handover": found, "key": key, "form": form, "client_id": asked.get("client_id") or uuid.uuid4(),
        "filled": filled(key, form, helper, tag) if form.is_valid() else None, "draft": not is_reviewed(tag),
        "begun": len(asked) > 1,
    }  # fmt: skip
    return render(request, "desk/_phrase.html", shown, status=422 if request.method == "POST" else 200)


def _send_phrase(request: HttpRequest, helper: Helper, pk: Pk, key: str, form: PhraseForm) -> HttpResponse:
    client_id = request.POST.get("client_id", "")[:40] or None
    try:
        service.write_phrase(pk, helper, key, lambda tag: form.values(helper, tag), client_id=client_id)
    except HandoverError as error:
        return show_page(request, helper, pk, 409, error=error_words(error))
    return redirect("desk:handover", pk=pk)


@require_POST
@helper_only
def translated(request: HttpRequest, helper: Helper, pk: Pk) -> HttpResponse:
    """What messages say in Dutch, by a colleague who reads them; the resident is sent nothing; what is not kept comes back."""
    found = find(pk, helper)
    texts = {whole_number(name.removeprefix("t-")): text for name, text in request.POST.items() if name.startswith("t-")}
    if not may_translate(found, helper):
        error = _("Vertalen kan alleen wie in dit gesprek zit en de taal leest. Er is niets bewaard.")
        return show_page(request, helper, pk, 409, error=error, typed=[text for text in texts.values() if text.strip()])
    kept, late = translate(found, helper, texts)
    if late:
        error = _("Een collega was je voor: wat hieronder staat, was al vertaald. De rest is bewaard.")
        return show_page(request, helper, pk, 409, error=error, typed=late)
    if kept:
        messages.success(request, _("Bewaard. Je collega's lezen de vertaling onder het bericht."))
    return redirect("desk:handover", pk=pk)
