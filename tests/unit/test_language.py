"""Which language a message is in, and how steadily a conversation keeps its own."""

import json
from pathlib import Path

import pytest

from bot.dialogue.readers import read
from bot.language.choice import Known, is_not_on_offer, read_choice, settle
from bot.language.identify import identify

OFFER = ("nl", "en", "tr", "ar", "ary-Arab", "ary-Latn", "pap", "pl", "uk", "ti", "so", "fa", "es")
EVALUATION = Path(__file__).resolve().parents[2] / "content" / "evaluation"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("kan iemand mij helpen met deze brief", "nl"),
        ("can someone help me with this letter", "en"),
        ("bu mektubu anlamadım yardım eder misiniz", "tr"),
        ("bu mektubu anlamadim yardim eder misiniz", "tr"),
        ("وصلتني رسالة من البلدية ومو فاهمها", "ar"),
        ("جاتني براوة من البلدية وما فهمت فيها والو", "ary-Arab"),
        ("jatni chi brawa mn gemeente w mafhemt fiha walo", "ary-Latn"),
        ("mi a haña un karta i mi no ta komprond'e", "pap"),
        ("dostalam list z urzedu i nic nie rozumiem", "pl"),
        ("мені прийшов лист і я нічого не розумію", "uk"),
        ("мне пришло письмо и я ничего не понимаю", "ru"),
        ("ደብዳቤ መጺኡኒ ግን ኣይተረድኣንን", "ti"),
        ("warqad baa ii timid mana fahmin", "so"),
        ("یه نامه برام اومده نمیفهمم چی نوشته", "fa"),
        ("me llego una carta y no la entiendo", "es"),
    ],
)
def test_a_sentence_is_recognised(text, tag):
    """Thirteen ways of writing, and Russian as input."""
    assert identify(text).code == tag


@pytest.mark.parametrize("text", ["", "🙂🙂", "12345", "...", "\u200b\u200b"])
def test_without_letters_nothing_is_said(text):
    """Emoji, numbers and invisible characters are in no language."""
    assert identify(text).code == "und"
    assert identify(text).confidence == 0


@pytest.mark.parametrize("text", ["ok", "Fatma", "3061", "ja", "no", "🙂", "Mohamed"])
def test_one_word_never_switches(text):
    """One "ok", a name or a number says nothing about the language of a conversation."""
    assert settle(text, Known("tr", known=True), OFFER)[0] == "tr"


def test_a_clear_sentence_switches_and_a_choice_holds_longer():
    """What a resident chose is left only by a whole clear sentence."""
    assert settle("i want to talk to a person please", Known("nl", known=True), OFFER)[0] == "en"
    assert settle("thank you", Known("tr", known=True, chosen=True), OFFER)[0] == "tr"


def test_russian_is_answered_in_ukrainian_and_darija_in_its_own_script():
    """What is understood but not written has its nearest language on offer."""
    assert settle("мне нужна помощь с письмом пожалуйста", Known("nl"), OFFER)[0] == "uk"
    assert settle("bghit nhder m3a chi wahed afak", Known("nl"), OFFER)[0] == "ary-Latn"
    assert settle("بغيت نهضر مع شي واحد عافاك", Known("nl"), OFFER)[0] == "ary-Arab"


def test_arabic_and_darija_do_not_flap():
    """Speakers of one write the other: a short message does not change between them."""
    assert settle("شكرا بزاف", Known("ar", known=True), OFFER)[0] == "ar"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("kan het in het Pools?", "pl"), ("can we speak Somali", "so"), ("Papiamentu", "pap"), ("marokkaans", "ary-Latn"),
        ("Türkçe konuşabilir miyiz", "tr"), ("russisch", "uk"),
    ],
)  # fmt: skip
def test_a_language_can_be_asked_for(text, tag):
    """By its name in another language, or alone; what is only understood leads to what is written."""
    assert read_choice(text, OFFER) == tag


@pytest.mark.parametrize(
    "text",
    ["你好我需要帮助", "guten tag", "je suis perdu avec tous ces papiers", "proprietarul vrea sa ne dea afara",
     "има ли нещо за деца", "gibt es was für kinder in der nähe", "não sei o que fazer com estes papéis", "አከራዩ ሊያስወጣን ነው",
     "مالک مکان ہمیں نکالنا چاہتا ہے", "د ماشومانو لپاره څه شته", "xwediyê xanî dixwaze me derxe",
     "خاوەن ماڵ دەیەوێت دەرمان بکات", "pronari do të na nxjerrë jashtë", "a basi fu a oso wani puru wi"],
)  # fmt: skip
def test_another_language_gets_the_list_of_languages(text):
    """Words that stand in no file of ours, near to what we speak: French, Portuguese, Amharic, Urdu, Kurdish …"""
    assert is_not_on_offer(text, OFFER)


def test_no_message_in_a_language_on_offer_gets_that_list():
    """Over every held-out message: whoever writes in their language must not be told that we do not speak it."""
    files = sorted(EVALUATION.glob("*.jsonl"))
    texts = [json.loads(line)["text"] for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(texts) > 1_000
    assert [text for text in texts if is_not_on_offer(text, OFFER)] == []


@pytest.mark.parametrize(
    ("asked", "text", "intent"),
    [("area", "3061", "set_contact_preference"), ("contact_phone", "bel ⟨phone⟩ of mail ⟨email⟩", "set_contact_preference"),
     ("helper_gender", "kadın olsun", "set_helper_preference")],
)  # fmt: skip
def test_an_answer_to_what_was_just_asked_is_read_as_one(asked, text, intent):
    """Whatever the classifier makes of a few digits; without the question its guess stands."""
    assert read(text, "celebration_costs", asked=asked).intent == intent
    assert read(text, "celebration_costs").intent is None


def test_an_answer_to_a_plain_question_draws_no_check():
    """ "I live in 3061" is no danger, whatever the classifier fears; a pattern's cue is heard all the same."""
    fears = {"crisis_eviction_soon": 0.6}
    assert read("vivo en el 3062", "rent_worry", fears, asked="area").safety is None
    assert read("vivo en el 3062", "rent_worry", fears).safety["level"] == "ask"
    assert read("3061 maar ik wil dood", "greet", {}, asked="area").safety["level"] == "act"


def test_every_language_of_the_list_is_known_by_its_name():
    """A new one needs no code: Babel knows what others call it."""
    from bot.language.choice import _NAMED
    from bot.language.tags import OWN_NAMES, UNDERSTOOD

    assert {*UNDERSTOOD} <= {*_NAMED, *OWN_NAMES}
