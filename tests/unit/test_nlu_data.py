"""The understanding data: complete, clean and without doubles; the check itself finds what it is there to find."""

import pytest

from bot.language.examples import Example, tags
from bot.learning import data_checks
from bot.learning.data_checks import conflicts, data_problems, intents, thin_spots


def test_the_inventory_is_whole():
    """45 intents, as the data and the answers know them."""
    assert len(intents()) == 45


@pytest.mark.parametrize("tag", tags())
def test_every_intent_has_its_examples(tag):
    """At least 25 in most languages, 15 in the others, 8 where a language is only understood."""
    assert tag == "rif" or thin_spots(tag) == []


@pytest.mark.parametrize("tag", tags())
def test_the_data_are_clean(tag):
    """No doubles, no near-copies, no markup, no unknown intents."""
    assert data_problems(tag) == []


def test_no_text_means_two_things_in_two_languages():
    """One model reads all languages: the same words must have one intent."""
    assert conflicts() == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("deny", "Nee, dank je."), ("affirm", "nee dank je")], "under affirm and deny"),
        ([("deny", "nee"), ("deny", "Nee!")], "2 times"),
        ([("deny", "nee bel mij maar niet op"), ("deny", "nee bel mij niet op maar")], "near-copies"),
        ([("deny", "/deny")], "leading slash"),
        ([("dney", "nee")], "no intent dney"),
    ],
)
def test_the_check_refuses(monkeypatch, lines, told):
    """The same text under two intents, doubles, near-copies, markup, an unknown intent."""
    monkeypatch.setattr(data_checks, "examples", lambda tag: (Example("nl", "smalltalk", intent, text) for intent, text in lines))
    problems = data_problems("nl")
    assert len(problems) == 1
    assert told in problems[0]
