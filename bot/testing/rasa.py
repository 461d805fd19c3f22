"""A Rasa that answers what a test tells it to, and leaves what the real tracker store leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .server import FakeServer, Request

__all__ = ["FakeRasa"]

Answer = Callable[[dict[str, Any]], dict[str, Any] | None]


def _echo(body: dict[str, Any]) -> dict[str, Any]:
    return {"replies": [{"text": f"echo: {body['text']}", "buttons": [], "key": "", "lang": "nl"}], "intent": "greet"}


class FakeRasa(FakeServer):
    """An HTTP server on a free port of 127.0.0.1; use as a context manager.

    ``answer`` maps a turn's body to the fields of its TurnResult; None stands for a Rasa that failed while
    answering 200. ``calls`` holds every body received. ``parse`` is what /model/parse says of a text.
    """

    def __init__(self, answer: Answer = _echo) -> None:
        self.answer, self.calls = answer, []
        self.parse: Callable[[str], dict[str, Any]] = lambda text: {"intent": {"name": "greet"}, "safety": None}
        self.listen(_Request)
        self._server.daemon_threads = False  # who leaves waits for a late answer: it writes to the database
        self.url = self.base

    def _turn(self, body: dict[str, Any]) -> None:
        from django.db import connection

        from bot.conversations.models import TurnResult

        self.calls.append(body)
        try:
            result = self.answer(body)
            if result is not None:
                TurnResult.objects.create(message_id=body["metadata"]["message_id"], **result)
        finally:
            connection.close()


class _Request(Request):
    def do_POST(self) -> None:
        body = json.loads(self.body())
        if self.path.startswith("/model/parse"):
            return self.reply(200, json.dumps(self.fake.parse(body["text"])).encode())
        self.fake._turn(body)
        self.reply(200)
