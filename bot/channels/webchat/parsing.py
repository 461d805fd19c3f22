"""JSON bodies and query values into small frozen typed values; anything odd is a WebchatError, never a crash."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from .exceptions import EmptyText, InvalidJson, TooLarge, WrongShape

__all__ = ["MAX_CHARS", "Opening", "Posting", "parse_after", "parse_language", "parse_object", "parse_opening", "parse_posting"]

MAX_CHARS = 10_000
_MAX_ID = 100
_LAST_POSITION = 2**31 - 1
# JSON may hold half of a surrogate pair, which no text in UTF-8 can.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Opening:
    """What a new session may bring: the page's language and what the link or poster carried."""

    language: str = ""
    start: str = ""


@dataclass(frozen=True)
class Posting:
    """One message: ``text`` or the ``payload`` of a button; ``client_id`` makes a repeat harmless."""

    text: str = ""
    payload: str = ""
    client_id: str | None = None


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in ``raw``; nothing at all is an empty one."""
    if not raw.strip():
        return {}
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InvalidJson from None
    if not isinstance(found, dict):
        raise WrongShape
    return found


def _string(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise WrongShape
    return _LONE_SURROGATE.sub("\ufffd", value)


def _client_id(body: dict[str, Any]) -> str | None:
    value = body.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    value = _string({"id": value}, "id")
    if value is not None and not 0 < len(value) <= _MAX_ID:
        raise WrongShape
    return value


def parse_posting(body: dict[str, Any]) -> Posting:
    """``{text}`` or ``{payload}``, never both, with an optional ``id`` (1 to 100 characters, or a whole number)."""
    text, payload = _string(body, "text"), _string(body, "payload")
    if (text is None) == (payload is None):
        raise WrongShape
    said = payload if text is None else text
    if len(said) > MAX_CHARS:
        raise TooLarge
    if not _is_visible(said):
        raise EmptyText
    return Posting(text or "", payload or "", _client_id(body))


def _is_visible(text: str) -> bool:
    """Anything but white space, control characters and invisible joiners."""
    return any(not c.isspace() and unicodedata.category(c) not in {"Cc", "Cf"} for c in text)


def parse_opening(body: dict[str, Any]) -> Opening:
    """``{language?, start?}``; a language that is not on offer is only a hint and harmless."""
    return Opening(_string(body, "language") or "", (_string(body, "start") or "")[:64])


def parse_language(body: dict[str, Any]) -> str:
    """``{language}``."""
    tag = _string(body, "language")
    if not tag:
        raise WrongShape
    return tag


def parse_after(value: str | None) -> int:
    """A position to read from: 0 without one, at most what a position can be."""
    if value is None or value == "":
        return 0
    if not re.fullmatch(r"\d{1,20}", value, re.ASCII):
        raise WrongShape
    return min(int(value), _LAST_POSITION)
