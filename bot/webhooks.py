"""The providers' webhooks, past what only pages need: sessions, accounts, languages, and a thread made for each request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.exception import convert_exception_to_response
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import resolve

from bot.body_limit import App
from bot.channels.refusals import come_again
from bot.web import SecurityHeaders

__all__ = ["Webhooks"]

_UNDER = "/channels/"
_THREADS = 6
# Without a database each call holds a thread for some seconds: those behind are sent away, to come again, and do not pile up.
_LONGEST_WAIT = 5.0


def _view(request: HttpRequest) -> HttpResponse:
    found = resolve(request.path_info)
    return found.func(request, *found.args, **found.kwargs)


_guarded = convert_exception_to_response(CommonMiddleware(_view))
_answer = convert_exception_to_response(SecurityHeaders(SecurityMiddleware(_guarded)))


def _work(request: HttpRequest, came: float) -> HttpResponse:
    """In one of our threads. Of what Django does around a request only the connection needs to be given back."""
    if time.monotonic() - came > _LONGEST_WAIT:
        return come_again()
    try:
        return _answer(request)
    finally:
        close_old_connections()


async def _whole(receive: Callable[[], Awaitable[dict]]) -> bytes | None:
    """The body; None when the caller went away before its end."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


class Webhooks:
    """ASGI: answers what is under ``/channels/``; everything else goes to ``app``."""

    def __init__(self, app: App, threads: int = _THREADS) -> None:
        self._app, self._threads = app, ThreadPoolExecutor(threads, "webhook")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_UNDER):
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        if body is None:
            return
        request = ASGIRequest(scope, BytesIO(body))
        response = await asyncio.get_running_loop().run_in_executor(self._threads, _work, request, time.monotonic())
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content})
