"""How many messages and sessions are taken, counted in this process: a brake for floods, not an account."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Callable

from .exceptions import TooFast

__all__ = ["Window", "is_this_machine", "messages", "neighbourhood", "reading", "sessions", "typing"]


class Window:
    """At most ``limit`` events in any ``seconds`` for each key."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.seconds, self._clock = limit, seconds, clock
        self._seen: dict[str, deque[float]] = {}

    def take(self, key: str) -> None:
        """Count one event, or raise TooFast with a Retry-After of whole seconds."""
        now = self._clock()
        events = self._seen.setdefault(key, deque())
        while events and events[0] <= now - self.seconds:
            events.popleft()
        if len(events) >= self.limit:
            raise TooFast(headers={"Retry-After": str(int(events[0] + self.seconds - now) + 1)})
        events.append(now)
        if len(self._seen) > 10_000:
            self._forget(now)

    def _forget(self, now: float) -> None:
        self._seen = {k: e for k, e in self._seen.items() if e and e[-1] > now - self.seconds}

    def clear(self) -> None:
        """Forget everything (tests)."""
        self._seen.clear()


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:  # a Unix socket has none
        return None


def is_this_machine(address: str) -> bool:
    """Loopback or no address: a developer, a test, or a proxy that does not pass the address on."""
    found = _parse(address)
    return found is None or found.is_loopback


def neighbourhood(address: str) -> str:
    """What is counted as one sender: an IPv4 address, or the /64 that one household has of IPv6."""
    found = _parse(address)
    if found is not None and found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


messages = Window(30, 60)
sessions = Window(20, 3600)
typing = Window(30, 60)
reading = Window(120, 60)
