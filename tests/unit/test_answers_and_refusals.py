"""Short messages that were read wrongly once: refusals, "call me" as an answer, struck keys, a question of trust."""

import pytest

from bot.dialogue.readers import after_answer, is_half_sure, read
from bot.language.identify import identify
from bot.safety import read_answer, read_command, read_safety

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


BEHIND = [("nl", "we lopen achter"), ("en", "we're behind"), ("tr", "geride kaldık"), ("pl", "jesteśmy do tyłu")]


@pytest.mark.parametrize(("tag", "text"), BEHIND)
def test_behind_is_about_what_was_talked_about(tag, text):
    """Under the rent it is the rent; alone it is about money, and never a purchase that nobody named."""
    rent = read(text, guessed="later_pay_purchases", asked="rent_worry")
    assert (rent.intent, rent.entities) == ("rent_worry", {"step": "today"}), tag
    alone = read(text, guessed="later_pay_purchases")
    assert (alone.intent, alone.entities) == ("help", {"about": "money"}), tag
    assert read("ik loop achter met klarna", guessed="later_pay_purchases", asked="rent_worry").intent is None


@pytest.mark.parametrize(
    ("text", "guessed", "intent"),
    [
        ("12 december", "out_of_scope", "letter_not_understood"), ("31 grudnia", "thank_or_bye", "letter_not_understood"),
        ("tot morgen", "thank_or_bye", None),
    ],
)  # fmt: skip
def test_a_date_some_turns_after_the_letter_is_the_letters(text, guessed, intent):
    """Whatever a classifier makes of two words; "see you tomorrow" is not, nor is a date without a letter before it."""
    assert read(text, guessed=guessed, asked="day_earlier").intent == intent
    assert read(text, guessed="out_of_scope").intent is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("nee nog niet maar ik kan de rekening niet betalen", "ik kan de rekening niet betalen"),
        ("no, the rent is too high for us", "the rent is too high for us"),
        ("hayır ama kirayı ödeyemiyoruz artık", "kirayı ödeyemiyoruz artık"),
        ("no puedo pagar la luz", None),  # a negation, no answer
        ("nee dank je wel hoor", None),
        ("ja", None),
        ("de huur, maar ook de energie", None),
    ],
)
def test_what_follows_a_no_is_what_the_message_is_about(text, rest):
    """Where a comma or a "but" parts them, and enough follows."""
    assert after_answer(text) == rest


def test_a_day_that_cannot_be_read_is_no_dead_end():
    """Asked which day, "twelf of decmber" goes on with reading the letter together."""
    found = read("twelf of decmber", guessed="out_of_scope", asked="which_day")
    assert (found.intent, found.entities) == ("letter_not_understood", {"date": "no"})
    assert read("12 december", guessed="out_of_scope", asked="which_day").entities.keys() == {"day"}


def test_a_letter_that_asks_for_a_bank_code_is_a_suspicious_one():
    """Also when nobody asked whether it is real."""
    assert read("they ask my bank code", guessed="nlu_fallback").entities == {"suspicious": "yes"}


def test_no_phone_is_a_wish_and_no_danger():
    """In the middle of other questions too."""
    found = read("no tengo teléfono", guessed="set_contact_preference", asked="helper_gender")
    assert (found.intent, found.entities, found.safety) == ("set_contact_preference", {"contact_how": "chat"}, None)


@pytest.mark.parametrize("text", ["nee doe maar niet", "toch maar niet"])
def test_rather_not_is_a_no(text):
    """At the preview it keeps everything back."""
    assert read_answer(text, "nl") is False


def test_a_date_is_read_in_any_language_where_one_was_asked_for():
    """Two words are too few to tell a language by."""
    assert read("31 diseembar", guessed="health_costs", asked="which_day").entities["day"].endswith("-12-31")


def test_from_the_municipality_is_who_sent_the_letter():
    """Under that question it asks nothing about us."""
    found = read("van de gemeente denk ik", guessed="ask_are_you_municipality", asked="sender")
    assert (found.intent, found.entities) == ("letter_not_understood", {"step": "government"})


@pytest.mark.parametrize(
    ("text", "level"), [("ik ben bang", "ask"), ("I'm scared", "ask"), ("tengo miedo", "ask"), ("nee papa slaat niet", None)]
)
def test_afraid_alone_is_asked_about_and_a_no_to_beating_is_no_alarm(text, level):
    """One plain question, never less; "I am afraid of the letter" is not it."""
    found = read_safety(text)
    assert (found.level if found else None) == level
    assert read_safety("ik ben bang voor die brief") is None


@pytest.mark.parametrize("text", ["geride kaldık", "we lopen achter", "estamos atrasados"])
def test_we_are_behind_under_the_rent_is_read_whole(text):
    """However much the classifier hears of losing a home: only a word more is a reason to ask."""
    heard = {"crisis_eviction_soon": 0.6}
    found = read(text, guessed="nlu_fallback", crises=heard, asked="rent_worry")
    assert (found.intent, found.entities, found.safety) == ("rent_worry", {"step": "today"}, None)
    assert read(f"{text} 31 december", guessed="nlu_fallback", crises=heard, asked="rent_worry").safety


NO_PERSON = [
    "ik wil niet met een mens praten",
    "geen mens graag",
    "i dont want to talk to a person",
    "no human please",
    "bir insanla konuşmak istemiyorum",
    "kimseyle konuşmak istemiyorum",
    "ما بدي احكي مع انسان",
    "لا أريد التحدث مع شخص",
    "ما بغيتش نهضر مع شي حد",
    "ma bghitch nhder m3a chi 7ed",
    "mi no ke papia ku hende",
    "nie chcę rozmawiać z człowiekiem",
    "nie chce z nikim rozmawiac",
    "не хочу говорити з людиною",
    "я не хочу ні з ким говорити",
    "не хочу говорить с человеком",
    "ምስ ሰብ ክዛረብ ኣይደልን",
    "ma rabo inaan qof la hadlo",
    "نمی‌خواهم با کسی حرف بزنم",
    "با کسی نمی‌خوام حرف بزنم",
    "no quiero hablar con una persona",
    "no quiero hablar con nadie",
]


@pytest.mark.parametrize("text", NO_PERSON)
def test_who_wants_no_person_is_not_asked_which(text):
    """Every word of wanting one is in it, and a "not"."""
    assert read(text, guessed="want_human").intent == "not_now"


@pytest.mark.parametrize(
    "text", ["ik wil niet met een robot praten maar met een mens", "no quiero hablar con un robot", "ik wil een mens"]
)
def test_who_wants_no_computer_wants_a_person(text):
    """The "not" is the computer's."""
    assert read_command(text) == "want_human"


def test_what_was_passed_on_is_taken_back_only_when_that_is_sure():
    """A half-sure guess asks; a plain "stop" needs no classifier."""
    assert is_half_sure("withdraw_consent", 0.5)
    assert not is_half_sure("withdraw_consent", 0.9)
    assert not is_half_sure("rent_worry", 0.4)
    assert read("stop", guessed="nlu_fallback").intent == "withdraw_consent"
