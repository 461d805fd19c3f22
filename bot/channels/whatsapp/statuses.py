"""What became of our messages. A state only moves forward; a failure ends it, is tried again, or parks the message."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from bot.conversations import delivery as outgoing
from bot.conversations import window
from bot.conversations.models import Conversation, Delivery, Message
from bot.conversations.outbox import announce
from bot.conversations.refused import fail
from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event

from .codes import by_code
from .contents import CHANNEL
from .items import Status

__all__ = ["take_status"]

_BEFORE = {
    "sent": ("pending", "sending"),
    "delivered": ("pending", "sending", "sent"),
    "read": ("pending", "sending", "sent", "delivered"),
    "failed": ("pending", "sending", "sent"),
}


def _find(item: Status) -> tuple[Delivery | None, bool]:
    """The delivery by the provider's id; else by what we sent along, where nobody told us an id (then True)."""
    ours = Delivery.objects.filter(message__channel=CHANNEL).exclude(message__author=Message.Author.RESIDENT)
    ours = ours.select_related("message__conversation")
    known = ours.filter(message__provider_hash=keyed_hash("provider", item.provider_id)).first()
    if known or not (item.tracker.isascii() and item.tracker.isdecimal() and len(item.tracker) < 19):
        return known, False
    return ours.filter(pk=int(item.tracker), message__provider_hash=None).first(), True


def take_status(item: Status, once: Callable[[str], bool]) -> None:
    """Move a delivery on. Unknown messages, and residents' own, are no concern of ours; a repeat does nothing."""
    found, by_tracker = _find(item)
    if found is None:
        event("whatsapp.ignored", reason="status_of_unknown")
    elif item.state == "failed":
        _fail_once(found, item, once)
    elif not by_tracker or _settled(found, item):
        _forward(found, item.state)


def _locked(found: Delivery) -> Delivery | None:
    """The delivery as it is now, while nobody else acts on news of its conversation; None when it is gone.

    The conversation is locked first, as everybody does who goes on to its deliveries: two who wait for each other both lose.
    """
    Conversation.objects.select_for_update().filter(pk=found.message.conversation_id).first()
    return Delivery.objects.select_related("message__conversation").filter(pk=found.pk).first()


@transaction.atomic
def _settled(found: Delivery, item: Status) -> bool:
    """The answer to our send was lost, or this came first. Not when that send failed, which may be told before: it goes again."""
    now = _locked(found)
    if now is None or outgoing.has_failed(CHANNEL, item.provider_id):
        return False
    outgoing.record_sent(now, item.provider_id)
    return True


@transaction.atomic
def _fail_once(found: Delivery, item: Status, once: Callable[[str], bool]) -> None:
    """All of it or nothing: were we killed half-way, it is news when WhatsApp tells us again."""
    now = _locked(found)
    if now and once(outgoing.failed_mark(item.provider_id)):
        _failed(now, item)


def _forward(found: Delivery, state: str) -> None:
    waiting = Delivery.objects.filter(pk=found.pk, state__in=_BEFORE[state])
    if waiting.update(state=state, error="", updated_at=timezone.now()):
        announce(f"conversation:{found.message.conversation_id}:{found.message.position}")


def _failed(found: Delivery, item: Status) -> None:
    if found.state not in _BEFORE["failed"]:
        return
    failure = by_code(item.code)
    if failure.window:
        window.close_window(found.message.conversation_id, outgoing.began(found))
    found.error = ""  # what became of it is known now
    fail(found, failure)
    # What is sent again gets another id of theirs.
    again = Message.objects.filter(pk=found.message_id, delivery__state__in=("pending", "parked"))
    again.update(provider_hash=None, provider_id="")
    announce(f"conversation:{found.message.conversation_id}:{found.message.position}")
