"""Fixtures over PostgreSQL, with fakes for everything outside the process."""

import datetime as dt

import pytest

from bot.testing.rasa import FakeRasa

# What they assert is told in full, as a test's own.
pytest.register_assert_rewrite("tests.integration.desk_helpers", "tests.integration.webchat_helpers")


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """A process reads facts, languages and voices afresh every half minute; a test starts with none of another's."""
    from bot.conversations import languages, voices
    from bot.neighbourhood import local_facts

    for each in (languages, voices, local_facts):
        each.forget()


@pytest.fixture(autouse=True)
def _no_holiday(monkeypatch):
    """Teams are open on the days around these tests, whenever they run; a test of a holiday names it."""
    from bot.neighbourhood import hours

    monkeypatch.setattr(hours, "_dutch_holidays", dict)


@pytest.fixture
def rasa(settings, transactional_db):
    """A fake Rasa; set ``rasa.answer`` to decide what it does."""
    with FakeRasa() as fake:
        settings.RASA_URL = fake.url
        yield fake


@pytest.fixture
def always_day(monkeypatch):
    """Promises are looked after by day: these tests run at night too."""
    from bot.handover import watch

    monkeypatch.setattr(watch, "_DAY_BEGINS", dt.time.min)
    monkeypatch.setattr(watch, "_DAY_ENDS", dt.time.max)


@pytest.fixture
def fatma(team):
    """A key person."""
    from tests.integration.handover_helpers import make_helper

    return make_helper(team, "Fatma", kind="key_person")
