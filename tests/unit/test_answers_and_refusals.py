"""Short messages that were read wrongly once: refusals, "call me" as an answer, struck keys, a question of trust."""

import pytest

from bot.dialogue.readers import read
from bot.language.identify import identify
from bot.safety import read_answer, read_command

REFUSALS = [
    "نه نرسان",
    "نه لطفا نفرستید",
    "خیر",
    "نکن",
    "نه نده",
    "به کسی نگو",
    "ولش کن",
    "بیخیال",
    "نه نمی‌خواهم برسانید",
    "منصرف شدم",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_in_farsi_or_dari_is_a_no(text):
    """At the preview it keeps everything back."""
    assert read_answer(text, "fa") is False


@pytest.mark.parametrize("text", ["no forget it", "No, forget it!"])
def test_no_forget_it_is_a_no_and_wipes_nothing(text):
    """It forgets the offer, not the data."""
    assert read_answer(text, "en") is False
    assert read_command(text) is None


def test_call_me_answers_how_to_be_reached_and_asks_for_a_person_otherwise():
    """The question just asked decides."""
    answered = read("ደውሉለይ", asked="contact_how")
    assert (answered.intent, answered.entities) == ("set_contact_preference", {"contact_how": "phone"})
    assert read("ደውሉለይ").intent == "want_human"


@pytest.mark.parametrize("text", ["ነዚ ዝጽሕፎ መን የንብቦ", "መን ዝጽሕፎ የንብብ"])
def test_who_reads_what_i_write_is_no_read_phone(text):
    """It asks about us; the same words about a husband tell something else."""
    assert read_command(text) is None
    assert read_command("ዝጽሕፎ ሰብኣየይ የንብቦ") == "phone_read"


@pytest.mark.parametrize("text", ["bcdf ghjkl mnpq", "sdfghjkl", "xkcd bdfghj", "mnbvcxz"])
def test_struck_keys_are_no_language(text):
    """Nor do they switch the conversation's."""
    assert identify(text).code == "und"


@pytest.mark.parametrize(("text", "tag"), [("slm cv hmd", "ary-Latn"), ("mrhba bikom", "ary-Latn"), ("wszystko", "pl")])
def test_words_with_few_vowels_are_still_a_language(text, tag):
    """Darija is often typed without them."""
    assert identify(text).code == tag
