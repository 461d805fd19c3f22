"""The masking on real-looking lines of every way of writing; `bench/masking.py` prints the same figures."""

import pytest

from bench.masking import CHECKED, LINES, measure, ordinary, personal
from bot.language.tags import ON_OFFER
from bot.privacy.mask import KINDS

_DRAWS = 6


@pytest.fixture(scope="module")
def found():
    return measure(_DRAWS)


@pytest.mark.parametrize("kind", CHECKED)
def test_numbers_with_a_checksum_are_masked_in_every_layout(found, kind):
    assert found["recall"][kind]["lines"] >= 100
    assert found["recall"][kind]["recall"] >= 0.99, [row for row in found["missed"] if kind in row[1]]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(CHECKED)))
def test_what_has_no_checksum_is_nearly_always_masked(found, kind):
    assert found["recall"][kind]["recall"] >= 0.95, [row for row in found["missed"] if kind in row[1]]


@pytest.mark.parametrize("name", ["false_hard", "false_held_out"])
def test_times_prices_and_dates_of_letters_stay_readable(found, name):
    assert found[name]["lines"] >= 300
    assert found[name]["share"] <= 0.01, found["wrong"]


def test_every_way_of_writing_has_its_lines():
    assert {line.tag for line in personal(1)} == {line.tag for line in ordinary()} == set(ON_OFFER), LINES
