"""What the fake Bot API server can be told to answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Answer", "Refused", "bad_request", "blocked", "broken_json", "cut_off", "refusal", "server_error", "silence", "too_many",
]  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What the server answers. ``seconds``: silence before the answer; ``cut``: none at all.

    ``carry_out``: the method is carried out first, and its own answer given unless there is a ``body``.
    """

    status: int = 200
    body: bytes = b""
    seconds: float = 0
    cut: bool = False
    carry_out: bool = False
    headers: tuple[tuple[str, str], ...] = ()


def refusal(code: int, description: str, **parameters: int) -> Answer:
    """An error as the Bot API words it."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return Answer(code, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode())


def too_many(retry_after: int) -> Answer:
    """429."""
    return refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def blocked() -> Answer:
    """403."""
    return refusal(403, "Forbidden: bot was blocked by the user")


def bad_request(description: str = "chat not found") -> Answer:
    """400."""
    return refusal(400, f"Bad Request: {description}")


def server_error(status: int = 502) -> Answer:
    """5xx with a page of HTML."""
    return Answer(status, b"<html><head><title>Bad Gateway</title></head></html>")


def silence(seconds: float, carry_out: bool = True) -> Answer:
    """The call is carried out (or not), but the answer comes too late."""
    return Answer(seconds=seconds, carry_out=carry_out)


def broken_json() -> Answer:
    """200 with half an answer; the call is carried out."""
    return Answer(200, b'{"ok":true,"result":{"mess', carry_out=True)


def cut_off(carry_out: bool = True) -> Answer:
    """The connection ends without an answer."""
    return Answer(cut=True, carry_out=carry_out)


class Refused(Exception):
    """A method was not carried out; ``answer`` says why."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
