"""Messages on their way to a provider: in order, retried in one place, with states that only move forward.

A channel registers a ``Transport``; it only translates the provider's answers into ``SendFailed``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from bot.compiled import Compiled
from bot.privacy.keys import keyed_hash

from . import breaker, measures, parking
from .models import Conversation, Delivery, ForgottenMessage, Message
from .outbox import announce
from .refused import LONGEST_WAIT, NO_ANSWER, UNKNOWN, SendFailed, fail

__all__ = [
    "Transport", "began", "deliver", "due_conversations", "failed_mark", "has_failed", "record_sent", "register", "transport_for",
]  # fmt: skip

# A send whose outcome nobody knows (worker killed, time-out) is tried once more after this long.
_UNKNOWN_AFTER = timedelta(seconds=60)
# An answer of the bot's that lay so long answers a question nobody has any more. A person's words are never too old.
_TOO_OLD = timedelta(hours=24)
_LOCK_SPACE = 7001


class Transport(Protocol):
    """How a channel sends one message; returns the provider's message id.

    ``ids_are_global``: two chats never share a message id. ``pace`` is (messages, seconds): so many in so long to one
    resident, and no more. Both may be left out.
    """

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


# Asked after every send, and mostly there is none: plain SQL is many times quicker than the ORM here.
# Message by message, which OFFSET 0 holds the planner to: it expects next to nothing undelivered, and after an hour without a
# provider it would hold every undelivered message of all residents against every message of this one.
_OLDEST = (
    "SELECT d.id, d.state, d.due_at, d.error, d.updated_at FROM conversations_message m CROSS JOIN LATERAL"
    " (SELECT id, due_at, state, error, updated_at FROM conversations_delivery WHERE message_id = m.id OFFSET 0) d"
    " WHERE m.conversation_id = %s AND d.state IN ('pending', 'sending') ORDER BY m.position LIMIT 1"
)

_delivery = Compiled(lambda pk: Delivery.objects.filter(pk=pk).select_related("message__conversation"))


def _next(conversation_id: int) -> Delivery | None:
    """The oldest undelivered message, when it is due: a later one never overtakes it."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, [conversation_id])
        found = cursor.fetchone()
    if found is None:
        return None
    pk, state, due_at, error, put_off_at = found
    long_waiting = state == "pending" and error in UNKNOWN
    if due_at > timezone.now() and not (long_waiting and _anything_since(conversation_id, put_off_at)):
        return None
    return _delivery.first(pk)


def _anything_since(conversation_id: int, moment: datetime) -> bool:
    """Whether somebody wrote since: what may have arrived waits long in an outage, and nothing overtakes it, no help either."""
    return Message.objects.filter(conversation=conversation_id, created_at__gt=moment + _UNKNOWN_AFTER).exists()


def _claim(delivery: Delivery) -> bool:
    if delivery.state == "sending":  # its sender died over it
        delivery.error = NO_ANSWER
    claimed = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=delivery.state).update(
        state="sending", attempts=F("attempts") + 1, due_at=timezone.now() + _UNKNOWN_AFTER, error=delivery.error
    )
    if claimed:
        delivery.state, delivery.attempts = "sending", delivery.attempts + 1
    return bool(claimed)


def began(delivery: Delivery) -> datetime:
    """About when the last send was: ``_claim`` noted it, until it was put off."""
    return delivery.updated_at if delivery.state == "pending" else delivery.due_at - _UNKNOWN_AFTER


def deliver(conversation_id: int) -> None:
    """Send what is due, in order, until nothing is or a send must wait."""
    with _alone(conversation_id) as ours:
        while ours and (delivery := _next(conversation_id)) and _may_go(delivery) and _claim(delivery):
            _send(delivery)


def _may_go(delivery: Delivery) -> bool:
    """False when it must wait, without an attempt being counted."""
    wait = breaker.closed_until(delivery.message.channel) or _paced(delivery)
    if wait:
        Delivery.objects.filter(pk=delivery.pk).update(due_at=wait)
    return not wait


def _paced(delivery: Delivery) -> datetime | None:
    """When a provider that limits what one resident gets will take the next one; None for now."""
    pace = getattr(_transports.get(delivery.message.channel), "pace", None)
    if pace is None:
        return None
    most, seconds = pace
    if delivery.message.conversation.last_position <= most:  # not so many were ever said
        return None
    since = timezone.now() - timedelta(seconds=seconds)
    # Only the last ones, by the index: a long conversation must not cost more than a short one.
    before = Delivery.objects.filter(
        message__conversation_id=delivery.message.conversation_id, message__position__lt=delivery.message.position
    ).order_by("-message__position")
    last = before.values_list("state", "updated_at")[: 2 * most]
    recent = sum(state in ("sent", "delivered", "read") and at >= since for state, at in last)
    return timezone.now() + timedelta(seconds=seconds / most) if recent >= most else None


def _check(delivery: Delivery, transport: Transport | None) -> None:
    message, conversation = delivery.message, delivery.message.conversation
    if transport is None:
        raise SendFailed("channel_off", permanent=True)
    if conversation.blocked_at:
        raise SendFailed("blocked", permanent=True)
    if message.author == Message.Author.BOT and message.reply_to_id and timezone.now() - message.created_at > _TOO_OLD:
        raise SendFailed("too_old", permanent=True)
    if parking.must_wait(conversation, message):
        raise SendFailed("window", window=True)


def _send(delivery: Delivery) -> None:
    message = delivery.message
    transport = _transports.get(message.channel)
    try:
        _check(delivery, transport)
        provider_id = transport.send(message.conversation, message)
    except SendFailed as failure:
        fail(delivery, failure)
        return
    if breaker.worked(message.channel):
        _go_on(message.channel)
    record_sent(delivery, provider_id)
    measures.count("deliveries", message.channel, "sent")
    measures.observe("delivery_seconds", (timezone.now() - message.created_at).total_seconds())


def _go_on(channel: str) -> None:
    """What may have arrived waits long in an outage, and no longer; a minute at least, in which a status may tell."""
    in_outage = {"error__in": UNKNOWN, "due_at__gte": F("updated_at") + timedelta(seconds=LONGEST_WAIT)}
    waiting = Delivery.objects.filter(message__channel=channel, state="pending", **in_outage)
    waiting.update(due_at=Greatest(timezone.now(), F("updated_at") + _UNKNOWN_AFTER))


def record_sent(delivery: Delivery, provider_id: str) -> None:
    """The provider took it and calls it ``provider_id``; also when we learn it only by a status."""
    message, conversation = delivery.message, delivery.message.conversation
    is_global = getattr(_transports.get(message.channel), "ids_are_global", False)
    hashed = keyed_hash("provider", provider_id if is_global else f"{conversation.address_hash}:{provider_id}")
    # The id first: once the state is settled, news of a failure finds the message by it.
    Message.objects.filter(pk=message.pk, provider_hash=None).update(provider_hash=hashed, provider_id=provider_id)
    sent = {"state": "sent", "error": "", "updated_at": timezone.now()}
    if not Delivery.objects.filter(pk=delivery.pk, state="sending", attempts=delivery.attempts).update(**sent):
        # Somebody told us about it before we came to this.
        if has_failed(message.channel, provider_id):
            Message.objects.filter(pk=message.pk, provider_hash=hashed).update(provider_hash=None, provider_id="")
            return
        Delivery.objects.filter(pk=delivery.pk, state__in=("pending", "sending")).update(**sent)
    announce(f"conversation:{conversation.pk}:{message.position}")


def failed_mark(provider_id: str) -> str:
    """What a channel that tells of failures afterwards remembers (``ForgottenMessage``): that id is never a message's again."""
    return f"failed:{provider_id}"


def has_failed(channel: str, provider_id: str) -> bool:
    """Whether the provider said that what it called ``provider_id`` failed: its "sent" may come later, or our own note of it."""
    marked = keyed_hash("provider", failed_mark(provider_id))
    return ForgottenMessage.objects.filter(channel=channel, provider_hash=marked).exists()


def due_conversations() -> list[int]:
    """Conversations with a delivery that is due: retries, and sends of a worker that died."""
    due = Delivery.objects.filter(state__in=("pending", "sending"), due_at__lte=timezone.now())
    return list(due.values_list("message__conversation_id", flat=True).distinct())
