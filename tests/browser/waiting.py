"""Waiting for what no locator shows: a request, something stored, a notice of the browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["PATIENCE_MS", "until"]

# The machine may be busy with other tests, or slow: what comes is asserted when it is there, not after so long.
PATIENCE_MS = 60_000


def until(page, met: Callable[[], Any], why: str = "") -> Any:
    """What ``met()`` returns once that is true; the page runs on meanwhile. (Its policy lets no text of ours be run in it.)"""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not (found := met()):
        assert time.monotonic() < deadline, f"never {why}"
        page.wait_for_timeout(50)
    return found
