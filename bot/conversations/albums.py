"""Pictures sent together come as a message each: every one is kept, and they get one answer together.

They are read a moment after the last one came, since any of them may carry the words, and they come in any order.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from . import rights
from .models import Conversation, Message
from .outbox import Reply

__all__ = ["GRACE", "answer", "is_arriving"]

# The next one comes a few hundredths of a second later. A worker looks again every two seconds.
GRACE = timedelta(seconds=1)
# Whatever keeps coming under one album's id, the first of them is not put off for longer.
_LONGEST = timedelta(seconds=10)


def _others(message: Message) -> QuerySet[Message]:
    same = Message.objects.filter(conversation=message.conversation_id, album=message.album)
    return same.exclude(pk=message.pk).order_by("position")


def is_arriving(message: Message) -> bool:
    """Whether more of this album may still come."""
    now = timezone.now()
    if not message.album or message.created_at <= now - _LONGEST:
        return False
    return message.created_at > now - GRACE or _others(message).filter(created_at__gt=now - GRACE).exists()


def answer(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Nothing for a picture that another one of its album speaks for; None for the one that gets the answer.

    That is the first with words, else the first at all. Whether files may go along is asked under the last one.
    """
    if not message.album:
        return None
    others = list(_others(message))
    with_words = [m for m in others if _has_words(m)]
    if _has_words(message):
        spoken_for = any(m.position < message.position for m in with_words)
    else:
        spoken_for = with_words or Message.objects.filter(reply_to__in=others).exists()
    return (rights.ask_to_add(conversation, message) or []) if spoken_for else None


def _has_words(message: Message) -> bool:
    return any(c.isalnum() for c in message.text)
