"""Updates as the Bot API makes them, for the fake server and for tests."""

from __future__ import annotations

import itertools
import time
from typing import Any

__all__ = ["callback_update", "edited_update", "membership_update", "message_update"]

_BOT = {"id": 123456789, "is_bot": True, "first_name": "Demo", "username": "demo_bot"}
# Real ids are 19 digits and never come again.
_callback_ids = itertools.count(time.time_ns())


def _person(chat_id: int, language: str = "") -> dict[str, Any]:
    person = {"id": chat_id, "is_bot": False, "first_name": "Demo", "last_name": "Tester", "username": "demo_user"}
    return person | ({"language_code": language} if language else {})


def _chat(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "type": "private", "first_name": "Demo", "last_name": "Tester", "username": "demo_user"}


def _entities(text: str) -> dict[str, Any]:
    if not text.startswith("/"):
        return {}
    return {"entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]}


def message_update(update_id: int, chat_id: int, message: dict[str, Any], language: str = "") -> dict[str, Any]:
    """A private message; ``message`` holds its id and content, and may replace any field."""
    standard = {"from": _person(chat_id, language), "chat": _chat(chat_id), "date": int(time.time())}
    return {"update_id": update_id, "message": {**standard, **_entities(message.get("text", "")), **message}}


def edited_update(update_id: int, chat_id: int, message: dict[str, Any], after: int = 20) -> dict[str, Any]:
    """The same message changed, ``after`` seconds later."""
    made = message_update(update_id, chat_id, message)["message"]
    return {"update_id": update_id, "edited_message": {**made, "edit_date": made["date"] + after}}


def callback_update(update_id: int, chat_id: int, shown: dict[str, Any], data: str) -> dict[str, Any]:
    """A tap on a button under ``shown``, a message of the bot; one with date 0 is inaccessible."""
    query = {
        "id": str(next(_callback_ids)),
        "from": _person(chat_id),
        "message": {"from": _BOT, **shown, "chat": _chat(chat_id)},
        "chat_instance": "1628661761791766620",
        "data": data,
    }
    return {"update_id": update_id, "callback_query": query}


def membership_update(update_id: int, chat_id: int, is_blocked: bool) -> dict[str, Any]:
    """The resident blocked the bot, or let it in again."""
    states = [{"user": _BOT, "status": "member"}, {"user": _BOT, "status": "kicked", "until_date": 0}]
    old, new = states if is_blocked else reversed(states)
    change = {"chat": _chat(chat_id), "from": _person(chat_id), "date": int(time.time())}
    return {"update_id": update_id, "my_chat_member": {**change, "old_chat_member": old, "new_chat_member": new}}
