"""From an update to the inbox: the same for webhook and polling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bot.conversations import inbox, outbox
from bot.conversations.exceptions import EmptyMessage, UnknownButton
from bot.conversations.inbox import Incoming
from bot.conversations.models import Conversation, ForgottenMessage, Message
from bot.conversations.texts import say
from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event
from bot.privacy.mask import clean, mask
from bot.privacy.wipe import FORGOTTEN_FOR

from . import transport
from .parsing import CHANNEL, Edited, Ignored, Reached, Said, parse_update

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
    """A new message, if the one it changes is stored with another text. A wiped one is not, so nothing comes back."""
    hashed = keyed_hash("provider", item.original_id)
    original = Message.objects.filter(channel=CHANNEL, provider_hash=hashed).first()
    # Telegram reports an edit also when no word changed, such as for the preview of a link.
    if original is None or mask(clean(item.incoming.text, inbox.MAX_CHARS)).text in _said_since(original):
        event("telegram.ignored", reason="same_text" if original else "unknown_original")
        return
    _said(Said(item.incoming))


def _said_since(original: Message) -> set[str]:
    since = Message.objects.filter(
        conversation=original.conversation_id, author=Message.Author.RESIDENT, position__gte=original.position
    )
    return {message.text for message in since}


def _said(item: Said) -> None:
    incoming = _start(item.incoming) if item.started else item.incoming
    # Who writes has let us in again, also when the word of that was lost.
    _at(incoming.address).exclude(blocked_at=None).update(blocked_at=None)
    if _received(item, incoming):
        transport.answer_tap(item.callback_id)


def _received(item: Said, incoming: Incoming) -> bool:
    """False for a repeat."""
    try:
        received = inbox.receive(incoming)
    except UnknownButton:
        return _answer_once(incoming, "turn.button_gone")
    except EmptyMessage:
        return _without_words(item)
    if received.duplicate:
        return False
    if Conversation.objects.filter(pk=received.conversation_id, held_by="").exists():
        transport.show_typing(incoming.address)
    return True


def _start(incoming: Incoming) -> Incoming:
    """A /start says hello in the conversation's language, else in the app's; the link's word stays with the first."""
    conversation = inbox.find_conversation(CHANNEL, incoming.address)
    if conversation and incoming.start_param and not conversation.start_param:
        conversation.start_param = incoming.start_param
        conversation.save(update_fields=["start_param"])
    offered = incoming.language_hint in settings.LANGUAGES_ON_OFFER
    tag = conversation.language if conversation else incoming.language_hint if offered else "nl"
    return replace(incoming, text=say("chat.start_words", tag).text)


def _without_words(item: Said) -> bool:
    """A sticker, or nothing but invisible characters: a helper sees that something came, otherwise we ask for words."""
    incoming = item.incoming
    conversation = inbox.find_conversation(CHANNEL, incoming.address)
    if conversation and conversation.held_by:
        return not inbox.receive(replace(incoming, kind=Message.Kind.MEDIA.value)).duplicate
    return _answer_once(incoming, "turn.emoji" if item.picture else "turn.empty")


def _answer_once(incoming: Incoming, key: str) -> bool:
    """Answer what the inbox did not store; its id is remembered as a keyed hash, so that a repeat is not answered."""
    hashed = keyed_hash("provider", incoming.provider_id)
    conversation = inbox.open_conversation(CHANNEL, incoming.address, incoming.language_hint)
    with transaction.atomic():
        _, fresh = ForgottenMessage.objects.get_or_create(
            channel=CHANNEL, provider_hash=hashed, defaults={"until": timezone.now() + FORGOTTEN_FOR}
        )
        if fresh and not conversation.held_by:
            outbox.tell(conversation, key)
    return fresh


_TAKERS: dict[type, Callable[[Any], None]] = {Edited: _edited, Ignored: _ignored, Reached: _reached, Said: _said}
