"""How often and how long: counted in memory, and added to one row a series with each beat of a worker.

Rows, and not files or ports of each process: whichever web process is asked then knows of all workers, also on other
machines, and a count survives a restart. A worker that is killed loses at most two seconds of counting. No series is about
one person, one language or one neighbourhood.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from threading import Lock

from django.db import DatabaseError, connection

__all__ = ["BOUNDS", "count", "flush", "observe"]

# Upper bounds in seconds; what took longer than the last is in "+Inf".
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_LABELS = (*map(str, BOUNDS), "+Inf")
# In the order of their names: two workers that add at the same moment never wait for each other in a circle.
_ADD = (
    "INSERT INTO conversations_measure (name, label, value) SELECT * FROM unnest(%s::text[], %s::text[], %s::float8[])"
    " ON CONFLICT (name, label) DO UPDATE SET value = conversations_measure.value + EXCLUDED.value"
)
_lock = Lock()
_counted: Counter[tuple[str, str]] = Counter()


def _add(values: dict[tuple[str, str], float]) -> None:
    with _lock:
        for series, value in values.items():
            _counted[series] += value


def count(name: str, *labels: str) -> None:
    """One more of ``name``; ``labels`` in the order in which ``bot.metrics`` names them."""
    _add({(name, ",".join(labels)): 1})


def observe(name: str, seconds: float) -> None:
    """One more that took so long."""
    _add({(name, _LABELS[bisect_left(BOUNDS, seconds)]): 1, (name, "sum"): max(0.0, seconds)})


def flush() -> None:
    """Add what was counted to the rows; kept for the next time when the database does not take it."""
    with _lock:
        taken = sorted(_counted.items())
        _counted.clear()
    if not taken:
        return
    names, labels = zip(*(series for series, _ in taken))
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [list(names), list(labels), [float(value) for _, value in taken]])
    except DatabaseError:
        _add(dict(taken))
        raise
