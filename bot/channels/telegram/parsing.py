"""Updates of the Bot API into small frozen values. Tolerant: anything odd is ``Ignored`` with a reason, never an error.

Updates are not read by python-telegram-bot: it raises on a missing field, and Telegram would repeat such an update
for a day while the chat's later messages wait behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from bot.conversations.inbox import Incoming
from bot.conversations.models import Conversation, Message

__all__ = ["ALLOWED_UPDATES", "MARK", "Edited", "Grouped", "Ignored", "Parsed", "Reached", "Said", "Tapped", "parse_update"]

CHANNEL = Conversation.Channel.TELEGRAM.value
MARK = "✓ "
_LARGEST_ID = 2**63
_LAST_SECOND = 2**33
_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+(?P<rest>.*))?", re.ASCII | re.DOTALL | re.IGNORECASE)
_START_PARAM = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# What a message can hold besides text, and what it is to us. Those with a file id can be fetched after a yes.
_MEDIA = {
    "animation": "video", "audio": "audio", "document": "document", "photo": "image", "sticker": "sticker", "video": "video",
    "video_note": "video", "voice": "voice", "dice": "sticker", "venue": "location", "location": "location",
    "live_photo": "image", "contact": "contacts", "checklist": "unsupported", "game": "unsupported", "giveaway": "unsupported",
    "giveaway_winners": "unsupported", "invoice": "unsupported", "paid_media": "unsupported", "poll": "unsupported",
    "story": "unsupported",
}  # fmt: skip
# The rest of what stands in a message today (Bot API 10.1): around its content, or news that nobody wrote.
_AROUND = {
    "from", "chat", "sender_chat", "entities", "caption_entities", "reply_to_message", "external_reply", "quote",
    "forward_origin", "forward_from", "forward_from_chat", "via_bot", "link_preview_options", "reply_markup",
    "reply_to_story", "sender_business_bot", "direct_messages_topic", "suggested_post_info", "guest_bot_caller_user",
    "guest_bot_caller_chat",
}  # fmt: skip
_NEWS = {
    "new_chat_members", "new_chat_member", "new_chat_participant", "left_chat_member", "left_chat_participant",
    "new_chat_photo", "pinned_message", "successful_payment", "refunded_payment", "passport_data",
    "proximity_alert_triggered", "video_chat_started", "video_chat_ended", "video_chat_scheduled",
    "video_chat_participants_invited", "voice_chat_started", "voice_chat_ended", "message_auto_delete_timer_changed",
    "web_app_data", "forum_topic_created", "forum_topic_closed", "forum_topic_reopened", "forum_topic_edited",
    "general_forum_topic_hidden", "general_forum_topic_unhidden", "write_access_allowed", "chat_shared", "user_shared",
    "users_shared", "giveaway_created", "giveaway_completed", "boost_added", "chat_background_set", "gift", "unique_gift",
    "gift_upgrade_sent", "paid_message_price_changed", "direct_message_price_changed", "checklist_tasks_done",
    "checklist_tasks_added", "suggested_post_approved", "suggested_post_approval_failed", "suggested_post_declined",
    "suggested_post_paid", "suggested_post_refunded", "chat_owner_changed", "chat_owner_left", "poll_option_added",
    "poll_option_deleted", "managed_bot_created",
}  # fmt: skip
_COMMAND = re.compile(r"/[a-z0-9_]{1,32}(?P<to>@\w{1,64})?(?:\s|$)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Ignored:
    """Nothing to store. A tap is acknowledged all the same when ``callback_id`` is given."""

    reason: str
    callback_id: str = ""


@dataclass(frozen=True)
class Tapped:
    """A message of ours as the tap shows it: its rows of (title, data), and the data of the button that was tapped."""

    message_id: int
    rows: tuple[tuple[tuple[str, str], ...], ...]
    data: str


@dataclass(frozen=True)
class Said:
    """Something for the inbox. ``started``: a /start; ``tapped``: where the button stands, if that can still be changed."""

    incoming: Incoming
    callback_id: str = ""
    started: bool = False
    tapped: Tapped | None = None


@dataclass(frozen=True)
class Edited:
    """The message ``original_id`` was changed to ``text``."""

    original_id: str
    text: str


@dataclass(frozen=True)
class Grouped:
    """A command in a group: ``to`` names the bot it is for (``@name``), if any. ``language`` is the app's."""

    address: str
    to: str
    language: str


@dataclass(frozen=True)
class Reached:
    """The resident blocked the bot, or let it in again."""

    address: str
    blocked: bool


Parsed = Ignored | Said | Edited | Reached | Grouped


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


def _moment(message: dict[str, Any]) -> datetime | None:
    """When it was sent; None for the 0 of a message that is no longer there."""
    date = _number(message, "date")
    return datetime.fromtimestamp(date, timezone.utc) if date and date < _LAST_SECOND else None


def _file(message: dict[str, Any], name: str) -> dict[str, str] | None:
    """All that is kept of a file: its id, of the largest picture where there are several. Never its name."""
    found = message[name]
    if isinstance(found, list):
        sizes = [size for size in found if isinstance(size, dict)]
        found = max(sizes, key=lambda size: (_number(size, "width") or 0) * (_number(size, "height") or 0), default={})
    file_id = _text(found, "file_id")[:256] if isinstance(found, dict) else ""
    return {"id": file_id, "mime": _text(found, "mime_type")[:100]} if file_id else None


def _content(message: dict[str, Any]) -> dict[str, Any] | None:
    """What an ``Incoming`` needs of it; None for a service message. What Telegram thinks up later is something we cannot read."""
    text = _text(message, "text")
    if text:
        return {"kind": Message.Kind.TEXT.value, "text": text}
    caption = _text(message, "caption")
    if name := next((name for name in _MEDIA if name in message), None):
        return {
            "kind": Message.Kind.MEDIA.value, "text": caption, "what": _MEDIA[name], "reference": _file(message, name),
        }  # fmt: skip
    if caption or "text" in message:
        return {"kind": Message.Kind.TEXT.value, "text": caption}
    return {"kind": Message.Kind.MEDIA.value, "text": "", "what": "unsupported"} if _holds_something_new(message) else None


def _holds_something_new(message: dict[str, Any]) -> bool:
    objects = {name for name, value in message.items() if value and isinstance(value, (dict, list))}
    return not objects & _NEWS and bool(objects - _AROUND)


def _incoming(message: dict[str, Any], content: dict[str, Any], **more: str) -> Incoming:
    chat, sender = _private_chat(message), _dict(message, "from")
    fields = {"provider_id": f"{chat}:{_number(message, 'message_id')}", "language_hint": _hint(sender)}
    if content["kind"] == Message.Kind.MEDIA:
        fields["album"] = _text(message, "media_group_id")[:64]
    return Incoming(CHANNEL, str(chat), sent_at=_moment(message), **{**fields, **content, **more})


def _grouped(message: dict[str, Any]) -> Parsed:
    """Groups are nobody's conversation; who calls us there is told so."""
    chat, sender = _dict(message, "chat"), _dict(message, "from")
    command = _COMMAND.match(_text(message, "text"))
    is_group = chat.get("type") in ("group", "supergroup") and isinstance(chat.get("id"), int)
    if not (is_group and command) or sender.get("is_bot") is not False:
        return Ignored("not_private")
    return Grouped(str(chat["id"]), command["to"] or "", _hint(sender))


def _message(message: dict[str, Any]) -> Parsed:
    reason, content = _why_not(message), _content(message)
    if reason == "not_private":
        return _grouped(message)
    if reason or content is None:
        return Ignored(reason or "no_content")
    if content["kind"] == Message.Kind.TEXT and (start := _START.fullmatch(content["text"].strip())):
        # Anything can be typed or forged after /start; only what a link of ours may hold is kept.
        param = (start["rest"] or "").strip()
        param = param if _START_PARAM.fullmatch(param) else ""
        return Said(_incoming(message, content, text="", start_param=param), started=True)
    return Said(_incoming(message, content))


def _edited(message: dict[str, Any]) -> Parsed:
    reason, content = _why_not(message), _content(message)
    if reason or content is None or not content["text"]:
        return Ignored(reason or "no_content")
    return Edited(f"{_private_chat(message)}:{_number(message, 'message_id')}", content["text"])


def _rows(message: dict[str, Any]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """(title, data) of each button, as the update repeats its message; titles without our mark."""
    rows = _dict(message, "reply_markup").get("inline_keyboard")
    return tuple(_buttons(row) for row in rows if isinstance(row, list)) if isinstance(rows, list) else ()


def _buttons(row: list[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((_text(key, "text").removeprefix(MARK), _text(key, "callback_data")) for key in row if isinstance(key, dict))


def _title(message: dict[str, Any], data: str) -> str:
    return next((title for row in _rows(message) for title, its in row if its == data), "")


def _tapped(message: dict[str, Any], data: str) -> Tapped | None:
    """None for a message that is no longer there (date 0), or whose buttons are not all as we make them."""
    rows, number = _rows(message), _number(message, "message_id")
    buttons = [button for row in rows for button in row]
    ours = all(map(all, buttons)) and data in [its for _, its in buttons]
    return Tapped(number, rows, data) if ours and number and _moment(message) else None


def _callback(query: dict[str, Any]) -> Parsed:
    callback_id, data = _text(query, "id")[:128], _text(query, "data")[:64]
    # The message may be an inaccessible one: its chat is all we need.
    chat = _private_chat(_dict(query, "message"))
    if not callback_id or chat is None or not data:
        return Ignored("no_chat_of_ours", callback_id)
    incoming = Incoming(
        CHANNEL, str(chat), kind=Message.Kind.TAP.value, button_id=data, provider_id=f"cb:{chat}:{callback_id}",
        language_hint=_hint(_dict(query, "from")), text=_title(_dict(query, "message"), data),
    )  # fmt: skip
    return Said(incoming, callback_id, tapped=_tapped(_dict(query, "message"), data))


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
