"""Which places of a message are already spoken for, and the runs of digits in what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from .shadow import Shadow

__all__ = ["Claims", "Hit", "Run"]

_DIGITS = re.compile(r"[0-9]+")
_BETWEEN = frozenset(" .-/()_*'\n")
_WIDEST_GAP = 8
_LONGEST = 19


@dataclass(frozen=True)
class Hit:
    """Something personal at ``text[start:end]`` of the shadow. ``kept`` stays readable, in front of the token."""

    start: int
    end: int
    kind: str
    value: str
    kept: str = ""


@dataclass(frozen=True)
class Run:
    """Groups of digits with nothing but separators between them: perhaps one number, perhaps several."""

    text: str
    groups: tuple[tuple[int, int], ...]

    def digits(self, first: int, last: int) -> str:
        """The digits of the groups ``first`` to ``last`` (both included)."""
        return self._digits[self._starts[first] : self._starts[last + 1]]

    @cached_property
    def _digits(self) -> str:
        return "".join(self.text[a:b] for a, b in self.groups)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(accumulate((b - a for a, b in self.groups), initial=0))

    def lengths(self, first: int, last: int) -> tuple[int, ...]:
        """How many digits each of these groups has."""
        return tuple(b - a for a, b in self.groups[first : last + 1])

    def between(self, group: int) -> str:
        """All that stands between ``group`` and the next one; "" at the ends."""
        if not 0 <= group < len(self.groups) - 1:
            return ""
        return self.text[self.groups[group][1] : self.groups[group + 1][0]]

    def gap(self, group: int) -> str:
        """The separator between ``group`` and the next one: one character, or "" at the ends."""
        between = self.between(group)
        return between and (between.strip()[:1] or " ")

    def even(self, first: int, last: int) -> bool:
        """Whether one and the same separator stands between all these groups."""
        return len({self.gap(i) for i in range(first, last)}) <= 1

    def windows(self, first: int) -> Iterator[tuple[int, int]]:
        """(digits so far, last group) for each end of a number that begins with group ``first``."""
        total = 0
        for last in range(first, len(self.groups)):
            total += self.groups[last][1] - self.groups[last][0]
            if total > _LONGEST:
                return
            yield total, last

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where these groups stand in the shadow."""
        return self.groups[first][0], self.groups[last][1]


@dataclass
class Claims:
    """The shadow of one message and what was found in it; the first to claim a place has it."""

    shadow: Shadow
    hits: list[Hit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = self.shadow.text
        self._taken = bytearray(len(self.text))

    def free(self, start: int, end: int) -> bool:
        """Whether nobody claimed any of ``text[start:end]``."""
        return not any(self._taken[start:end])

    def protect(self, start: int, end: int) -> None:
        """These characters are known to be harmless: they stay."""
        self._taken[start:end] = b"\1" * (end - start)

    def take(self, start: int, end: int, kind: str, value: str, kept: str = "") -> bool:
        """Claim a place for a token; False when somebody was there before."""
        if not self.free(start, end):
            return False
        self.protect(start, end)
        self.hits.append(Hit(start, end, kind, value, kept))
        return True

    def runs(self) -> Iterator[Run]:
        """The runs of unclaimed digits, in order."""
        groups: list[tuple[int, int]] = []
        for match in _DIGITS.finditer(self.text):
            if groups and not self._joined(groups[-1][1], match.start()):
                yield Run(self.text, tuple(groups))
                groups = []
            if self.free(match.start(), match.end()):
                groups.append(match.span())
        if groups:
            yield Run(self.text, tuple(groups))

    def _joined(self, end: int, start: int) -> bool:
        gap = self.text[end:start]
        return len(gap) <= _WIDEST_GAP and _BETWEEN.issuperset(gap) and self.free(end, start)
