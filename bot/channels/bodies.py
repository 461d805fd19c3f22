"""The body of a provider's webhook."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from bot.privacy.logs import event

__all__ = ["parse_json", "read_body"]

_MOST_DIGITS = 100


def read_body(request: HttpRequest, most: int) -> bytes | None:
    """None when it is larger than ``most`` bytes."""
    length = request.headers.get("Content-Length") or "0"
    if length.isdecimal() and int(length[:12]) > most:
        return None
    try:
        return request.body if len(request.body) <= most else None
    except RequestDataTooBig:
        return None


def _whole(digits: str) -> int | None:
    """Nothing for a number that none of ours can be: Python refuses one of thousands of digits, and the body with it."""
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def parse_json(body: bytes, channel: str) -> Any:
    """None for what is no JSON, or nested beyond reason: it will not get better by being sent again."""
    try:
        return json.loads(body, parse_int=_whole)
    except (ValueError, RecursionError):
        event(f"{channel}.bad_json", bytes=len(body))
        return None
