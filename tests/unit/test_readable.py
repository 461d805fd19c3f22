"""The plain-language measure: sentences, words and buttons."""

import pytest
import yaml

from bot.language.readable import check, check_button
from bot.language.reading_ease import MEASURED, long_words, measure
from bot.language.review import texts_in
from bot.language.sources import TEXTS_FILE, strings

TWELVE = "een twee drie vier vijf zes zeven acht negen tien elf twaalf"


def test_three_short_sentences_pass():
    """The trust block is as long as a message may be."""
    text = "Nu leest geen mens mee. De gemeente ziet dit gesprek niet. Pas na jouw ja lezen mensen mee."
    assert check(text, "nl") == []


def test_a_fourth_sentence_is_one_too_many():
    """One message holds at most three sentences."""
    assert check("Hoe is het? Dat is fijn! Ik ben er. Tot later.", "nl") == ["4 sentences; at most 3."]


def test_a_greeting_of_one_word_is_no_sentence():
    """'Hoi!' costs a reader nothing."""
    assert check("Hoi! Ik ben {bot}. Ik ben een computer, geen mens. Waar kan ik je mee helpen?", "nl") == []


def test_twelve_words_pass_and_thirteen_do_not():
    """In Dutch and English a sentence has at most twelve words."""
    assert check(f"{TWELVE}.", "nl") == []
    assert check(f"{TWELVE} dertien.", "en") == [f"13 words in one sentence, at most 12: {TWELVE} dertien."]


def test_other_languages_are_not_counted_by_words():
    """Turkish says in one word what Dutch says in four."""
    assert check(f"{TWELVE} dertien.", "tr") == []


@pytest.mark.parametrize("extra", ["{helper}", "18.00", "2026", "Fatma", "Buurthuis De Linde"])
def test_numbers_names_and_placeholders_are_not_counted(extra):
    """They are read at a glance."""
    assert check(f"{TWELVE} {extra}.", "nl") == []


@pytest.mark.parametrize("word", ["I", "I'm", "I’ll"])
def test_the_english_i_is_a_word(word):
    """A capital makes no name of it."""
    assert len(check(f"{TWELVE} {word}.", "en")) == 1


def test_a_time_does_not_end_a_sentence():
    """18.00 uur holds a full stop, not an end."""
    assert check("Om 18.00 uur. Tot 20.30 uur. Het is gratis.", "nl") == []


def test_a_quotation_belongs_to_the_sentence_around_it():
    """What to say at a desk may have two sentences of its own."""
    text = "Bel vandaag. Zeg: 'Wij moeten vrijdag uit huis. Ik vraag hulp met spoed.' Zal ik het ook doorgeven?"
    assert check(text, "nl") == []


def test_a_long_sentence_inside_a_quotation_is_still_long():
    """Somebody has to say it aloud."""
    assert len(check(f'Zeg: "Dag. Zij {TWELVE}."', "nl")) == 1


def test_list_items_are_no_sentences_but_have_their_words_counted():
    """A ticket preview has a line for everything."""
    ticket = "Dit geef ik door:\n- taal: Nederlands\n- hier in de app\n- geen tolk\n- jouw woorden\nKlopt het?"
    assert check(ticket, "nl") == []
    assert len(check(f"Dit geef ik door:\n- {TWELVE} dertien", "nl")) == 1


@pytest.mark.parametrize("text", ["من هذا؟ أنا هنا. هذا لك. ليس الآن.", "ሰላም ኣሎ። ሰላም ኣሎ። ሰላም ኣሎ። ሰላም ኣሎ።"])
def test_other_scripts_end_their_sentences_too(text):
    """The Arabic question mark and the Ethiopic full stop count."""
    assert check(text, "ar") == ["4 sentences; at most 3."]


def test_a_button_has_at_most_twenty_characters():
    """WhatsApp shows no more."""
    assert check_button("Praten met iemand") == []
    assert check_button("Zeg ik liever nu niet") == ["21 characters on a button, at most 20: Zeg ik liever nu niet"]


# --- how easily it reads -------------------------------------------------------------------------------------------------


def test_an_easy_text_scores_higher_than_an_official_one():
    """Douma's numbers for Dutch, Flesch's for English."""
    easy, hard = ["Ik lees de brief met je mee."], ["Betalingsregelingen worden uitsluitend schriftelijk overeengekomen."]
    assert measure(easy, "nl").ease > 80 > 0 > measure(hard, "nl").ease
    plain, official = ["I read the letter with you."], ["Repayment arrangements necessitate organisational authorisation."]
    assert measure(plain, "en").ease > 80 > 0 > measure(official, "en").ease


@pytest.mark.parametrize(
    ("word", "tag", "count"),
    [
        ("brief", "nl", 1),
        ("moeilijk", "nl", 2),
        ("financiële", "nl", 5),
        ("make", "en", 1),
        ("table", "en", 2),
        ("people", "en", 2),
    ],
)
def test_syllables_are_counted_as_they_are_spoken(word, tag, count):
    """A dieresis parts two vowels; a silent e is none."""
    assert measure([f"{word} ."], tag).syllables == count


def test_a_text_without_words_has_no_measure():
    """A placeholder alone says nothing about reading."""
    assert measure(["{helper}", "12.00"], "nl") is None


def test_long_words_are_found_and_those_on_paper_forgiven():
    """What stands on a letter is quoted and explained."""
    assert long_words("De betalingsregeling staat klaar.", "nl") == ["betalingsregeling"]
    assert long_words('Er staat "schuldhulpverlening".', "nl") == []
    assert long_words("Het staat klaar.", "nl") == long_words("ödeyebileceğinizden", "tr") == []


@pytest.mark.parametrize("tag", sorted(MEASURED))
def test_what_residents_read_is_easy(tag):
    """All texts together read as easily as A2, in short sentences of short words."""
    found = measure((text for _, text in texts_in(tag)), tag)
    assert found.ease >= 85
    assert found.words_a_sentence <= 8
    assert found.letters_a_word <= 5


# --- the form of address ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Kunt u dat lezen?", "Dit is uw brief.", "Dat doet U zelf."])
def test_dutch_says_je_to_everybody(text):
    """One u among them is found, in any case."""
    assert any("residents are je" in problem for problem in check(text, "nl"))


@pytest.mark.parametrize("text", ["Zeg: 'Kunt u mij helpen?'", "Om 5 uur is het klaar.", "Dit is voor jou en je zus."])
def test_what_is_said_at_a_desk_may_be_polite(text):
    """In quotation marks; a word with a u in it is no u."""
    assert check(text, "nl") == []


def test_nothing_a_resident_reads_in_dutch_says_u():
    """Texts, phrases and facts; templates besides."""
    templates = yaml.safe_load((TEXTS_FILE.parent / "templates.yml").read_text(encoding="utf-8"))
    read = [*(text for _, text in texts_in("nl")), *(text for _, text, _, _ in strings()), str(templates)]
    assert [problem for text in read for problem in check(text, "nl") if "residents are je" in problem] == []
