"""Rows that many texts of a turn need, read at most every half minute per process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import DatabaseError, transaction

__all__ = ["Remembered"]

_T = TypeVar("_T")
_SECONDS = 30.0


class Remembered(Generic[_T]):
    """Calling it gives what ``read`` read last; ``nothing`` before the first migration, the last while the database is away."""

    def __init__(self, read: Callable[[], _T], nothing: _T) -> None:
        self._read, self._nothing = read, nothing
        self.forget()

    def forget(self) -> None:
        """Read afresh next time (after a change by this process)."""
        self._last, self._read_at = self._nothing, float("-inf")

    def __call__(self) -> _T:
        if time.monotonic() - self._read_at > _SECONDS:
            try:
                with transaction.atomic():  # a savepoint: a missing table must not spoil the caller's transaction
                    self._last = self._read()
            except DatabaseError:
                pass
            self._read_at = time.monotonic()
        return self._last
