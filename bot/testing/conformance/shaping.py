"""Changes to the bodies that a case asks for in words: other ids, the same person, another time."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from typing import Any

__all__ = [
    "messages",
    "older_by",
    "renew_ids",
    "same_sender",
    "same_status_id",
    "same_user_id",
    "set_sender",
    "set_times",
    "statuses",
]

_numbers = itertools.count(time.time_ns() % 10**12)
_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")


def _values(body: Any) -> Iterator[dict[str, Any]]:
    entries = body.get("entry", []) if isinstance(body, dict) else []
    for entry in entries if isinstance(entries, list) else []:
        for change in entry.get("changes", []) if isinstance(entry, dict) else []:
            value = change.get("value") if isinstance(change, dict) else None
            if isinstance(value, dict):
                yield value


def messages(body: Any) -> list[dict[str, Any]]:
    """WhatsApp: every message of a body."""
    return [m for value in _values(body) for m in value.get("messages", []) if isinstance(m, dict)]


def statuses(body: Any) -> list[dict[str, Any]]:
    """WhatsApp: every status of a body."""
    return [s for value in _values(body) for s in value.get("statuses", []) if isinstance(s, dict)]


def set_times(body: Any, at: float) -> None:
    """Every time of a message or status is ``at`` (Unix seconds), written as it was: text or number."""
    for item in [*messages(body), *statuses(body)]:
        if "timestamp" in item:
            item["timestamp"] = int(at) if isinstance(item["timestamp"], int) else str(int(at))
    for name in _UPDATES if isinstance(body, dict) else ():
        if isinstance(body.get(name), dict) and body[name].get("date"):
            body[name]["date"] = int(at)


def older_by(told: str) -> float | None:
    """Seconds before now that a case asks for: "now - 23 h 55 min"; None when it does not."""
    found = re.search(r"now\s*-\s*(\d+)\s*h\w*(?:\s*(\d+)\s*m)?", told)
    return int(found[1]) * 3600 + int(found[2] or 0) * 60 if found else None


# --- ids -----------------------------------------------------------------------------------------------------------


def renew_ids(body: dict[str, Any], told: str = "") -> None:
    """Other ids of message and update; where ``told`` names only the update's or the tap's, only those."""
    for message in messages(body):
        message["id"] = f"wamid.NEW{next(_numbers)}"
    if "update_id" not in body:
        return
    body["update_id"] += next(_numbers) % 10**6 + 1
    if isinstance(body.get("callback_query"), dict):
        body["callback_query"]["id"] = str(next(_numbers))
    elif isinstance(body.get("message"), dict) and not re.fullmatch(r".*update_id \+ 1.*", told):
        body["message"]["message_id"] += next(_numbers) % 10**6 + 1


def _person(body: dict[str, Any]) -> dict[str, Any]:
    if found := messages(body):
        return {k: found[0][k] for k in ("from", "from_user_id") if found[0].get(k)}
    update = next((body[name] for name in _UPDATES if isinstance(body.get(name), dict)), {})
    chat = update.get("chat") or update.get("message", {}).get("chat", {})
    return {"chat": chat.get("id"), "user": update.get("from", {}).get("id")}


def set_sender(body: dict[str, Any], phone: str) -> None:
    """WhatsApp: every message comes from this number, and from nobody's user id."""
    for value in _values(body):
        for message in value.get("messages", []):
            message.pop("from_user_id", None)
            message["from"] = phone
        for contact in value.get("contacts", []):
            contact.pop("user_id", None)
            contact["wa_id"] = phone


def _set_chat(body: dict[str, Any], person: dict[str, Any]) -> None:
    for name in _UPDATES:
        update = body.get(name)
        if not isinstance(update, dict):
            continue
        for chat in (update.get("chat"), update.get("message", {}).get("chat") if name == "callback_query" else None):
            if isinstance(chat, dict):
                chat["id"] = person["chat"]
        if isinstance(update.get("from"), dict) and person["user"]:
            update["from"]["id"] = person["user"]


def same_sender(bodies: list[dict[str, Any]]) -> None:
    """Everything comes from the first body's person."""
    person = _person(bodies[0])
    for body in bodies[1:]:
        if "chat" in person:
            _set_chat(body, person)
            continue
        for value in _values(body):
            for message in value.get("messages", []):
                message.pop("from_user_id", None)
                message.update(person)
            value["contacts"] = [{"profile": {"name": "Test"}, "wa_id": person.get("from", "")}]


def same_user_id(bodies: list[dict[str, Any]]) -> None:
    """One business-scoped user id in all of them."""
    known = next((m["from_user_id"] for body in bodies for m in messages(body) if m.get("from_user_id")), None)
    for body in bodies:
        for value in _values(body):
            for found, name in [(m, "from_user_id") for m in value.get("messages", [])] + [
                (c, "user_id") for c in value.get("contacts", [])
            ]:
                if name in found:
                    found[name] = known


def same_status_id(bodies: list[dict[str, Any]]) -> str:
    """All statuses are of the first one's message; returns its id."""
    first = next(s["id"] for body in bodies for s in statuses(body))
    for body in bodies:
        for status in statuses(body):
            status["id"] = first
    return first
