"""Many patterns over one text, quickly: each is tried only when a word piece that it cannot do without is there.

Every safety pattern of every language is held against every message. One pass of an Aho-Corasick automaton finds all the
literal pieces first (pyahocorasick, in C); most patterns then need not be tried at all. The answer is the same as without.
"""

from __future__ import annotations

import re
import sre_parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import ahocorasick

__all__ = ["Finder", "Gate", "Gates", "Pieces", "required"]

# Short pieces are everywhere and gate nothing; a syllable sign of Ge'ez says as much as two letters.
_MIN_PIECE = 3
# A character class of so few letters is spelt out: [iı]c is two pieces.
_SMALL_CLASS = 4
# In a text longer than _SHORT a pattern is tried only within _REACH letters of its pieces. Patterns that look further, or at the
# edges of the whole text, are always tried on all of it.
_SHORT, _REACH = 600, 250
_EVERYWHERE = re.compile(r"[$^]|\.[*+]|\{\d*,\}")
_GAP = re.compile(r"\.\{\d*,?(\d+)\}")


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


def _weight(piece: str) -> int:
    return len(piece) * 2 if piece and min(piece) >= "\u1200" else len(piece)


def _of(items: Iterable) -> frozenset[str] | None:
    """The most telling required set of a sequence; short pieces gate little, but they are better than none."""
    runs = [(min(map(_weight, found)), found) for found in _runs(items) if found]
    usable = [run for run in runs if run[0] >= _MIN_PIECE] or [run for run in runs if run[0] >= _MIN_PIECE - 1]
    return max(usable, key=lambda run: (run[0], -len(run[1])), default=(0, None))[1]


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

    @cached_property
    def _is_local(self) -> bool:
        gaps = sum(int(gap) for gap in _GAP.findall(self.pattern))
        return self.needs is not None and gaps <= _REACH // 2 and not _EVERYWHERE.search(self.pattern)

    def found_in(self, text: Pieces) -> bool:
        """Whether the pattern matches, looking only near the pieces it needs where a text is long."""
        if len(text.folded) <= _SHORT or not self._is_local:
            return bool(self.regex.search(text.folded))
        return any(self.regex.search(text.folded, start, end) for start, end in text.around(self.needs))


class Pieces:
    """A folded text with the places (ends) of the pieces it holds, and the sets of its finder that any of these belongs to."""

    def __init__(self, folded: str, places: dict[str, list[int]], sets: set[Gates]) -> None:
        self.folded, self.places, self.sets = folded, places, sets

    def around(self, needs: frozenset[str]) -> Iterator[tuple[int, int]]:
        """The stretches around every place of ``needs``, put together where they touch."""
        ends = sorted(end for piece in needs & self.places.keys() for end in self.places[piece])
        start = stop = -1
        for end in ends:
            if start >= 0 and end - _REACH > stop:
                yield start, stop
                start = -1
            start, stop = (end - _REACH if start < 0 else start), end + _REACH
            start = max(start, 0)
        if start >= 0:
            yield start, stop


class Gates:
    """A set of gates: which of them are worth trying on a text is found from its pieces."""

    def __init__(self, gates: Iterable[Gate]) -> None:
        self._gates = tuple(gates)
        self._always = [i for i, gate in enumerate(self._gates) if gate.needs is None]
        self._by_piece: dict[str, list[int]] = {}
        for i, gate in enumerate(self._gates):
            for piece in gate.needs or ():
                self._by_piece.setdefault(piece, []).append(i)

    def __iter__(self) -> Iterator[Gate]:
        return iter(self._gates)

    def pieces(self) -> Iterable[str]:
        """Every piece that any gate needs."""
        return self._by_piece

    def worth_trying(self, text: Pieces) -> Iterator[Gate]:
        """The gates that are not ruled out by what ``text`` holds, in their order."""
        if not self._always and self not in text.sets:  # most of several hundred sets, for most messages
            return iter(())
        near = self._by_piece.keys() & text.places.keys()
        numbers = {*self._always, *(i for piece in near for i in self._by_piece[piece])}
        return (self._gates[i] for i in sorted(numbers))

    def found_in(self, text: Pieces) -> bool:
        """Whether any gate's pattern matches."""
        return any(gate.found_in(text) for gate in self.worth_trying(text))


class Finder:
    """Finds the pieces of many sets of gates in one pass."""

    def __init__(self, sets: Iterable[Gates]) -> None:
        self._automaton = ahocorasick.Automaton()
        self._sets: dict[str, list[Gates]] = {}
        for gates in sets:
            for piece in gates.pieces():
                self._sets.setdefault(piece, []).append(gates)
        for piece in self._sets:
            self._automaton.add_word(piece, piece)
        self._automaton.make_automaton()

    def read(self, folded: str) -> Pieces:
        """``folded`` with its pieces."""
        places: dict[str, list[int]] = {}
        if len(self._automaton):
            for end, piece in self._automaton.iter(folded):
                places.setdefault(piece, []).append(end)
        return Pieces(folded, places, {gates for piece in places for gates in self._sets[piece]})
