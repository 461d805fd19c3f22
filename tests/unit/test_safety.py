"""Crisis cues, fears, commands and answers, by patterns alone."""

import pytest

from bot.language.examples import examples
from bot.language.fold import fold
from bot.language.tags import ON_OFFER, SIBLINGS
from bot.safety import read_answer, read_command, read_fear, read_safety
from bot.safety.checking import example_problems
from bot.safety.patterns import SAFETY_DIR, load
from bot.safety.reading import named

FINAL = ("withdraw_consent", "delete_my_data")
TAGS = sorted(path.stem for path in SAFETY_DIR.glob("*.yml"))


@pytest.mark.parametrize("tag", TAGS)
def test_the_patterns_read_their_own_examples(tag):
    """Each file's examples of help at once, a check question, and nothing."""
    assert example_problems(tag) == []


@pytest.mark.parametrize(
    ("text", "kind", "level"),
    [
        ("Ik wil niet meer leven", "crisis_suicidal", "act"),
        ("I dont want to live anymore", "crisis_suicidal", "act"),
        ("artık yaşamak istemiyorum", "crisis_suicidal", "act"),
        ("لا أريد أن أعيش", "crisis_suicidal", "act"),
        ("Mijn man slaat mij", "crisis_violence", "act"),
        ("vrijdag moeten we het huis uit", "crisis_eviction_soon", "act"),
        ("er is vandaag niks te eten voor de kinderen", "crisis_no_food_today", "act"),
        ("morgen sluiten ze de stroom af", "crisis_energy_cutoff", "act"),
        ("keşke ölsem", "crisis_suicidal", "ask"),
        ("хочу щоб мене не було", "crisis_suicidal", "ask"),  # not a landlord's wish
        ("господар сказав щоб до п'ятниці мене тут не було", "crisis_eviction_soon", "act"),
    ],
)
def test_a_crisis_is_read(text, kind, level):
    """Whatever the spelling, in each language."""
    hit = read_safety(text)
    assert (hit.kind, hit.level) == (kind, level)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ya no quiero vivir. La renta es un abuso aquí en Rotterdam.", "crisis_suicidal"),
        ("я больше не хочу жить. садик дорогой", "crisis_suicidal"),
        ("mi no kier biba mas. e awa tambe a subi", "crisis_suicidal"),
        ("زندگی نمیخواهم. به پسرخاله ام پول قرض دادم نمیده", "crisis_suicidal"),
        (
            "mijn vriend heeft me gisteren weer geslagen. wij eten vaak rijst met niks want de groente is zo duur",
            "crisis_violence",
        ),
        ("mi marido me pega\nsubió el alquiler", "crisis_violence"),
        ("mi marido me pega, subió el alquiler", "crisis_violence"),
        ("я больше не хочу жить, садик дорогой", "crisis_suicidal"),
        ("زندگی نمیخواهم، باید پول بدم", "crisis_suicidal"),
        ("الناس اللي استلفت منهم بيهددونا بالقتل. غرامة سيارة", "crisis_violence"),
    ],
)
def test_a_danger_in_one_sentence_is_read_whatever_stands_in_the_next(text, kind):
    """Read as one line, "to live" and "the rent" made an everyday complaint of it, and nobody asked."""
    hit = read_safety(text)
    assert (hit.kind, hit.level) == (kind, "act")


def test_what_is_denied_or_long_past_stays_so_beside_another_sentence():
    """It is asked about, and never more."""
    hit = read_safety("We worden niet afgesloten. Alles is betaald.")
    assert (hit.level, hit.denied) == ("ask", True)
    assert read_safety("Mijn ex heeft mij geslagen. Dat is tien jaar geleden.").level == "ask"


def test_a_crisis_counts_in_any_language_of_the_conversation():
    """All languages' patterns read every message, mixed ones too."""
    assert read_safety("sorry maar artik yasamak istemiyorum echt").kind == "crisis_suicidal"


def test_what_is_said_of_somebody_else_is_marked():
    """Its answer is another one."""
    assert read_safety("mijn man wil niet meer leven").who == "other"


@pytest.mark.parametrize(
    "text", ["de energierekening is heel hoog", "the rent is getting difficult", "bedankt, tot morgen", "3061", "🙂", ""]
)
def test_ordinary_messages_are_none(text):
    """A high bill is no crisis."""
    assert read_safety(text) is None


@pytest.mark.parametrize(
    ("denied", "meant"),
    [
        ("de stroom is niet afgesloten", "de stroom is nog niet afgesloten"),
        ("ik word niet uit huis gezet", "ik word niet vandaag maar vrijdag uit huis gezet"),
        ("mijn man slaat me niet", "mijn man slaat me niet alleen, hij schopt ook"),
        ("ik wil niet dood", "ik wil niet meer leven"),
        ("they did not cut off our electricity", "the gas is not cut off but the power is cut off tomorrow"),
        ("he doesn't hit me", "he never hit me before but yesterday he hit me"),
        ("I don't want to die", "I don't want to die but I have a plan to kill myself"),
        ("no nos echan de casa", "todavía no nos echan pero el viernes nos echan de casa"),
        ("la luz no está cortada", "la luz está cortada"),
        ("nikt nas nie eksmituje", "w piątek nas eksmitują"),
        ("nie mam myśli samobójczych", "mam myśli samobójcze"),
        ("الكهرباء ما انقطعت", "انقطعت الكهرباء عنا"),
        ("زوجي لا يضربني", "زوجي يضربني"),
        ("нас не виселяють", "нас виселяють"),
        ("свет не отключили", "свет отключили"),
        ("rajli ma kaydrbnich", "rajli kaydrbni"),
        ("nos tin kuminda awe", "nos no tin kuminda awe"),
    ],
)
def test_a_danger_that_is_denied_is_asked_about_and_never_more(denied, meant):
    """Help for what is not so frightens; what only looks like a denial is helped."""
    levels = [hit and hit.level for hit in map(read_safety, (denied, meant))]
    assert levels[0] in ("ask", None)
    assert levels[1] == "act"


def test_a_hostile_message_is_read_quickly():
    """No pattern runs away: twelve thousand characters are read, the cue at the end too."""
    assert read_safety("a " * 5900 + "ik wil dood").kind == "crisis_suicidal"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Verwijder alles", "delete_my_data"),
        ("delete everything", "delete_my_data"),
        ("wat weet je over mij", "show_my_data"),
        ("stop", "withdraw_consent"),
        ("bir insanla konuşmak istiyorum", "want_human"),
        ("بدي احكي مع حدا", "want_human"),
        ("mijn man leest mijn telefoon", "phone_read"),
    ],
)
def test_rights_and_a_person_are_commands(text, command):
    """Read without Rasa, in every language."""
    assert read_command(text) == command


@pytest.mark.parametrize(
    ("text", "own", "others"),
    [
        ("para", "es", ("tr", "pap", "nl")), ("para ya", "es", ("tr",)), ("basta", "es", ("pap", "pl")),
        ("baraka", "ary-Latn", ("so", "tr")), ("tira", "so", ("pap", "es")), ("حبس", "ary-Arab", ("fa",)),
    ],
)  # fmt: skip
def test_a_bare_word_takes_back_only_in_its_own_language(text, own, others):
    """ "Para" is stop in Spanish and money in Turkish: nobody's request goes by it."""
    assert read_command(text, own) in ("withdraw_consent", "delete_my_data")
    assert [read_command(text, other) for other in ("", *others)] == [None] * (len(others) + 1)


@pytest.mark.parametrize("tag", ON_OFFER)
def test_no_word_of_one_language_is_anothers_bare_taking_back(tag):
    """Held to every word of the examples that mean something else: whatever takes back in a language is that language's own."""
    alike = {tag, *next((group for group in SIBLINGS if tag in group), ())}
    words = {word for row in examples(tag) if row.intent not in FINAL for word in fold(row.text).split()}
    final = {word for word in words if read_command(word, tag) in FINAL}
    assert {word for word in final if not any(named(word, load(own)) & set(FINAL) for own in alike)} == set()


@pytest.mark.parametrize("text", ["stop", "STOP!", "unsubscribe", "stoppen"])
@pytest.mark.parametrize("tag", ON_OFFER)
def test_the_words_everybody_knows_take_back_in_every_language(text, tag):
    """A right is at hand in whatever language the conversation is."""
    assert read_command(text, tag) == "withdraw_consent"


def test_a_fear_is_read():
    """For the children, for the right to stay."""
    assert read_fear("nemen ze mijn kinderen af?") == "fear_children_taken"


@pytest.mark.parametrize(
    ("text", "tag", "answer"), [("ja", "nl", True), ("Evet!", "tr", True), ("نعم", "ar", True), ("no", "en", False)]
)
def test_a_whole_yes_or_no_is_an_answer(text, tag, answer):
    """In the conversation's own language."""
    assert read_answer(text, tag) is answer


@pytest.mark.parametrize("text", ["misschien", "ok dan maar", "ja maar eerst iets vragen", "doe maar wat", ""])
def test_anything_ambiguous_is_no_answer(text):
    """Only an explicit yes passes anything on."""
    assert read_answer(text, "nl") is None


@pytest.mark.parametrize(
    "text",
    [
        "tien jaar geleden sloeg mijn ex mij",
        "in die film slaat zijn vrouw hem, zelfmoord komt er ook in voor",
        "ik spring van het dak haha",
        "eskiden haha ik wil dood",
    ],
)
def test_what_is_long_past_made_up_or_a_joke_gets_a_question_first(text):
    """Never silence: it may be meant all the same. And in a long message nothing lessens a danger."""
    assert read_safety(text).level == "ask"
    assert read_safety(text + " en verder" * 40).level == "act"


@pytest.mark.parametrize("text", ["honger als een beer, waar haal ik friet", "ben afgesloten van mijn mail, wie kan kijken"])
def test_a_dutch_idiom_is_one_to_every_languages_loan_words(text):
    """Papiamentu and Darija know "honger" and "afgesloten" too; their own idioms and dangers stay theirs."""
    assert read_safety(text) is None
    assert read_safety("nftro f ramadan bach walou makayn").kind == "crisis_no_food_today"
