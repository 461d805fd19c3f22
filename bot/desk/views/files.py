"""A resident's file at the desk: shown or played in the browser, never run."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bot.conversations.models import Attachment
from bot.handover import service
from bot.neighbourhood.models import Helper

from ..access import find, helper_only
from ..files import files_of

__all__ = ["file"]

_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


@require_safe
@helper_only
def file(request: HttpRequest, helper: Helper, pk: uuid.UUID, number: int) -> HttpResponse:
    """One file of a handover; who opens it reads the handover."""
    handover = find(pk, helper)
    allowed = {found.pk for found in files_of(handover, helper) if found.state == Attachment.State.STORED}
    if number not in allowed:
        raise Http404
    service.log_reading(handover, request.user)
    found = Attachment.objects.get(pk=number)
    answer = HttpResponse(found.content, content_type=found.mime)
    answer.headers["Content-Disposition"] = f'inline; filename="file-{number}"'
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
