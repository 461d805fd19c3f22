"""A resident's files at the desk: for the helper who holds the handover, shown or played in the browser, never run."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from bot.channels import attachments
from bot.conversations.models import Attachment
from bot.handover import service
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper

from .access import find, helper_only, sees_only_a_card, sees_the_talk

__all__ = ["file", "files_of"]

_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


def files_of(handover: Handover, helper: Helper) -> list[Attachment]:
    """What this helper may open; nothing of a withdrawn handover."""
    hidden = handover.state == Handover.State.WITHDRAWN or sees_only_a_card(handover, helper)
    return [] if hidden or not sees_the_talk(handover, helper) else attachments.shown(handover.pk)


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
