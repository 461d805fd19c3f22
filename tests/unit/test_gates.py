"""The quick search finds exactly what trying every pattern finds."""

import pytest

from bot.language.examples import examples
from bot.language.fold import fold
from bot.language.gates import Finder, Gate, Gates, required
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
    """Over a sample of real lines of every language, and a long text: a pattern that would match is never kept shut."""
    sets = [gates for file in load_all() for gates in file.sets()]
    finder = Finder(sets)
    lines = [fold(row.text) for row in examples()][::60]
    for text in [*lines, " ".join(lines)[:3000]]:
        read = finder.read(text)
        for gates in sets:
            tried = set(gates.worth_trying(read))
            assert [gate.pattern for gate in gates if gate not in tried and gate.regex.search(text)] == []


def test_a_long_text_says_what_trying_everything_says():
    """Each file's own crises, deep in a long message: looking near the pieces finds what looking everywhere finds."""
    sets = [gates for file in load_all() for gates in file.sets()]
    finder = Finder(sets)
    crises = [fold(row.text) for row in examples() if row.intent.startswith("crisis_")][::25]
    for at in range(0, len(crises), 40):
        read = finder.read(("x y z " * 60).join(crises[at : at + 40])[:9000])
        for gate in (gate for gates in sets for gate in gates.worth_trying(read)):
            assert gate.found_in(read) == bool(gate.regex.search(read.folded)), gate.pattern


@pytest.mark.parametrize("pattern", [r"^(?=.*\bhuis\b).*\buit\b", r"\bhuis\b.{0,400}\buit\b", r"\buit huis$"])
def test_a_pattern_that_looks_far_is_tried_on_all_of_a_text(pattern):
    """At the edges of the text, or over hundreds of letters."""
    gates = Gates(Gate.all_of([pattern]))
    assert gates.found_in(Finder([gates]).read("huis " + "a " * 190 + "uit " + "b " * 300 + "uit huis"))


def test_in_a_long_text_a_pattern_is_looked_for_near_its_pieces():
    """Wherever they stand, at the edges too."""
    gates = Gates(Gate.all_of([r"\bhuis\b.{0,25}\buit\b"]))
    for before, after in ((0, 3000), (1500, 1500), (3000, 0)):
        text = "a " * before + "huis moeten wij uit" + " b" * after
        assert gates.found_in(Finder([gates]).read(text))
    assert not gates.found_in(Finder([gates]).read("huis " + "a " * 2000 + "uit"))
