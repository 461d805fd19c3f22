"""A municipality's own facts from the database, read at most every half minute per process."""

from __future__ import annotations

import time

from django.db import DatabaseError, transaction

from bot.facts import Fact, load_facts

from .models import LocalFact

__all__ = ["forget", "local_facts"]

_SECONDS = 30.0
_cached: tuple[float, tuple[Fact, ...]] | None = None


def forget() -> None:
    """Read afresh next time (after a change by this process)."""
    global _cached
    _cached = None


def local_facts() -> tuple[Fact, ...]:
    """The rows of LocalFact; what was read last, or nothing, while the table or the database is missing."""
    global _cached
    if _cached is None or time.monotonic() - _cached[0] > _SECONDS:
        _cached = (time.monotonic(), _read(_cached[1] if _cached else ()))
    return _cached[1]


def _read(before: tuple[Fact, ...]) -> tuple[Fact, ...]:
    try:
        with transaction.atomic():  # a savepoint: a missing table must not spoil the caller's transaction
            return tuple(_fact(row) for row in LocalFact.objects.all())
    except DatabaseError:
        return before


def _fact(row: LocalFact) -> Fact:
    known = load_facts().get(row.key)
    translate = bool(known and known.translate)
    return Fact(row.key, row.value, row.source, row.checked_by, row.checked_on, row.valid_until, translate=translate)
