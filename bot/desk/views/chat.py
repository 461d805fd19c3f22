"""The conversation: what a helper writes, and that nothing written is ever lost."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from bot.handover import service
from bot.handover.exceptions import HandoverError
from bot.neighbourhood.models import Helper

from ..access import find, helper_only
from ..forms import WriteForm
from ..words import error_words
from .handovers import read_page, show_page

__all__ = ["write"]

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
