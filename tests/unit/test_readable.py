"""The plain-language measure: sentences, words and buttons."""

import pytest

from bot.language.readable import check, check_button

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
