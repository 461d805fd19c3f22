"""One worker at a time works off a conversation: a lease taken by a conditional UPDATE."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .models import Conversation, Message

__all__ = ["LEASE_SECONDS", "hold", "waiting_conversations"]

# Longer than one turn may take (Rasa's time-out is 20 s); a killed worker's conversation waits at most this long.
LEASE_SECONDS = 30


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


@contextmanager
def hold(conversation_id: int) -> Iterator[bool]:
    """Yields True when the lease is ours; it is given back at the end, also after an error."""
    mine, until = uuid.uuid4(), timezone.now() + timedelta(seconds=LEASE_SECONDS)
    free = Conversation.objects.filter(_free(), pk=conversation_id)
    if not free.update(lease=mine, lease_until=until):
        yield False
        return
    try:
        yield True
    finally:
        Conversation.objects.filter(pk=conversation_id, lease=mine).update(lease=None, lease_until=None)


def renew(conversation_id: int) -> None:
    """Between two turns of one drain: the lease lasts again as long."""
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    Conversation.objects.filter(pk=conversation_id).update(lease_until=until)


def waiting_conversations(older_than_seconds: float) -> list[int]:
    """Conversations with an unhandled message at least this old and no live lease."""
    before = timezone.now() - timedelta(seconds=older_than_seconds)
    unhandled = Message.objects.filter(
        conversation=OuterRef("pk"), author=Message.Author.RESIDENT, handled_at=None, created_at__lte=before
    )
    return list(Conversation.objects.filter(_free(), Exists(unhandled)).values_list("pk", flat=True))
