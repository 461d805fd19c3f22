"""What a refusal of a provider means: for the message, for what else goes to this resident, and for the provider."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from django.utils import timezone

from bot.privacy.logs import event

from . import breaker, measures, parking
from .models import Conversation, Delivery

__all__ = ["LONGEST_WAIT", "NO_ANSWER", "UNKNOWN", "SendFailed", "fail"]

_ATTEMPTS = 8
LONGEST_WAIT, _LONGEST_OUTAGE_WAIT = 900, 7200
# Codes of an unknown outcome. A delivery keeps one as its error until it is settled: that says it may have arrived already.
UNKNOWN = NO_ANSWER, _BAD_ANSWER = "no_answer", "bad_answer"
# Sends in a row, over all conversations, after which who answers none of them is taken to be away. A message by itself that
# is never answered makes two, and may itself be the cause.
_SILENT_AFTER = 3
# A wrong token or a locked account is mended by a person: meanwhile the messages wait.
_CHANNEL_DOWN_SECONDS = 900


class SendFailed(Exception):
    """A provider did not take a message.

    ``permanent``: never try again. ``retry_after``: seconds the provider asks for. ``unknown``: it may have arrived.
    ``blocked``: the resident blocked the bot. ``window``: only after the resident writes. ``channel_down``: nothing goes
    to anybody until a person mends it. ``everybody``: the pause is for all conversations. ``growth``: each wait is so many
    times the one before. ``code``: a word of ``reasons.REASONS`` for the desk and the log.
    """

    def __init__(
        self, code: str, *, permanent=False, retry_after: float | None = None, unknown=False, blocked=False, window=False,
        channel_down=False, everybody=False, growth: int = 2,
    ) -> None:  # fmt: skip
        super().__init__(code)
        self.code, self.permanent, self.retry_after = code, permanent or blocked, retry_after
        self.unknown, self.blocked, self.window = unknown, blocked, window
        self.channel_down, self.everybody, self.growth = channel_down, everybody, growth


def fail(delivery: Delivery, failure: SendFailed) -> None:
    """What a refusal means for this message, and for what else goes to this resident or this provider."""
    if failure.window:
        parking.park(delivery)
        return
    changes = _consequences(delivery, failure)
    final = changes["state"] == "failed"
    error = delivery.error if _may_have_arrived(delivery) and not final else failure.code[:80]
    as_it_was = Delivery.objects.filter(pk=delivery.pk, state=delivery.state, attempts=delivery.attempts)
    if not as_it_was.update(error=error, updated_at=timezone.now(), **changes):
        return  # a status told us meanwhile what became of it
    if failure.blocked:
        Conversation.objects.filter(pk=delivery.message.conversation_id).update(blocked_at=timezone.now())
    measures.count("deliveries", delivery.message.channel, "failed" if final else "put_off")
    event("delivery.failed", level=logging.WARNING, delivery=delivery.pk, code=failure.code, final=final)


def _consequences(delivery: Delivery, failure: SendFailed) -> dict:
    channel = delivery.message.channel
    if failure.channel_down:
        # It is not this message's fault: the attempt does not count against it.
        until = breaker.pause(channel, _CHANNEL_DOWN_SECONDS, failure.code)
        return {"state": "pending", "due_at": until, "attempts": max(0, delivery.attempts - 1)}
    again = failure.unknown and _may_have_arrived(delivery)
    down = _is_away(channel, failure)
    if down and (not again or failure.code == NO_ANSWER):
        # Nor is an outage: it waits for as long as that lasts, and only age or a refusal of its own ends it.
        if failure.unknown:  # not with every look whether the outage is over: it may arrive each time, and so ever more seldom
            waited = (timezone.now() - delivery.message.created_at).total_seconds()
            seconds = min(max(LONGEST_WAIT, waited), _LONGEST_OUTAGE_WAIT) if again else _wait(delivery, failure)
            down = max(down, timezone.now() + timedelta(seconds=seconds))
        return {"state": "pending", "due_at": down, "attempts": max(0, delivery.attempts - 1)}
    # An unknown outcome is sent again once: a doubled line is better than one that never came.
    if failure.permanent or again or delivery.attempts >= _ATTEMPTS:
        return {"state": "failed"}
    seconds = _wait(delivery, failure)
    if failure.everybody:
        breaker.pause(channel, seconds, failure.code)
    return {"state": "pending", "due_at": timezone.now() + timedelta(seconds=seconds)}


def _may_have_arrived(delivery: Delivery) -> bool:
    return delivery.error in UNKNOWN


def _is_away(channel: str, failure: SendFailed) -> datetime | None:
    """Until when the provider is left alone, now that this failed too; None where it is not away, or the fault is not its own."""
    if failure.unknown:
        return breaker.failed(channel, "unreachable", _SILENT_AFTER)
    return None if failure.permanent or failure.retry_after is not None else breaker.failed(channel, failure.code)


def _wait(delivery: Delivery, failure: SendFailed) -> float:
    """Seconds: what the provider asks for, else growing; a little more each, so that not all come back at once."""
    if failure.retry_after is not None:
        return failure.retry_after + random.uniform(0, 1)
    return min(failure.growth**delivery.attempts, LONGEST_WAIT) * random.uniform(1, 1.25)
