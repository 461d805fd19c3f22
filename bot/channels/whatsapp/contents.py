"""One message of a webhook into an item: every kind the Cloud API knows, and those it will think up later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.conversations.inbox import Incoming
from bot.conversations.models import Conversation, Message

from .items import Edited, Ignored, Item, NumberChanged, Reacted, Said, Sender, UserIdChanged, Withdrawn
from .values import dict_at, digits, moment, text_at, user_id_at

__all__ = ["CHANNEL", "Envelope", "read_message"]

CHANNEL = Conversation.Channel.WHATSAPP.value
_FILES = ("image", "video", "document", "audio", "sticker")
_WORDLESS = ("location", "contacts")
_LONGEST_ID = 512


@dataclass(frozen=True)
class Envelope:
    """What stands around a message: who it is, and when it was sent."""

    sender: Sender
    at: datetime
    provider_id: str


def _said(envelope: Envelope, kind: str, text: str = "", **more: Any) -> Said:
    incoming = Incoming(
        CHANNEL, "", kind=kind, text=text, provider_id=envelope.provider_id, sent_at=envelope.at, **more,
    )  # fmt: skip
    return Said(envelope.sender, incoming)


def _media(envelope: Envelope, what: str, text: str = "", **more: Any) -> Said:
    return _said(envelope, Message.Kind.MEDIA.value, text, what=what, **more)


def _text(envelope: Envelope, raw: dict[str, Any]) -> Item:
    return _said(envelope, Message.Kind.TEXT.value, text_at(dict_at(raw, "text"), "body"))


def _tap(envelope: Envelope, button_id: str, title: str) -> Item:
    return _said(envelope, Message.Kind.TAP.value, title, button_id=button_id or title)


def _interactive(envelope: Envelope, raw: dict[str, Any]) -> Item:
    body = dict_at(raw, "interactive")
    reply = dict_at(body, "button_reply") or dict_at(body, "list_reply")
    if not reply:
        return _media(envelope, "unsupported")
    return _tap(envelope, text_at(reply, "id", 256), text_at(reply, "title", 256))


def _button(envelope: Envelope, raw: dict[str, Any]) -> Item:
    """A quick reply under a template, which is another type than a button under a message."""
    body = dict_at(raw, "button")
    return _tap(envelope, text_at(body, "payload", 256), text_at(body, "text", 256))


def _file(envelope: Envelope, raw: dict[str, Any]) -> Item:
    what = text_at(raw, "type")
    body = dict_at(raw, what)
    if what == "audio" and body.get("voice") is True:
        what = "voice"
    # The name and the address that came along are the sender's and the network's: only the id is used.
    reference = {"id": text_at(body, "id", 256), "mime": text_at(body, "mime_type", 100)}
    usable = reference["id"] and not raw.get("errors")
    return _media(envelope, what, text_at(body, "caption"), reference=reference if usable else None)


def _wordless(envelope: Envelope, raw: dict[str, Any]) -> Item:
    """A place or other people's numbers: that it came is kept, what it says is not."""
    return _media(envelope, text_at(raw, "type"))


def _order(envelope: Envelope, raw: dict[str, Any]) -> Item:
    return _media(envelope, "order", text_at(dict_at(raw, "order"), "text"))


def _unsupported(envelope: Envelope, raw: dict[str, Any]) -> Item:
    return _media(envelope, "unsupported")


def _reaction(envelope: Envelope, raw: dict[str, Any]) -> Item:
    return Reacted(envelope.sender, envelope.at)


def _edit(envelope: Envelope, raw: dict[str, Any]) -> Item:
    body = dict_at(raw, "edit")
    message, original = dict_at(body, "message"), text_at(body, "original_message_id", _LONGEST_ID)
    kind = text_at(message, "type")
    text = text_at(dict_at(message, "text"), "body") or text_at(dict_at(message, kind), "caption")
    return Edited(envelope.sender, original, text, envelope.provider_id) if original and text else Ignored("empty_edit")


def _revoke(envelope: Envelope, raw: dict[str, Any]) -> Item:
    original = text_at(dict_at(raw, "revoke"), "original_message_id", _LONGEST_ID)
    return Withdrawn(original) if original else Ignored("no_original")


def _system(envelope: Envelope, raw: dict[str, Any]) -> Item:
    body = dict_at(raw, "system")
    new, new_id = digits(body, "wa_id") or digits(body, "new_wa_id"), user_id_at(body, "user_id")
    previous = user_id_at(body, "previous_user_id")
    if previous and new_id:
        return UserIdChanged(previous, new_id)
    old = Sender(digits(raw, "from") or digits(body, "customer"), envelope.sender.user_id)
    changed = text_at(body, "type") in {"user_changed_number", "customer_changed_number"}
    if changed and new and old.phone and old.phone != new:
        return NumberChanged(old, new, envelope.provider_id)
    return Ignored("system")


def _welcome(envelope: Envelope, raw: dict[str, Any]) -> Item:
    return Ignored("request_welcome")  # somebody opened the chat and said nothing yet


_READERS: dict[str, Callable[[Envelope, dict[str, Any]], Item]] = {
    "text": _text, "interactive": _interactive, "button": _button, "order": _order, "reaction": _reaction, "edit": _edit,
    "revoke": _revoke, "system": _system, "request_welcome": _welcome, **dict.fromkeys(_FILES, _file),
    **dict.fromkeys(_WORDLESS, _wordless),
}  # fmt: skip
_WITHOUT_SENDER = {"system", "revoke"}


def _type(raw: dict[str, Any]) -> str:
    """The message's own word for its kind, else the kind whose content it holds."""
    return text_at(raw, "type") or next((name for name in _READERS if isinstance(raw.get(name), dict)), "")


def _provider_id(raw: dict[str, Any]) -> str:
    """The message's id; one without gets the hash of its content, so that a repeat is known all the same."""
    found = text_at(raw, "id", _LONGEST_ID)
    if found:
        return found
    return f"none:{hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()}"


def _campaign(raw: dict[str, Any]) -> str:
    """Where an advert or a QR code brought somebody from; its addresses are not followed."""
    source = text_at(dict_at(raw, "referral"), "source_id", 60)
    return f"ad-{source}" if source.replace("-", "").replace("_", "").isalnum() and source.isascii() else ""


def read_message(raw: dict[str, Any], sender: Sender, now: datetime) -> Item:
    """What one entry of ``messages`` says; ``sender`` as the envelope tells it."""
    kind = _type(raw)
    if text_at(raw, "group_id") or text_at(dict_at(raw, "context"), "group_id"):
        return Ignored("group")
    if not (sender.phone or sender.user_id) and kind not in _WITHOUT_SENDER:
        return Ignored("no_sender")
    envelope = Envelope(sender, moment(raw, now), _provider_id(raw))
    item = _READERS.get(kind, _unsupported)(envelope, raw | {"type": kind})
    if isinstance(item, Said) and (campaign := _campaign(raw)):
        item = replace(item, incoming=replace(item.incoming, start_param=campaign))
    return item
