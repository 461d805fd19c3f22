"""A limit on what anybody may send, before Django writes it to disk: its own limit is looked at only when a view reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["BodyLimit"]

App = Callable[[dict[str, Any], Callable[[], Awaitable[dict]], Callable[[dict], Awaitable[None]]], Awaitable[None]]


class BodyLimit:
    """ASGI: a body that is announced as larger than ``most`` bytes gets 413 unread; one that grows larger is cut off."""

    def __init__(self, app: App, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced[:12]) > self.most:
            await send({"type": "http.response.start", "status": 413, "headers": [(b"connection", b"close")]})
            await send({"type": "http.response.body"})
            return
        come = 0

        async def counted() -> dict[str, Any]:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            return message if come <= self.most else {"type": "http.disconnect"}

        await self.app(scope, counted, send)
