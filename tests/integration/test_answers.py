"""A typed message that stands for a button: its title, its number, a plain yes or no; and what none of these may do."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest

from bot.conversations.answers import asked_for, chosen, context, last_said, meant
from bot.conversations.outbox import from_key, post
from tests.integration.handover_helpers import conversation, says, team  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("key", "typed", "payload"),
    [
        ("utter_rent_worry", "ja", "/want_human"),
        ("utter_rent_worry", "Iets voor vandaag!", '/rent_worry{"step":"today"}'),
        ("utter_rent_worry", "2", '/rent_worry{"step":"today"}'),
        ("utter_rent_worry", "9", None),
        ("utter_rent_worry", "ja maar wie leest dit dan allemaal mee", None),
        ("utter_letter_not_understood", "nee", '/letter_not_understood{"date":"no"}'),
        ("utter_greet", "ja", None),  # no plain question
        ("utter_ask_area", "nee dat zeg ik niet", '/set_contact_preference{"area":"none"}'),
        ("handover.preview_question", "1", None),  # only a word or a tap passes anything on
        ("handover.preview_question", "ja, geef door", '/affirm{"consent":"yes"}'),
        ("rights.wipe_confirm", "1", None),
        ("utter_check_suicidal", "1", None),
    ],
)
def test_what_was_typed_presses_the_button_it_names(conversation, key, typed, payload):
    """And nothing else does."""
    post(conversation, [from_key(conversation, key)])
    assert chosen(says(conversation, typed), "nl") == payload


def test_before_anything_was_said_nothing_is_chosen(conversation):
    """A first "ja" answers nothing; the action that asks what it means must not fail on it."""
    first = says(conversation, "ja")
    assert (chosen(first, "nl"), asked_for(first)) == (None, "")
    assert (meant(last_said(first), True), meant(last_said(first), False)) == (None, None)


def test_what_was_asked_is_known(conversation):
    """A wish by its slot, a letter's day, whom it is about."""
    asked = {}
    for key in ("utter_ask_area", "utter_letter_date_yes", "utter_gambling_worry", "utter_help"):
        post(conversation, [from_key(conversation, key)])
        asked[key] = asked_for(says(conversation, "?"))
    assert list(asked.values()) == ["area", "day", "whom", ""]


def test_a_few_words_are_read_in_their_context(conversation):
    """The topic just talked about, or the letter whose date was asked for some messages ago; a long message speaks for itself."""
    post(conversation, [from_key(conversation, "utter_rent_worry")])
    assert context(says(conversation, "we lopen achter")) == "rent_worry"
    for key in ("utter_letter_not_understood", "utter_insult"):
        post(conversation, [from_key(conversation, key)])
    assert context(says(conversation, "12 december")) == "day_earlier"
    assert context(says(conversation, "op 12 december komt mijn zus op bezoek")) == ""
    post(conversation, [from_key(conversation, "utter_ask_are_you_municipality")])
    assert context(says(conversation, "12 december")) == "day_earlier"
    post(conversation, [from_key(conversation, "utter_letter_date_yes")])
    assert context(says(conversation, "12 december")) == "which_day"
    post(conversation, [from_key(conversation, "utter_ask_area")])
    assert context(says(conversation, "12 december")) == "area"
    for key in ("utter_help", "utter_insult", "utter_help", "utter_insult"):
        post(conversation, [from_key(conversation, key)])
    assert context(says(conversation, "12 december")) == ""
