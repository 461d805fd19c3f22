"""Messages on their way to a provider: in order, retried in one place, with states that only move forward.

A channel registers a ``Transport``; it only translates the provider's answers into ``SendFailed``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from django.db import connection
from django.db.models import F
from django.utils import timezone

from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event

from .models import Conversation, Delivery, Message
from .outbox import announce

__all__ = ["SendFailed", "Transport", "deliver", "due_conversations", "register", "transport_for"]

_ATTEMPTS = 8
_LONGEST_WAIT = 900
# A send whose outcome nobody knows (worker killed, time-out) is tried once more after this long.
_UNKNOWN_AFTER = timedelta(seconds=60)
_LOCK_SPACE = 7001


class SendFailed(Exception):
    """A provider did not take a message.

    ``permanent``: never try again. ``retry_after``: seconds the provider asks for. ``unknown``: it may have arrived.
    ``blocked``: the resident blocked the bot. ``code``: a short word for the desk and the log.
    """

    def __init__(self, code: str, *, permanent=False, retry_after: float | None = None, unknown=False, blocked=False) -> None:
        super().__init__(code)
        self.code, self.permanent, self.retry_after = code, permanent or blocked, retry_after
        self.unknown, self.blocked = unknown, blocked


class Transport(Protocol):
    """How a channel sends one message; returns the provider's message id."""

    def send(self, conversation: Conversation, message: Message) -> str: ...


_transports: dict[str, Transport] = {}


def register(channel: str, transport: Transport) -> None:
    """Say how a channel sends."""
    _transports[channel] = transport


def transport_for(channel: str) -> Transport | None:
    return _transports.get(channel)


@contextmanager
def _alone(conversation_id: int) -> Iterator[bool]:
    """One sender per conversation keeps the order; the lock dies with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, conversation_id % 2**31])
        (ours,) = cursor.fetchone()
        try:
            yield ours
        finally:
            if ours:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, conversation_id % 2**31])


def _next(conversation_id: int) -> Delivery | None:
    """The oldest undelivered message, when it is due: a later one never overtakes it."""
    waiting = Delivery.objects.filter(message__conversation_id=conversation_id, state__in=("pending", "sending"))
    first = waiting.select_related("message__conversation").order_by("message__position").first()
    return first if first and first.due_at <= timezone.now() else None


def _claim(delivery: Delivery) -> bool:
    claimed = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=delivery.state).update(
        state="sending", attempts=F("attempts") + 1, due_at=timezone.now() + _UNKNOWN_AFTER
    )
    delivery.attempts += claimed
    return bool(claimed)


def deliver(conversation_id: int) -> None:
    """Send what is due, in order, until nothing is or a send must wait."""
    with _alone(conversation_id) as ours:
        while ours and (delivery := _next(conversation_id)) and _claim(delivery):
            _send(delivery)


def _send(delivery: Delivery) -> None:
    message = delivery.message
    conversation, transport = message.conversation, _transports.get(message.channel)
    try:
        if transport is None or conversation.blocked_at:
            raise SendFailed("channel_off" if transport is None else "blocked", permanent=True)
        provider_id = transport.send(conversation, message)
    except SendFailed as failure:
        _failed(delivery, failure)
        return
    Delivery.objects.filter(pk=delivery.pk, state="sending").update(state="sent", error="")
    hashed = keyed_hash("provider", f"{conversation.address_hash}:{provider_id}")
    Message.objects.filter(pk=message.pk, provider_hash=None).update(provider_hash=hashed, provider_id=provider_id)
    announce(f"conversation:{conversation.pk}:{message.position}")


def _failed(delivery: Delivery, failure: SendFailed) -> None:
    # An unknown outcome is sent again once: a doubled line is better than one that never came.
    gave_up = failure.permanent or delivery.attempts >= (2 if failure.unknown else _ATTEMPTS)
    wait = failure.retry_after if failure.retry_after is not None else min(2**delivery.attempts, _LONGEST_WAIT)
    changes = {"state": "failed"} if gave_up else {"state": "pending", "due_at": timezone.now() + timedelta(seconds=wait)}
    Delivery.objects.filter(pk=delivery.pk).update(error=failure.code[:80], **changes)
    if failure.blocked:
        Conversation.objects.filter(pk=delivery.message.conversation_id).update(blocked_at=timezone.now())
    event("delivery.failed", level=logging.WARNING, delivery=delivery.pk, code=failure.code, final=gave_up)


def due_conversations() -> list[int]:
    """Conversations with a delivery that is due: retries, and sends of a worker that died."""
    due = Delivery.objects.filter(state__in=("pending", "sending"), due_at__lte=timezone.now())
    return list(due.values_list("message__conversation_id", flat=True).distinct())
