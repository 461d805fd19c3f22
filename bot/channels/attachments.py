"""Files between the resident and a handover: offered for a day, fetched after a yes, deleted with the handover."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from bot.conversations.models import Attachment, Conversation
from bot.privacy.logs import event

from . import media

__all__ = ["agree", "drop", "fetch_one", "look_again", "offered", "shown"]

State = Attachment.State
# A provider keeps the file for weeks; what could not be fetched in this time is said to be lost.
_TRIED_FOR = timedelta(hours=24)
# Of one handover: with 20 MB each this bounds what one resident can make us keep.
_MOST_STORED = 30
_UNDER_WAY = (
    "SELECT (args->>'attachment_id')::bigint FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args ? 'attachment_id'"
)


def offered(conversation: Conversation, before: int | None = None) -> QuerySet[Attachment]:
    """What a yes would pass on: files of the last day, from messages below the position ``before``."""
    found = Attachment.objects.filter(
        message__conversation=conversation, state=State.REFERENCE, expires_at__gt=timezone.now()
    )  # fmt: skip
    return found if before is None else found.filter(message__position__lt=before)


@transaction.atomic
def agree(found: QuerySet[Attachment], handover: uuid.UUID) -> int:
    """The resident said yes to these ``offered`` ones: each is fetched for the handover by a job of its own. Returns how many."""
    from .tasks import fetch_attachment

    ids = list(found.values_list("pk", flat=True))
    until = timezone.now() + _TRIED_FOR
    Attachment.objects.filter(pk__in=ids).update(state=State.AGREED, handover=handover, expires_at=until)
    for pk in ids:
        fetch_attachment.defer(attachment_id=pk)
    return len(ids)


def drop(handover: uuid.UUID) -> None:
    """The handover was taken back or is gone: so are its files."""
    Attachment.objects.filter(handover=handover).delete()


def _full(wanted: Attachment) -> bool:
    return Attachment.objects.filter(handover=wanted.handover, state=State.STORED).count() >= _MOST_STORED


def fetch_one(attachment_id: int) -> bool:
    """Fetch an agreed file and keep it encrypted. False when it should be tried again. Twice does no harm."""
    found = Attachment.objects.select_related("message").filter(pk=attachment_id, state=State.AGREED).first()
    if found is None:
        return True
    if _full(found):
        Attachment.objects.filter(pk=attachment_id, state=State.AGREED).update(state=State.FAILED, error="too_many", reference={})
        event("media.too_many", attachment=attachment_id)
        return True
    fetched = media.fetch(found.message.channel, found.reference)
    if fetched.error and fetched.again and timezone.now() < found.expires_at:
        return False
    still = Attachment.objects.filter(pk=attachment_id, state=State.AGREED)
    if fetched.error:
        still.update(state=State.FAILED, error=fetched.error, reference={})
    else:
        still.update(state=State.STORED, content=fetched.content, mime=fetched.mime, reference={})
    event("media.fetched", attachment=attachment_id, error=fetched.error or "none", bytes=len(fetched.content))
    return True


def _left() -> QuerySet[Attachment]:
    """Agreed files that no job is going to fetch: it broke on an error that nobody thought of, or was lost."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY)
        return Attachment.objects.filter(state=State.AGREED).exclude(pk__in=[pk for (pk,) in cursor.fetchall()])


def look_again(now: datetime) -> None:
    """Such files get a new job; past their time the desk is told to ask for them anew. Two jobs for one do no harm."""
    from .tasks import fetch_attachment

    left = _left()
    lost = left.filter(expires_at__lte=now).update(state=State.FAILED, error="lost", reference={})
    if lost:
        event("media.lost", level=logging.ERROR, files=lost)
    for pk in left.filter(expires_at__gt=now).values_list("pk", flat=True):
        fetch_attachment.defer(attachment_id=pk)


def shown(handover: uuid.UUID) -> list[Attachment]:
    """The files of a handover without their content, in the order they came."""
    return list(Attachment.objects.filter(handover=handover).defer("content").order_by("message__position"))
