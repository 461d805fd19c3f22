"""Facts: only what is checked and still valid is told, and what is not is listed."""

import datetime as dt

import pytest

from bot.facts import Fact

TODAY = dt.date(2026, 11, 22)


def fact(value="113", checked_by="somebody", until=TODAY + dt.timedelta(days=90), **more) -> Fact:
    return Fact("key", value, "source", checked_by, TODAY, until, **more)


@pytest.mark.parametrize(
    ("one", "state", "told"),
    [
        (fact(), "told", True),
        (fact(until=TODAY), "expiring", True),
        (fact(until=TODAY - dt.timedelta(days=1)), "expired", False),
        (fact(checked_by=None), "unchecked", False),
        (fact(value=""), "unchecked", False),
        (fact(until=None), "unchecked", False),
        (fact(checked_by=None, always=True), "unchecked", True),  # 112 is told whatever happens, and listed all the same
    ],
)
def test_a_fact_is_told_only_while_somebody_stands_for_it(one, state, told):
    """Checked, by whom, until when."""
    assert (one.state(TODAY, 30), one.may_be_told(TODAY)) == (state, told)
