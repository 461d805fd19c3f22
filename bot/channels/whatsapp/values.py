"""Reading raw JSON that may hold anything: the wrong shape is nothing, never an error."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

__all__ = ["dict_at", "dicts_at", "digits", "moment", "text_at", "user_id_at"]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}", re.ASCII)
_PHONE = re.compile(r"[0-9]{5,20}", re.ASCII)
_MILLISECONDS = 10**11


def dict_at(raw: Any, name: str) -> dict[str, Any]:
    """The object under ``name``, else {}."""
    value = raw.get(name) if isinstance(raw, dict) else None
    return value if isinstance(value, dict) else {}


def dicts_at(raw: Any, name: str) -> list[dict[str, Any]]:
    """The objects in the list under ``name``; whatever else stands among them is left out."""
    value = raw.get(name) if isinstance(raw, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_at(raw: Any, name: str, limit: int | None = None) -> str:
    """The string under ``name``, fit to be encoded; a number counts as its digits, anything else as nothing."""
    value = raw.get(name) if isinstance(raw, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**30 else ""
    return _LONE_SURROGATE.sub("\ufffd", value)[:limit] if isinstance(value, str) else ""


def digits(raw: Any, name: str) -> str:
    """A phone number without its plus sign, else nothing."""
    found = text_at(raw, name).strip().removeprefix("+")
    return found if _PHONE.fullmatch(found) else ""


def user_id_at(raw: Any, name: str) -> str:
    """A business-scoped user id such as ``NL.123456``, else nothing."""
    found = text_at(raw, name).strip()
    return found if _USER_ID.fullmatch(found) else ""


def moment(raw: Any, now: datetime) -> datetime:
    """``timestamp`` (seconds, as text or number) as an aware time; ``now`` without one, and never later than that."""
    found = text_at(raw, "timestamp").strip()
    if not (found.isascii() and found.isdigit() and len(found) <= 15):
        return now
    seconds = int(found) / (1000 if int(found) >= _MILLISECONDS else 1)
    try:
        return min(datetime.fromtimestamp(seconds, timezone.utc), now)
    except (ValueError, OverflowError, OSError):  # beyond the years there are
        return now
