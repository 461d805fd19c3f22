"""Trying a model out: what it hears and would do, in a process of its own that keeps nothing."""

import time

import pytest

from bot.learning import shelf, trying
from tests.faults.looking import rows

# Not how many: what has been kept long enough goes, and who waits too long is told so, whatever is tried meanwhile.
_LAST = "SELECT max(id) FROM conversations_message WHERE author = 'resident'"


@pytest.fixture
def models(system):
    """The trained model, twice: as the one that runs and as a candidate."""
    yield (shelf.promoted(),)
    trying.stop()


def heard(models, text, lang="nl", talk="a"):
    return trying.answer(trying.ask(models, talk, text, lang), 240)["turns"][0]


def test_a_turn_shows_what_was_heard_and_the_rule(system, models):
    """Intent with confidence, language, safety, slots, rule and what it would say; nothing of it is stored."""
    before = rows(system, _LAST)
    turn = heard(models, "bu mektubu anlamıyorum", "tr")
    assert turn["intents"][0][0] == "letter_not_understood"
    assert 0 < turn["intents"][0][1] <= 1
    assert turn["language"]["code"] == "tr"
    assert turn["actions"][0]["action"] == "utter_letter_not_understood"
    assert turn["actions"][0]["policy"] == "RulePolicy"
    assert turn["actions"][0]["says"]
    assert heard(models, "ik wil liever een vrouw")["slots"]["helper_gender"] == "woman"
    danger = heard(models, "mijn man slaat mij")
    assert danger["safety"]["kind"] == "crisis_violence"
    assert danger["before"].startswith("crisis_violence")
    assert rows(system, _LAST) == before


def test_a_process_that_is_gone_is_said_to_be(models):
    """And the next message starts another."""
    number = trying.ask(models, "a", "hoi", "nl")
    trying.stop()
    with pytest.raises(LookupError):
        trying.answer(number)
    assert heard(models, "hoi")["intents"][0][0] == "greet"


def test_nobody_uses_it_and_it_ends(models, monkeypatch):
    """Two models in memory are no small thing."""
    monkeypatch.setattr(trying, "_IDLE_SECONDS", 0.2)
    trying.ask(models, "a", "hoi", "nl")
    deadline = time.monotonic() + 120
    while trying._running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert trying._running is None
