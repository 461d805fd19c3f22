"""A Rasa that answers what a test tells it to, and leaves what the real tracker store leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

__all__ = ["FakeRasa"]

Answer = Callable[[dict[str, Any]], dict[str, Any] | None]


def _echo(body: dict[str, Any]) -> dict[str, Any]:
    return {"replies": [{"text": f"echo: {body['text']}", "buttons": [], "key": "", "lang": "nl"}], "intent": "greet"}


class FakeRasa:
    """An HTTP server on a free port of 127.0.0.1; use as a context manager.

    ``answer`` maps a turn's body to the fields of its TurnResult; None stands for a Rasa that failed while
    answering 200. ``calls`` holds every body received. ``parse`` is what /model/parse says of a text.
    """

    def __init__(self, answer: Answer = _echo) -> None:
        self.answer, self.calls = answer, []
        self.parse: Callable[[str], dict[str, Any]] = lambda text: {"intent": {"name": "greet"}, "safety": None}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeRasa:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

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

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                parsing = self.path.startswith("/model/parse")
                answer = json.dumps(fake.parse(body["text"])).encode() if parsing else b""
                if not parsing:
                    fake._turn(body)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                """Nothing: the test's output is for its result."""

        return Handler
