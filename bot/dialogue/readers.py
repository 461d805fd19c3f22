"""What a message says for certain, read by patterns: plain functions that the pipeline's last component calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from bot.language.choice import read_choice
from bot.language.dates import read_date
from bot.language.fold import fold
from bot.language.identify import Guess, identify
from bot.language.tags import ON_OFFER
from bot.language.wishes import read_area, read_wishes
from bot.safety import CRISES, SafetyHit, is_about_another, read_command, read_fear, read_safety
from bot.safety.patterns import load_all

__all__ = ["Found", "after_answer", "is_half_sure", "read"]

# Chosen on the curve in docs/decisions/0002-understanding.md: more misses above it, more questions below. Life counts more.
ASK_FROM, ASK_FROM_MATERIAL = 0.22, 0.45
# `bench/taking_back.py`: patterns read 30 of 34 such messages; the classifier alone was right from 0.77 and wrong up to 0.69.
_SURE_OF_TAKING_BACK = 0.75
_LIFE = ("crisis_suicidal", "crisis_violence")
_WISH_INTENTS = {"set_helper_preference", "set_contact_preference", "want_human"}
# Where a day matters: when must somebody be out, when is the power cut, by when must a letter be answered.
_DATED = {
    "crisis_eviction_soon", "crisis_energy_cutoff", "letter_not_understood", "fine_or_bailiff_letter", "rent_worry",
    "energy_bill",
}  # fmt: skip
# Topics in which "we are behind" needs no name.
_TOPICS = {"rent_worry", "energy_bill"}
_UNSURE = {None, "nlu_fallback", "affirm", "deny", "out_of_scope"}
_PLAIN_WORDS = 8
# Read like a wish, but about what is said and who says it.
_NO_WISHES = {"suspicious", "about", "minor", "calm", "behind"}
_CHOICES = {"helper_choice", "helper_kind", "helper_gender", "helper_language", "circle", "helper", "contact_how", "contact_when"}
# "Twelf of decmber": a day was asked for, and none can be read.
_DAYS, _NO_DAY = {"day", "which_day", "sender"}, {None, "nlu_fallback", "out_of_scope"}
# "See you tomorrow" is not the letter's date, and danger is read as danger; "31 december" is nothing but a date.
_DATE_WORDS = 3
_SAYS_MORE = {*CRISES, "thank_or_bye", "greet", "not_now", "neighbourhood_activity"}
# What a classifier makes of "we are behind" when nothing is named.
_NAMES_NOTHING = {*_UNSURE, "later_pay_purchases", "groceries_tight"}
_HELPER = {"helper_gender", "helper_kind", "helper_language", "interpreter"}
_CONTACT = {"contact_how", "contact_when", "companion", "area", "contact_phone"}


_FIRST = re.compile(r"\W*(?P<word>\w+)\s*(?P<stop>[,;:.!،፣]?)\s*(?P<rest>.*)", re.DOTALL)
_BUT = re.compile(
    r"\W*\w+(?:\W+\w+){0,4}?\W+(?:maar|but|ama|fakat|لكن|ولكن|بس|walakin|wlakin|pero|ma|ale|але|но|ግን|laakiin|ولی|اما)\W+(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
)
_REST_WORDS = 3


@dataclass(frozen=True)
class Found:
    """``intent`` is set only where patterns decide it; ``safety`` has the contract's shape or is None."""

    language: dict[str, Any]
    safety: dict[str, str] | None = None
    intent: str | None = None
    entities: dict[str, str] = field(default_factory=dict)


def is_half_sure(guessed: str | None, confidence: float) -> bool:
    """Whether a guess of the classifier's is put aside: taking back is done at once, so it must be sure; else we ask."""
    return guessed == "withdraw_consent" and confidence < _SURE_OF_TAKING_BACK


def after_answer(text: str) -> str | None:
    """What follows "no, …" or "not yet, but …": that is what the message is about; None where nothing much follows.

    A bare "no" before a verb is a negation ("no puedo pagar"): it takes a comma or a "but" to be an answer.
    """
    first = _FIRST.match(text)
    if not first or fold(first["word"]) not in _short_answers():
        return None
    but = _BUT.match(text)
    rest = but["rest"] if but else first["rest"] if first["stop"] else ""
    return rest if len(rest.split()) >= _REST_WORDS else None


@cache
def _short_answers() -> frozenset[str]:
    """Yes and no in one word, of every language."""
    return frozenset(word for file in load_all() for word in (*file.yes, *file.no) if " " not in word)


def _wishes(text: str, guess: Guess) -> dict[str, str]:
    wishes = read_wishes(text, guess)
    if area := read_area(text):
        wishes["area"] = area
    if "⟨phone⟩" in text:
        wishes |= {"contact_phone": "yes", "contact_how": "phone"}
    return wishes


def _awaited(wishes: Mapping[str, str], asked: str) -> bool:
    """Whether the message says the wish just asked for, or another one where a wish was asked for."""
    return asked in wishes or (asked in _CHOICES and bool(_CHOICES & wishes.keys()))


def _wish_intent(guessed: str | None, wishes: dict[str, str], asked: str) -> str | None:
    """A message that says the wish just asked for, or a wish where the classifier found nothing better."""
    if not (_awaited(wishes, asked) or guessed in _UNSURE) or not wishes.keys() - {"for_whom"}:
        return None
    return "set_contact_preference" if set(wishes) & _CONTACT else "set_helper_preference"


def _day(text: str, guess: Guess, intent: str | None, asked: bool = False) -> dict[str, str]:
    day = read_date(text, guess.code, date.today()) if asked or intent in _DATED else None
    if asked and not day and any(c.isdigit() for c in text):  # too few words to tell the language
        day = next((found for tag in ON_OFFER if (found := read_date(text, tag, date.today()))), None)
    return {"day": day.isoformat()} if day else {}


def _beside(wishes: Mapping[str, str], asked: str) -> Found | None:
    """The word itself is asked about, or a child writes: for itself, or for its father or mother."""
    if wishes.get("about") == "word":
        return Found({}, None, "help", {"about": "word"})
    if "minor" in wishes and asked != "child":
        return Found({}, None, "help", {"minor": "self" if wishes.get("for_whom", "self") == "self" else "helping"})
    return None


def _answer(wishes: dict[str, str], asked: str) -> dict[str, str]:
    """ "It does not matter" answers what was just asked, and nothing that was not."""
    real = {slot: value for slot, value in wishes.items() if value != "any" and slot != "no_matter"}
    indifferent = "no_matter" in wishes or (wishes and not real)
    if asked in _CHOICES and indifferent and not real.keys() - {"for_whom"}:
        return {asked: "any"}
    return {slot: value for slot, value in wishes.items() if slot != "no_matter"}


def _in_context(text: str, guessed: str | None, wishes: dict[str, str], asked: str) -> tuple[str, dict[str, str]] | None:
    """What a few words mean after an activity, a question about whom, a letter, or the rent; (intent, entities)."""
    if asked == "activity" and guessed == "ask_cost_of_help":
        return "neighbourhood_activity", {"step": "free"}
    if "behind" in wishes and asked in _TOPICS:
        return asked, {"step": "today"}
    if "behind" in wishes and guessed in _NAMES_NOTHING:
        return "help", {"about": "money"}
    if asked == "whom" and (wishes.get("for_whom", "self") != "self" or is_about_another(text)):
        return "gambling_worry", {"step": "other"}
    if "suspicious" in wishes and guessed not in CRISES:
        return "letter_not_understood", {"suspicious": "yes"}
    if asked == "sender" and guessed == "ask_are_you_municipality":
        return "letter_not_understood", {"step": "government"}
    if asked == "which_day" and guessed in _NO_DAY and len(text.split()) <= _PLAIN_WORDS:
        return "letter_not_understood", {"date": "no"}
    return None


def _second_reader(text: str, guessed: str | None, crises: Mapping[str, float]) -> SafetyHit | None:
    """The classifier hears a crisis where no pattern did: enough for one plain check question, never for less."""
    kind = guessed if guessed in CRISES else max(crises, key=crises.__getitem__, default=None)
    enough = ASK_FROM if kind in _LIFE else ASK_FROM_MATERIAL
    if kind is None or (guessed not in CRISES and sum(crises.values()) < enough):
        return None
    return SafetyHit(kind, "ask", "other" if is_about_another(text) else "self")


def read(text: str, guessed: str | None = None, crises: Mapping[str, float] | None = None, asked: str = "") -> Found:
    """Order of a turn: safety, rights and a person, fears, language, wishes; else the classifier's guess stands.

    ``crises`` holds the classifier's probability of each crisis, ``asked`` what was just asked for or about (a wish's slot,
    "day", a topic, …).
    """
    guess = identify(text)
    language = guess.as_dict()
    if safety := read_safety(text):
        intent = safety.kind if safety.level == "act" else None
        return Found(language, safety.as_dict(), intent, _day(text, guess, safety.kind))
    command = read_command(text)
    wishes = _wishes(text, guess)
    # "Call me" asks for a person, but under "how shall we reach you?" it answers that.
    answers = command == "want_human" and _awaited(wishes, asked)
    if command and command != "phone_read" and not answers:
        return Found(language, None, command, wishes if command == "want_human" else {})
    if fear := read_fear(text):
        return Found(language, None, fear)
    if (tag := read_choice(text, ON_OFFER)) and not _HELPER & wishes.keys():
        return Found(language, None, "change_language", {"language": tag})
    if beside := _beside(wishes, asked):
        return replace(beside, language=language)
    return _classified(text, guess, guessed, crises or {}, asked, _answer(wishes, asked))


def _classified(
    text: str, guess: Guess, guessed: str | None, crises: Mapping[str, float], asked: str, wishes: dict[str, str]
) -> Found:
    """What patterns add to the classifier's guess, or put in its place."""
    bare = len(text.split()) <= _DATE_WORDS and any(c.isdigit() for c in text)
    dated = asked in _DAYS or (asked == "day_earlier" and (bare or guessed not in _SAYS_MORE))
    day = _day(text, guess, guessed, dated)
    if dated and day:  # a plain date is no reason to ask about danger
        return Found(guess.as_dict(), None, "letter_not_understood", day)
    # Nor is "I live in 3061", when that was asked, or "I have debts", or "we are behind" under the rent: the patterns have read
    # it for danger all the same.
    in_general = wishes.get("about") == "money" and guessed != "groceries_tight"
    behind = "behind" in wishes and asked in _TOPICS
    plain = (asked in wishes or in_general or behind) and len(text.split()) <= _PLAIN_WORDS
    safety = None if plain else _second_reader(text, guessed, crises)
    check = safety.as_dict() if safety else None
    if context := _in_context(text, guessed, wishes, asked):
        return Found(guess.as_dict(), check, *context)
    if in_general:
        return Found(guess.as_dict(), check, "help", {"about": "money"})
    wishes = {slot: value for slot, value in wishes.items() if slot not in _NO_WISHES}
    if guessed == "change_language" and _HELPER & wishes.keys():
        return Found(guess.as_dict(), check, "want_human", wishes)
    intent = _wish_intent(guessed, wishes, asked)
    said = wishes if intent or guessed in _WISH_INTENTS else {key: wishes[key] for key in {"for_whom"} & wishes.keys()}
    return Found(guess.as_dict(), check, intent, {**said, **day})
