"""News from the database to many readers: one LISTEN connection a web process, fanned out from memory.

A payload such as ``conversation:5:12`` reaches the topics ``conversation``, ``conversation:5`` and
``conversation:5:12``. A payload is only a wake-up call: readers read the database for what is new, so that one lost
with a connection is made good by ``MISSED``, which every subscriber gets after each (re)connect.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import connections

from bot.privacy.logs import event

__all__ = ["MISSED", "Hub", "Subscription", "TooManyStreams", "hub", "read"]

MISSED = "missed"
CHANNEL = "aanspraak"
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0
_T = TypeVar("_T")
# Streams share these threads, and so at most as many database connections, however many streams are open.
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="stream-reader")


class TooManyStreams(Exception):
    """Too many streams are open here. Close another window of the chat and try again in a moment."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


def _and_close(function: Callable[..., _T], *args: Any) -> _T:
    try:
        return function(*args)
    finally:
        connections.close_all()


async def read(function: Callable[..., _T], *args: Any) -> _T:
    """Run a stream's database read in one of the few reader threads; its connection is closed afterwards."""
    return await sync_to_async(_and_close, thread_sensitive=False, executor=_readers)(function, *args)


class Subscription:
    """An endless async iterator of payloads. Waiting for the next one may be cancelled without losing any."""

    def __init__(self, topic: str, key: str, address: str) -> None:
        self.topic, self.key, self.address = topic, key, address
        # Wake-up calls may be dropped when nobody reads them: the rest say the same.
        self._payloads: deque[str] = deque(maxlen=100)
        self._arrived = asyncio.Event()

    def put(self, payload: str) -> None:
        self._payloads.append(payload)
        self._arrived.set()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> str:
        while not self._payloads:
            self._arrived.clear()
            await self._arrived.wait()
        return self._payloads.popleft()

    async def next(self, seconds: float) -> str | None:
        """The next payload, or None when there was none for ``seconds``."""
        try:
            return await asyncio.wait_for(self.__anext__(), seconds)
        except asyncio.TimeoutError:
            return None

    def drain(self) -> list[str]:
        """What else has arrived, at once: a burst of messages needs one read."""
        taken = list(self._payloads)
        self._payloads.clear()
        return taken


def _connection_params() -> dict[str, Any]:
    """Django's own parameters, without what is only for its wrapper."""
    params = connections["default"].get_connection_params()
    ours = {k: v for k, v in params.items() if k not in {"cursor_factory", "context", "prepare_threshold"}}
    return {**ours, "application_name": "aanspraak-live", "autocommit": True}


def _topics(payload: str) -> list[str]:
    parts = payload.split(":")
    return [":".join(parts[: i + 1]) for i in range(len(parts))]


class Hub:
    """Subscribers in memory; listens while there is at least one. Belongs to the event loop that uses it."""

    def __init__(self, per_key: int = 6, per_address: int = 60, at_most: int = 1000) -> None:
        self.per_key, self.per_address, self.at_most = per_key, per_address, at_most
        self._subscribers: dict[str, set[Subscription]] = {}
        self._keys: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._listener: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def check(self, key: str = "", address: str = "") -> None:
        """Raise TooManyStreams when this session or address (empty: not counted) may open no further stream."""
        full = sum(self._keys.values()) >= self.at_most
        if full or (key and self._keys[key] >= self.per_key) or (address and self._addresses[address] >= self.per_address):
            event("live.too_many_streams", level=logging.WARNING, open=sum(self._keys.values()))
            raise TooManyStreams

    @asynccontextmanager
    async def subscribe(self, topic: str, *, key: str = "", address: str = "") -> AsyncIterator[Subscription]:
        """Subscribe first, then read: what is committed after this call began is announced."""
        self._start()
        self.check(key, address)
        subscription = Subscription(topic, key, address)
        self._join(subscription)
        try:
            yield subscription
        finally:
            self._leave(subscription)

    def _join(self, subscription: Subscription) -> None:
        self._subscribers.setdefault(subscription.topic, set()).add(subscription)
        self._keys[subscription.key] += 1
        self._addresses[subscription.address] += 1

    def _leave(self, subscription: Subscription) -> None:
        peers = self._subscribers.get(subscription.topic, set())
        if subscription not in peers:  # of an event loop that has ended
            return
        peers.discard(subscription)
        if not peers:
            del self._subscribers[subscription.topic]
        self._keys -= Counter([subscription.key])
        self._addresses -= Counter([subscription.address])
        if not self._subscribers and self._listener:
            self._listener.cancel()
            self._listener = None

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._subscribers, self._keys, self._addresses = {}, Counter(), Counter()
            self._loop, self._listener = loop, None
        if self._listener is None or self._listener.done():
            self._listener = loop.create_task(self._listen(), name="live-listener")

    def _publish(self, payload: str) -> None:
        for topic in _topics(payload):
            for subscription in self._subscribers.get(topic, ()):
                subscription.put(payload)

    def _announce(self) -> None:
        for subscriptions in self._subscribers.values():
            for subscription in subscriptions:
                subscription.put(MISSED)

    async def _listen(self) -> None:
        delay = _FIRST_DELAY
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_connection_params()) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._announce()
                    async for notify in connection.notifies():
                        delay = _FIRST_DELAY
                        self._publish(notify.payload)
            except psycopg.Error as error:
                event("live.connection_lost", level=logging.WARNING, error=type(error).__name__, retry_in=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY)


hub = Hub()
