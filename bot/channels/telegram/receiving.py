"""From an update to the inbox: the same for webhook and polling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils import timezone

from bot.conversations import changes, inbox
from bot.conversations.exceptions import EmptyMessage
from bot.conversations.inbox import Incoming
from bot.conversations.languages import on_offer
from bot.conversations.models import Conversation, Message
from bot.conversations.texts import say
from bot.conversations.voices import SIGN
from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event

from . import transport
from .parsing import CHANNEL, Edited, Grouped, Ignored, Reached, Said, parse_update

__all__ = ["take_in"]


def take_in(raw: Any) -> None:
    """Store what one update says; a repeat does nothing. Database errors pass through: the update must come again."""
    parsed = parse_update(raw)
    _TAKERS[type(parsed)](parsed)


def _ignored(item: Ignored) -> None:
    event("telegram.ignored", reason=item.reason)
    transport.answer_tap(item.callback_id)


def _at(address: str):
    return Conversation.objects.filter(channel=CHANNEL, address_hash=keyed_hash("address", f"{CHANNEL}:{address}"))


def _reached(item: Reached) -> None:
    _at(item.address).update(blocked_at=timezone.now() if item.blocked else None)
    event("telegram.blocked" if item.blocked else "telegram.unblocked")


def _edited(item: Edited) -> None:
    # Telegram reports an edit also when no word changed, such as for the preview of a link.
    if not changes.change(CHANNEL, item.original_id, item.text):
        event("telegram.ignored", reason="unknown_original")


def _grouped(item: Grouped) -> None:
    tag = item.language if item.language in on_offer() else "nl"
    transport.say_in_group(item.address, item.to, say("turn.group", tag).text)


def _said(item: Said) -> None:
    incoming = _start(item.incoming) if item.started else item.incoming
    if _received(item, incoming):
        transport.answer_tap(item.callback_id)
        _mark(item)


def _mark(item: Said) -> None:
    """Show what was chosen: a tap leaves no words in the chat. Not on a phone that others read, nor for listening."""
    listens = item.tapped and item.incoming.text.startswith(SIGN)
    if item.tapped and not listens and not _at(item.incoming.address).filter(resident__discreet=True).exists():
        transport.mark_tapped(item.incoming.address, item.tapped)


def _received(item: Said, incoming: Incoming) -> bool:
    """False for a repeat."""
    try:
        received = inbox.receive(incoming)
    except EmptyMessage:  # nothing but invisible characters: that something came is kept, and we ask for words
        received = inbox.receive(replace(incoming, kind=Message.Kind.MEDIA.value, what="empty", text=""))
    if received.duplicate:
        return False
    if not received.held:
        transport.show_typing(incoming.address)
    return True


def _start(incoming: Incoming) -> Incoming:
    """A /start says hello in the conversation's language, else in the app's; the link's word stays with the first."""
    conversation = inbox.find_conversation(CHANNEL, incoming.address)
    if conversation and incoming.start_param and not conversation.start_param:
        conversation.start_param = incoming.start_param
        conversation.save(update_fields=["start_param"])
    offered = incoming.language_hint in on_offer()
    tag = conversation.language if conversation else incoming.language_hint if offered else "nl"
    return replace(incoming, text=say("chat.start_words", tag).text)


_TAKERS: dict[type, Callable[[Any], None]] = {
    Edited: _edited, Grouped: _grouped, Ignored: _ignored, Reached: _reached, Said: _said,
}  # fmt: skip
