"""One worker at a time works off a conversation: a lease taken by a conditional UPDATE."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .models import Conversation, Message

__all__ = ["LEASE_SECONDS", "hold", "renew", "waiting_conversations"]

# Longer than one turn may take (Rasa's time-out is 20 s); a killed worker's conversation waits at most this long.
LEASE_SECONDS = 30
_LASTS = timedelta(seconds=LEASE_SECONDS)
# In every turn's way, so as plain SQL: the ORM takes longer to write them than the database to run them.
_TAKE = (
    "UPDATE conversations_conversation SET lease = %s, lease_until = %s"
    " WHERE id = %s AND (lease_until IS NULL OR lease_until < %s)"
)
_RENEW = "UPDATE conversations_conversation SET lease_until = %s WHERE id = %s AND lease = %s"
_GIVE_BACK = "UPDATE conversations_conversation SET lease = NULL, lease_until = NULL WHERE id = %s AND lease = %s"


def _update(statement: str, *values: object) -> int:
    """How many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


@contextmanager
def hold(conversation_id: int) -> Iterator[uuid.UUID | None]:
    """Yields the lease, or None when another worker has it; it is given back at the end, also after an error."""
    mine, now = uuid.uuid4(), timezone.now()
    if not _update(_TAKE, mine, now + _LASTS, conversation_id, now):
        yield None
        return
    try:
        yield mine
    finally:
        _update(_GIVE_BACK, conversation_id, mine)


def renew(conversation_id: int, mine: uuid.UUID) -> bool:
    """Between two turns of one drain: the lease lasts again as long. False when it ran out and is another's, or nobody's."""
    return bool(_update(_RENEW, timezone.now() + _LASTS, conversation_id, mine))


def waiting_conversations(older_than_seconds: float) -> list[int]:
    """Conversations with an unhandled message at least this old and no live lease."""
    before = timezone.now() - timedelta(seconds=older_than_seconds)
    unhandled = Message.objects.filter(
        conversation=OuterRef("pk"), author=Message.Author.RESIDENT, handled_at=None, created_at__lte=before
    )
    return list(Conversation.objects.filter(_free(), Exists(unhandled)).values_list("pk", flat=True))
