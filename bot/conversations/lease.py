"""One worker at a time works off a conversation: a lease taken by a conditional UPDATE."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .models import Conversation, Message

__all__ = ["LEASE_SECONDS", "hold", "renew", "waiting_conversations"]

# Longer than one turn may take (Rasa's time-out is 20 s); a killed worker's conversation waits at most this long.
LEASE_SECONDS = 30


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


@contextmanager
def hold(conversation_id: int) -> Iterator[uuid.UUID | None]:
    """Yields the lease, or None when another worker has it; it is given back at the end, also after an error."""
    mine, until = uuid.uuid4(), timezone.now() + timedelta(seconds=LEASE_SECONDS)
    free = Conversation.objects.filter(_free(), pk=conversation_id)
    if not free.update(lease=mine, lease_until=until):
        yield None
        return
    try:
        yield mine
    finally:
        Conversation.objects.filter(pk=conversation_id, lease=mine).update(lease=None, lease_until=None)


def renew(conversation_id: int, mine: uuid.UUID) -> bool:
    """Between two turns of one drain: the lease lasts again as long. False when it ran out and is another's, or nobody's."""
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    return bool(Conversation.objects.filter(pk=conversation_id, lease=mine).update(lease_until=until))


def waiting_conversations(older_than_seconds: float) -> list[int]:
    """Conversations with an unhandled message at least this old and no live lease."""
    before = timezone.now() - timedelta(seconds=older_than_seconds)
    unhandled = Message.objects.filter(
        conversation=OuterRef("pk"), author=Message.Author.RESIDENT, handled_at=None, created_at__lte=before
    )
    return list(Conversation.objects.filter(_free(), Exists(unhandled)).values_list("pk", flat=True))
