"""What the fakes share: a server on a free port of 127.0.0.1, there as long as the ``with`` it is used in."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from .telegram_answers import Answer

__all__ = ["FakeServer", "ProviderRequest", "ProviderServer", "Request"]

_Fake = TypeVar("_Fake", bound="FakeServer")


class Request(BaseHTTPRequestHandler):
    """One request to ``fake``."""

    fake: Any

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status: int, body: bytes = b"", *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: addresses hold tokens and people's numbers, and a test's output is for its result."""


class FakeServer:
    """A fake that listens; use it as a context manager."""

    def listen(self, requests: type[Request]) -> None:
        """Take a port; answering begins with the ``with``."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (requests,), {"fake": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=type(self).__name__, daemon=True)

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self: _Fake) -> _Fake:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class ProviderRequest(Request):
    """One request to a provider that can be late, cut off its answer or give half of one."""

    protocol_version = "HTTP/1.1"
    # Without this each answer waits 40 ms for the other side's acknowledgement.
    disable_nagle_algorithm = True

    def give(self, answer: Answer) -> None:
        if answer.seconds:
            time.sleep(answer.seconds)
        if answer.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        try:
            self.reply(answer.status, answer.body, ("Content-Type", "application/json"), *answer.headers)
        except (BrokenPipeError, ConnectionResetError):  # the caller gave up waiting
            self.close_connection = True


class ProviderServer(FakeServer):
    """A provider that also posts to our webhook."""

    calls: list[Any]

    def wait_for(self, met: Callable[[], Any], seconds: float = 30.0) -> Any:
        """What ``met()`` returns once that is true; AssertionError when it takes too long."""
        end = time.monotonic() + seconds
        while not (found := met()):
            if time.monotonic() > end:
                raise AssertionError(f"Not within {seconds} s; the last calls: {self.calls[-3:]}")
            time.sleep(0.01)
        return found

    @staticmethod
    def post(address: str, raw: bytes, headers: dict[str, str]) -> int:
        """The status that the webhook answers with."""
        request = urllib.request.Request(address, raw, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
