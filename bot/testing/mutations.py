"""Bodies spoiled in every way JSON allows, for tests of what comes in: the same seed gives the same bodies."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

__all__ = ["mutations", "places"]

_NONSENSE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, -(2**63), "", " ", "x", "\x00", "\ud800", "\u202e", "é" * 5000, "9" * 400, [], ["a"],
    [[]], {}, {"a": 1}, [{}], {"id": {}}, float("1e308"), 2**31, 2**63, 2**64, 300_000_000_000_000, "300000000000000", "--5", "-",
    "9" * 5000, "1e5", "٣", float("nan"), float("inf"),
)  # fmt: skip


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """The way to every value within: keys and indexes, outermost first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def _at(body: Any, path: tuple) -> Any:
    for key in path:
        body = body[key]
    return body


def _spoil(body: Any, chance: random.Random) -> None:
    found = list(places(body))
    if not found:
        return
    path = chance.choice(found)
    holder = _at(body, path[:-1])
    kind = chance.randrange(5)
    if kind == 0:
        del holder[path[-1]]
    elif kind == 1:  # something from elsewhere in the body
        holder[path[-1]] = copy.deepcopy(_at(body, chance.choice(found)))
    elif kind == 2 and isinstance(holder, list):
        holder.insert(path[-1], copy.deepcopy(chance.choice(_NONSENSE)))
    else:
        holder[path[-1]] = copy.deepcopy(chance.choice(_NONSENSE))


def mutations(bodies: list[Any], count: int, seed: int = 1) -> Iterator[Any]:
    """``count`` copies of ``bodies`` in turn, each spoiled in one to four places."""
    chance = random.Random(seed)
    for number in range(count):
        body = copy.deepcopy(bodies[number % len(bodies)])
        for _ in range(chance.randint(1, 4)):
            _spoil(body, chance)
        yield body
