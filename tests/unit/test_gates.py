"""The quick search finds exactly what trying every pattern finds."""

import re

import pytest

from bot.language.fold import fold
from bot.language.gates import Gate, Gates, required
from bot.learning.examples import examples
from bot.safety.patterns import load_all


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        (r"\bhuis\b", {"huis"}),
        (r"\b(?:huis|kamer) ?uit\b", {"huis", "kamer"}),
        (r"\bb[ai]nk", {"bank", "bink"}),
        (r"(?:stroom)? ?weg\w*", {"weg"}),
        (r"\w+ ?\d", None),
        (r"(?!niet )\bleven", {"leven"}),
    ],
)
def test_what_a_match_cannot_do_without(pattern, pieces):
    """Optional groups and look-arounds ask for nothing."""
    assert required(pattern) == (frozenset(pieces) if pieces else None)


def test_alternatives_are_split_only_at_the_outermost_level():
    """Not inside groups, classes or escapes."""
    assert [gate.pattern for gate in Gate.all_of([r"a(b|c)|[|]d|\|e"])] == ["a(b|c)", "[|]d", r"\|e"]


def test_nothing_is_missed():
    """Every gate of every language over a sample of real lines: a gate that would match is never kept shut."""
    gates = [gate for file in load_all() for gate in file.gates()]
    pieces = Gates(gates)
    for text in [fold(row.text) for row in examples()][::40]:
        found = pieces.pieces(text)
        shut = [gate for gate in gates if gate.needs is not None and gate.needs.isdisjoint(found)]
        assert [gate.pattern for gate in shut if re.search(gate.pattern, text)] == []
