"""Updates of the Bot API into small frozen values. Tolerant: anything odd is ``Ignored`` with a reason, never an error.

Updates are not read by python-telegram-bot: it raises on a missing field, and Telegram would repeat such an update
for a day while the chat's later messages wait behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.conversations.inbox import Incoming
from bot.conversations.models import Conversation, Message

__all__ = ["ALLOWED_UPDATES", "Edited", "Ignored", "Parsed", "Reached", "Said", "parse_update"]

CHANNEL = Conversation.Channel.TELEGRAM.value
# Later edits are corrections of something long answered.
_EDIT_SECONDS = 300
_LARGEST_ID = 2**63
_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+(?P<rest>.*))?", re.ASCII | re.DOTALL | re.IGNORECASE)
_START_PARAM = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_FILES = (
    "animation", "audio", "checklist", "contact", "document", "game", "invoice", "location", "paid_media", "photo",
    "poll", "story", "venue", "video", "video_note", "voice",
)  # fmt: skip
# They say as much as an emoji does, and no more.
_PICTURES = ("dice", "sticker")


@dataclass(frozen=True)
class Ignored:
    """Nothing to store. A tap is acknowledged all the same when ``callback_id`` is given."""

    reason: str
    callback_id: str = ""


@dataclass(frozen=True)
class Said:
    """Something for the inbox. ``started``: a /start; ``picture``: a sticker, which has no words."""

    incoming: Incoming
    callback_id: str = ""
    started: bool = False
    picture: bool = False


@dataclass(frozen=True)
class Edited:
    """A recent message was changed; counts only if the message ``original_id`` is stored with another text."""

    incoming: Incoming
    original_id: str


@dataclass(frozen=True)
class Reached:
    """The resident blocked the bot, or let it in again."""

    address: str
    blocked: bool


Parsed = Ignored | Said | Edited | Reached


def _dict(raw: Any, name: str) -> dict[str, Any]:
    value = raw.get(name) if isinstance(raw, dict) else None
    return value if isinstance(value, dict) else {}


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else ""


def _number(raw: dict[str, Any], name: str) -> int | None:
    value = raw.get(name)
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_ID
    return value if usable else None


def _hint(person: dict[str, Any]) -> str:
    """The app's language, first subtag: ``pt-br`` is ``pt``."""
    return _text(person, "language_code").split("-")[0].lower()[:8]


def _private_chat(raw: dict[str, Any]) -> int | None:
    """The chat's id if it is a chat with one person: groups and channels are nobody's conversation."""
    chat = _dict(raw, "chat")
    return _number(chat, "id") if chat.get("type") == "private" else None


def _why_not(message: dict[str, Any]) -> str:
    """The reason to ignore a message's envelope, or nothing."""
    if _private_chat(message) is None:
        return "not_private"
    if _number(message, "message_id") is None:
        return "no_message_id"
    return "bot" if _dict(message, "from").get("is_bot") is True else ""


def _content(message: dict[str, Any]) -> tuple[str, str] | None:
    """Kind and text; None for a service message or something Telegram thought up later."""
    text = _text(message, "text")
    if text:
        return Message.Kind.TEXT.value, text
    caption = _text(message, "caption")
    if any(name in message for name in _FILES):
        return Message.Kind.MEDIA.value, caption
    is_said = caption or "text" in message or any(name in message for name in _PICTURES)
    return (Message.Kind.TEXT.value, caption) if is_said else None


def _provider_id(chat: int, message: dict[str, Any], text: str) -> str:
    album = _text(message, "media_group_id")
    # An album arrives as one message a picture; those without words are one thing sent, with one answer.
    return f"{chat}:album:{album}" if album and not text else f"{chat}:{_number(message, 'message_id')}"


def _incoming(message: dict[str, Any], kind: str, text: str, **more: str) -> Incoming:
    chat, sender = _private_chat(message), _dict(message, "from")
    fields = {"provider_id": _provider_id(chat, message, text), "language_hint": _hint(sender), **more}
    return Incoming(CHANNEL, str(chat), kind=kind, text=text, **fields)


def _message(message: dict[str, Any]) -> Parsed:
    reason, content = _why_not(message), _content(message)
    if reason or content is None:
        return Ignored(reason or "no_content")
    kind, text = content
    if kind == Message.Kind.TEXT and (start := _START.fullmatch(text.strip())):
        # Anything can be typed or forged after /start; only what a link of ours may hold is kept.
        param = (start["rest"] or "").strip()
        param = param if _START_PARAM.fullmatch(param) else ""
        return Said(_incoming(message, kind, "", start_param=param), started=True)
    return Said(_incoming(message, kind, text), picture=any(name in message for name in _PICTURES))


def _edited(message: dict[str, Any]) -> Parsed:
    reason, content = _why_not(message), _content(message)
    if reason or content is None or not content[1]:
        return Ignored(reason or "no_content")
    sent, edited = _number(message, "date"), _number(message, "edit_date")
    if sent is None or edited is None or edited - sent > _EDIT_SECONDS:
        return Ignored("late_edit")
    chat, number = _private_chat(message), _number(message, "message_id")
    incoming = _incoming(message, *content, provider_id=f"edit:{chat}:{number}:{edited}")
    return Edited(incoming, f"{chat}:{number}")


def _callback(query: dict[str, Any]) -> Parsed:
    callback_id, data = _text(query, "id")[:128], _text(query, "data")[:64]
    # The message may be an inaccessible one: its chat is all we need.
    chat = _private_chat(_dict(query, "message"))
    if not callback_id or chat is None or not data:
        return Ignored("no_chat_of_ours", callback_id)
    incoming = Incoming(
        CHANNEL, str(chat), kind=Message.Kind.TAP.value, button_id=data, provider_id=f"cb:{chat}:{callback_id}",
        language_hint=_hint(_dict(query, "from")),
    )  # fmt: skip
    return Said(incoming, callback_id)


def _membership(change: dict[str, Any]) -> Parsed:
    chat, status = _private_chat(change), _text(_dict(change, "new_chat_member"), "status")
    if chat is None or status not in {"member", "kicked"}:
        return Ignored("not_private" if chat is None else "status")
    return Reached(str(chat), status == "kicked")


_READERS: dict[str, Callable[[dict[str, Any]], Parsed]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _callback,
    "my_chat_member": _membership,
}
ALLOWED_UPDATES = tuple(_READERS)


def parse_update(raw: Any) -> Parsed:
    """What one update says. It holds at most one thing; were there more, the first in our order counts."""
    for name, read in _READERS.items():
        if found := _dict(raw, name):
            return read(found)
    return Ignored("unknown_kind")
