"""A webhook's body into items. Tolerant: one bad item never costs the others, and nothing here raises.

Bodies are not read by pywa: it answers 200 and loses every item of a batch but the first, and all those whose contact
has no user id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from .contents import read_message
from .items import Ignored, Item, Noticed, NumberChanged, Sender, Status, UserIdChanged
from .values import dict_at, dicts_at, digits, moment, text_at, user_id_at

__all__ = ["parse_body"]

_STATES = ("sent", "delivered", "read", "played", "failed")
_CODE = re.compile(r"-?\d{1,9}", re.ASCII)
_ACCOUNT = ("account_", "business_", "message_template_", "phone_number_", "security", "template_")


def _sender(message: dict[str, Any], contacts: list[dict[str, Any]]) -> Sender:
    """Whose message it is. A contact is believed only where it names the same person: never simply the first one."""
    phone, user_id = digits(message, "from"), user_id_at(message, "from_user_id")
    for contact in contacts:
        theirs, their_id = digits(contact, "wa_id"), user_id_at(contact, "user_id")
        if phone and theirs == phone and not user_id:
            return Sender(phone, their_id)
        if user_id and their_id == user_id and not phone:
            return Sender(theirs, user_id)
    return Sender(phone, user_id)


def _status(raw: dict[str, Any]) -> Item:
    state, provider_id = text_at(raw, "status"), text_at(raw, "id", 512)
    if state not in _STATES or not provider_id:
        return Ignored("status")
    errors = dicts_at(raw, "errors")
    code = text_at(errors[0], "code") if errors else ""
    return Status(
        provider_id, "read" if state == "played" else state, text_at(raw, "biz_opaque_callback_data", 64),
        int(code) if _CODE.fullmatch(code) else None,
    )  # fmt: skip


def _is_ours(value: dict[str, Any], phone_id: str) -> bool:
    return text_at(dict_at(value, "metadata"), "phone_number_id") == phone_id


def _messages(value: dict[str, Any], phone_id: str, now: datetime) -> Iterator[tuple[datetime, Item]]:
    if not _is_ours(value, phone_id):
        yield now, Ignored("other_number")
        return
    ourselves = {phone_id, digits(dict_at(value, "metadata"), "display_phone_number")}
    contacts = dicts_at(value, "contacts")

    def said(raw: dict[str, Any]) -> Item:
        sender = _sender(raw, contacts)
        own = sender.phone in ourselves and sender.phone
        return Ignored("self") if own else read_message(raw, sender, now)

    for raw in dicts_at(value, "messages"):
        yield moment(raw, now), _tried(said, raw)
    for raw in dicts_at(value, "statuses"):
        yield moment(raw, now), _tried(_status, raw)


def _tried(read: Callable[[dict[str, Any]], Item], raw: dict[str, Any]) -> Item:
    """What ``read`` makes of it. One that we trip over must not cost the others: WhatsApp would repeat the body for days."""
    try:
        return read(raw)
    except Exception:  # whatever it holds that nobody thought of
        return Ignored("unreadable")


def _notice(field: str, value: dict[str, Any]) -> Item:
    if not field.startswith(_ACCOUNT):
        return Ignored("field")
    return Noticed(
        field, text_at(value, "event", 40) or text_at(value, "decision", 40), text_at(value, "message_template_name", 60),
        text_at(value, "message_template_language", 12),
    )  # fmt: skip


def _items(raw: Any, phone_id: str, now: datetime) -> Iterator[tuple[datetime, Item]]:
    for entry in dicts_at(raw, "entry"):
        for change in dicts_at(entry, "changes"):
            field, value = text_at(change, "field", 60), dict_at(change, "value")
            if field in {"messages", ""} and value:
                yield from _messages(value, phone_id, now)
            else:
                yield now, _notice(field, value)


def _first(item: Item) -> bool:
    """A change of identity comes before what was sent in the same second under the new one."""
    return not isinstance(item, NumberChanged | UserIdChanged)


def parse_body(raw: Any, phone_id: str, now: datetime) -> list[Item]:
    """Every item of a body for the number ``phone_id``, in the order they were sent. ``now`` is aware."""
    found = sorted(_items(raw, phone_id, now), key=lambda pair: (pair[0], _first(pair[1])))
    return [item for _, item in found]
