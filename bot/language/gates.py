"""Many patterns over one text, quickly: each is tried only when a word piece that it cannot do without is there.

Every safety pattern of every language is held against every message. One pass of an Aho-Corasick automaton finds all the
literal pieces first (pyahocorasick, in C); most patterns then need not be tried at all. The answer is the same as without.
"""

from __future__ import annotations

import re
import sre_parse
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import ahocorasick

__all__ = ["Gate", "Gates", "required"]

_MIN_PIECE = 3
# A character class of so few letters is spelt out: [iı]c is two pieces.
_SMALL_CLASS = 4


def _class_letters(items: list) -> list[str] | None:
    letters = [chr(value) for kind, value in items if str(kind) == "LITERAL"]
    return letters if len(letters) == len(items) <= _SMALL_CLASS else None


def _runs(items: Iterable) -> Iterable[frozenset[str]]:
    """The required sets of a sequence: each run of letters, each group."""
    run = [""]
    for kind, value in items:
        name = str(kind)
        letters = [chr(value)] if name == "LITERAL" else _class_letters(value) if name == "IN" else None
        if letters and len(run) * len(letters) <= 16:
            run = [r + c for r in run for c in letters]
            continue
        if name == "AT":  # a word boundary takes no letter
            continue
        yield frozenset(run)
        run = [""]
        inner = _inside(name, value)
        if inner:
            yield inner
    yield frozenset(run)


def _inside(name: str, value: object) -> frozenset[str] | None:
    if name == "SUBPATTERN":
        return _of(value[-1])  # type: ignore[index]
    if name == "BRANCH":
        found = [_of(branch) for branch in value[1]]  # type: ignore[index]
        return frozenset().union(*found) if all(found) else None
    if name in {"MAX_REPEAT", "MIN_REPEAT"} and value[0] >= 1:  # type: ignore[index]
        return _of(value[2])  # type: ignore[index]
    return None


def _of(items: Iterable) -> frozenset[str] | None:
    usable = [found for found in _runs(items) if found and min(map(len, found)) >= _MIN_PIECE]
    return max(usable, key=lambda found: (min(map(len, found)), -len(found)), default=None)


def required(pattern: str) -> frozenset[str] | None:
    """Pieces of which every match holds at least one; None when nothing can be said.

    >>> sorted(required(r"\\b(?:huis|kamer) ?uit\\b"))
    ['huis', 'kamer']
    """
    return _of(sre_parse.parse(pattern))


def _branches(pattern: str) -> list[str]:
    """The alternatives of a pattern's outermost level: each gets its own gate."""
    parts, depth, start, i = [], 0, 0, 0
    while i < len(pattern):
        c = pattern[i]
        if c == "\\":
            i += 1
        elif c == "[":
            i = pattern.index("]", i + 2)
        elif c in "()":
            depth += 1 if c == "(" else -1
        elif c == "|" and not depth:
            parts.append(pattern[start:i])
            start = i + 1
        i += 1
    return [*parts, pattern[start:]]


@dataclass(frozen=True, eq=False)
class Gate:
    """One alternative and the pieces it cannot do without (None: it must always be tried); compiled when first tried."""

    pattern: str
    needs: frozenset[str] | None

    @cached_property
    def regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @classmethod
    def all_of(cls, patterns: Iterable[str]) -> tuple[Gate, ...]:
        """Gates of all alternatives of ``patterns``; raises re.error on a broken one."""
        return tuple(cls(b, required(b)) for p in patterns for b in _branches(p))

    @classmethod
    def whole(cls, pattern: str) -> Gate:
        """One gate for a pattern that must stay in one piece (for ``sub``)."""
        needs = [required(branch) for branch in _branches(pattern)]
        return cls(pattern, frozenset().union(*needs) if all(needs) else None)


class Gates:
    """The pieces of many gates; ``pieces(text)`` says which of them a text holds."""

    def __init__(self, gates: Iterable[Gate]) -> None:
        self._pieces = frozenset().union(*(gate.needs or () for gate in gates))

    @cached_property
    def _automaton(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        for piece in self._pieces:
            automaton.add_word(piece, piece)
        automaton.make_automaton()
        return automaton

    def pieces(self, text: str) -> frozenset[str]:
        """All pieces that occur in ``text``."""
        return frozenset(piece for _, piece in self._automaton.iter(text)) if self._pieces else frozenset()
