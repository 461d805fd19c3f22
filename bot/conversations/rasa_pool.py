"""Which Rasa takes a turn, where several run behind one token: any may, since sessions lie in the database.

The conversation's lease keeps its turns apart, so that no lock is shared between them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import httpx
from django.conf import settings

__all__ = ["addresses", "post"]

_client = httpx.Client(timeout=httpx.Timeout(20, connect=2), limits=httpx.Limits(max_keepalive_connections=8))
_lock = Lock()
_under_way: Counter[str] = Counter()


def addresses(given: str | None = None) -> list[str]:
    """Every Rasa of ``given``, else of ``RASA_URL``: addresses with commas between them."""
    named = settings.RASA_URL if given is None else given
    return [address.strip().rstrip("/") for address in named.split(",") if address.strip()]


@contextmanager
def _least_busy(found: list[str]) -> Iterator[str]:
    """By the turns this process has under way there; one that hangs gets no more than its share of waiting.

    Chosen and counted at once: turns that come together must not all see the same one idle.
    """
    with _lock:
        address = min(found, key=lambda each: (_under_way[each], random.random()))
        _under_way[address] += 1
    try:
        yield address
    finally:
        with _lock:
            _under_way[address] -= 1


def post(path: str, **request: Any) -> httpx.Response:
    """Ask one of them; where nobody listens the next is asked, since nothing was sent. Raises httpx.HTTPError."""
    refused: httpx.HTTPError = httpx.ConnectError("RASA_URL is empty.")
    left = addresses()
    while left:
        with _least_busy(left) as address:
            try:
                return _client.post(f"{address}{path}", **request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error
                left.remove(address)
    raise refused
