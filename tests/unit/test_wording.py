"""The wording lint: every list's own examples, and the rules that hold over all languages."""

import re
from dataclasses import FrozenInstanceError

import pytest
import yaml

from bot.language import wording
from bot.language.locales import tags
from bot.language.review import texts_in
from bot.language.wording import Hit, WordingListMissing, lint_text, lint_texts, normalise, wording_tags

TIERS = ("label", "paper", "naming", "first_turns", "lockscreen", "promise", "warn")
KEY_OF_TIER = {"first_turns": "utter_greet", "lockscreen": "handover.accepted", "promise": "utter_something"}
LISTS = {tag: yaml.safe_load((wording.FOLDER / f"{tag}.yml").read_text("utf-8")) for tag in wording_tags()}
BAD = [
    (tag, tier, concept, text)
    for tag, content in LISTS.items()
    for tier in TIERS
    for concept, texts in content[tier]["bad"].items()
    for text in texts
]
OK = [(tag, tier, text) for tag, content in LISTS.items() for tier in TIERS for text in content[tier]["ok"]]
PATTERNS = [
    (tag, pattern)
    for tag, content in LISTS.items()
    for tier in TIERS
    for patterns in content[tier]["concepts"].values()
    for pattern in patterns
]
GREETING = "Hoi! Ik ben {bot}. Ik ben een computer, geen mens. Waar kan ik je mee helpen?"
NEWS = "Er is nieuws voor je. Typ 1 als je nu rustig kunt lezen."


def tiers(text, tag, key=None):
    return {hit.tier for hit in lint_text(text, tag, key)}


@pytest.mark.parametrize(("tag", "tier", "concept", "text"), BAD)
def test_every_bad_example_is_caught_by_its_concept(tag, tier, concept, text):
    """Each list's bad examples hit the concept and tier they stand under."""
    found = {(hit.tier, hit.concept) for hit in lint_text(text, tag, KEY_OF_TIER.get(tier))}
    assert (tier, concept) in found


@pytest.mark.parametrize(("tag", "tier", "text"), OK)
def test_every_ok_example_passes_its_tier(tag, tier, text):
    """False friends and right uses raise nothing in the tier they stand under."""
    assert tier not in tiers(text, tag, KEY_OF_TIER.get(tier))


@pytest.mark.parametrize("tag", LISTS)
def test_a_list_says_that_it_is_a_draft_and_holds_every_tier(tag):
    """No list passes for reviewed, and none forgets a tier."""
    assert (wording.FOLDER / f"{tag}.yml").read_text("utf-8").startswith("# Draft: written without review by a native speaker.\n")
    assert set(LISTS[tag]) - {"parts"} == set(TIERS)


@pytest.mark.parametrize("tag", LISTS)
def test_every_concept_that_has_patterns_has_a_bad_example(tag):
    """A concept without an example is a concept nobody has tried."""
    for tier in TIERS:
        concepts = {name for name, patterns in LISTS[tag][tier]["concepts"].items() if patterns}
        assert concepts == set(LISTS[tag][tier]["bad"]), tier


@pytest.mark.parametrize("tag", LISTS)
def test_a_concept_is_judged_alike_in_every_language(tag):
    """Beslag, seizure, haciz and حجز are paper words all: the same concepts in the same tier."""
    for tier in set(TIERS) - {"warn"}:
        assert set(LISTS[tag][tier]["concepts"]) == set(LISTS["nl"][tier]["concepts"]), tier


@pytest.mark.parametrize(("tag", "pattern"), PATTERNS)
def test_a_pattern_is_written_as_the_normalised_text_is(tag, pattern):
    """A capital or an أ in a pattern could never match."""
    letters = re.sub(r"\\.", "", pattern)
    assert normalise(letters, tag) == letters


def test_a_quoted_paper_word_passes_while_the_bare_word_fails():
    """'Er staat "huurachterstand"' explains a letter; the bare word names the resident's trouble."""
    assert lint_text('Er staat "huurachterstand". Dat betekent: er is nog huur te betalen.', "nl") == []
    [hit] = lint_text("Je hebt een huurachterstand.", "nl")
    assert hit == Hit("nl", None, "paper", "arrears", "huurachterstand", "error")


@pytest.mark.parametrize("quoted", ["“{}”", '"{}"', "'{}'", "‘{}’", "«{}»", "„{}”", "„{}“"])
def test_every_kind_of_quotation_mark_counts(quoted):
    """Translators keep the marks of their language."""
    assert lint_text(f"Er staat {quoted.format('beslag')}. Dat betekent …", "nl") == []


def test_an_apostrophe_opens_no_quotation():
    """'s avonds and auto's are not quotation marks around what stands between them."""
    assert tiers("Kom 's avonds met de deurwaarder en auto's", "nl") == {"paper"}
    assert tiers("It's the bailiff's letter", "en") == {"paper"}


def test_a_word_outside_the_quotation_still_fails():
    """One quoted word does not free the rest of the message."""
    [hit] = lint_text('Er staat "beslag". De deurwaarder komt.', "nl")
    assert hit.concept == "bailiff"


@pytest.mark.parametrize(
    ("tag", "word"),
    [("nl", "deurwaarder"), ("nl", "beslag"), ("en", "bailiff"), ("tr", "icra"), ("tr", "haciz"), ("ar", "إخلاء")],
)
def test_paper_words_are_paper_words_in_every_language(tag, word):
    """The same concept never passes in one language and fails in another."""
    assert tiers(word, tag) == {"paper"}
    assert tiers(f"«{word}»", tag) == set()


def test_naming_words_are_only_for_the_direct_question():
    """Asked about the word itself the bot answers plainly, once; nowhere else."""
    text = "Ja, dit gaat ook over schulden. Je mag het woord hier gewoon gebruiken."
    assert lint_text(text, "nl", "utter_naming_word") == []
    assert tiers(text, "nl", "utter_letter") == tiers(text, "nl") == {"naming"}


def test_even_the_direct_answer_never_says_that_it_is_theirs():
    """'Over schulden', never 'jouw schulden'."""
    assert tiers("Ja, dit gaat ook over jouw schulden.", "nl", "utter_naming_word") == {"label"}


def test_quotation_marks_do_not_excuse_a_label():
    """A label is never said, quoted or not."""
    assert tiers('Er staat "wanbetaler".', "nl") == {"label"}


def test_the_first_turns_hold_no_money_word():
    """The resident opens the topic; a quoted paper word opens it too."""
    assert lint_text(GREETING, "nl", "utter_greet") == []
    assert tiers("Heb je een vraag over de huur?", "nl", "utter_door_letter") == {"first_turns"}
    assert tiers('Staat er "beslag"?', "nl", "utter_help") == {"first_turns"}
    assert lint_text("Heb je een vraag over de huur?", "nl", "utter_rent_worry") == []


def test_a_button_is_judged_by_its_response():
    """utter_greet/button/0 belongs to utter_greet."""
    assert tiers("Geld", "nl", "utter_greet/button/0") == {"first_turns"}


@pytest.mark.parametrize("key", ["handover.accepted", "handover.late.today", "handover.closed", "handover.reopened"])
def test_a_lock_screen_shows_no_team_in_sixty_characters(key):
    """Whoever sees the phone lying there learns nothing."""
    assert tiers("Het buurtteam heeft nieuws voor je.", "nl", key) == {"lockscreen"}
    assert lint_text(f"{NEWS} Dank je wel. Het buurtteam heeft gelezen.", "nl", key) == []


def test_a_word_that_begins_before_the_sixtieth_character_counts():
    """'buurtt' at the end of a lock screen is as readable as 'buurtteam'."""
    assert tiers("x" * 54 + " buurtteam", "nl", "handover.late") == {"lockscreen"}
    assert lint_text("x" * 59 + " buurtteam", "nl", "handover.late") == []


def test_a_name_to_be_filled_in_is_a_name_on_the_lock_screen():
    """A placeholder may become a person; a time or a day tells nothing."""
    assert tiers("{helper} heeft nieuws.", "nl", "handover.accepted") == {"lockscreen"}
    assert lint_text("Om {time} is er nieuws.", "nl", "handover.accepted") == []


def test_arabic_vowel_signs_do_not_push_a_word_off_the_lock_screen():
    """The sixty characters are counted as the phone shows them."""
    shown = "هُنَاكَ خَبَرٌ لَكَ الآنَ " * 3
    assert lint_text(f"{shown}الفريق", "ar", "handover.late") == []
    assert tiers("هُنَاكَ الفَرِيق", "ar", "handover.late") == {"lockscreen"}


def test_a_word_is_reported_once():
    """'schuldhulpverlening' is a paper word and no naming word besides, also in the first turns."""
    assert [hit.tier for hit in lint_text("schuldhulpverlening", "nl")] == ["paper"]
    assert [hit.tier for hit in lint_text("'schuldhulpverlening'", "nl", "utter_greet")] == ["first_turns"]


def test_a_promise_stands_in_no_utterance():
    """Rasa goes on after a failed action; only the stored handover may say that somebody calls."""
    text = "Iemand neemt zo snel mogelijk contact op."
    assert tiers(text, "nl", "utter_want_human") == {"promise"}
    assert lint_text(text, "nl", "handover.stored") == []


def test_turkish_capitals_are_lowered_as_in_turkish():
    """İ becomes i and I becomes ı, so that HACİZ and AYIP are read."""
    assert normalise("HACİZ AYIP", "tr") == "haciz ayıp"
    assert normalise("I\u0307CRA", "tr") == "icra"
    assert normalise("HI", "en") == "hi"


def test_arabic_is_read_with_and_without_vowel_signs():
    """Diacritics, tatweel, joiners and direction marks hide no word."""
    assert normalise("دَيْـن\u200f\u200c إلى أهل", "ar") == "دين الي اهل"
    assert tiers("مَدْيُون", "ar") == tiers("مديـــون", "ar") == {"label"}


def test_latin_diacritics_stay():
    """suç is not suc, and a decomposed ç is still ç."""
    assert normalise("Suc\u0327", "tr") == "suç"


def test_a_warning_is_no_error():
    """A doubtful word asks for a human eye and does not fail the build."""
    [hit] = lint_text("Je moet bellen.", "nl", "utter_x")
    assert (hit.tier, hit.level) == ("warn", "warn")


def test_many_texts_give_hits_with_their_keys():
    """The report says which text to mend."""
    texts = [("utter_a", "Heb je schulden?"), ("utter_b", "Heb je vragen?"), ("utter_c", "wanbetaler")]
    assert [hit.key for hit in lint_texts(texts, "nl")] == ["utter_a", "utter_c"]


def test_a_hit_cannot_be_changed():
    """Hits are facts."""
    with pytest.raises(FrozenInstanceError):
        lint_text("schulden", "nl")[0].tag = "en"


def test_a_language_without_a_list_is_refused():
    """A missing list must not look like a clean text."""
    with pytest.raises(WordingListMissing, match=r"content/wording/xx\.yml"):
        lint_text("hello", "xx")


# What readers found, each with what it said: no word that makes the reader a man, and no default that became a condition.
FOUND = [
    ("ar", r"هل تفضّل|\bما تريد\b"),
    ("ary-Arab", r"\bكتب هنا\b|يقدر يكمل|\} ما قدرش"),
    ("ary-Latn", r"\bKteb hna\b|y9der ykemmel|\} ma 9derch"),
    ("pl", r"czy trzeba się kogoś bać"),
    ("es", r"si usted no quiere compartirlo"),
    ("so", r"haddii aanad adigu rabin inaad la wadaagto"),
]


@pytest.mark.parametrize(("tag", "pattern"), FOUND)
def test_what_readers_found_is_nowhere(tag, pattern):
    """In no text of that language."""
    assert [(key, text) for key, text in texts_in(tag) if re.search(pattern, text)] == []


@pytest.mark.parametrize("tag", tags())
def test_how_long_it_stays_is_said_as_the_longest_it_can(tag):
    """ "At the latest": the setting may be shorter, never longer."""
    said = dict(texts_in(tag))
    latest = {
        "ar": "خلال", "ary-Arab": "على الأكثر", "ary-Latn": "3la l'akter", "en": "at most", "es": "como máximo", "fa": "حداکثر",
        "pap": "máksimo", "pl": "najpóźniej", "so": "ugu dambayn", "ti": "እንተ ደንጎየ", "tr": "en geç", "uk": "не пізніше",
    }  # fmt: skip
    assert all(latest[tag] in said[key] for key in ("rights.show_kept", "rights.show_kept_handover"))
