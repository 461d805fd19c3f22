"""What a message says for certain, read by patterns: plain functions that the pipeline's last component calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.language.choice import read_choice
from bot.language.dates import read_date
from bot.language.identify import Guess, identify
from bot.language.tags import ON_OFFER
from bot.language.wishes import read_area, read_wishes
from bot.safety import CRISES, SafetyHit, is_about_another, read_command, read_fear, read_safety

__all__ = ["Found", "read"]

# Chosen on the curve in docs/decisions/0002-understanding.md: more misses above it, more needless questions below.
ASK_FROM = 0.22
_WISH_INTENTS = {"set_helper_preference", "set_contact_preference", "want_human"}
# Where a day matters: when must somebody be out, when is the power cut, by when must a letter be answered.
_DATED = {
    "crisis_eviction_soon", "crisis_energy_cutoff", "letter_not_understood", "fine_or_bailiff_letter", "rent_worry",
    "energy_bill",
}  # fmt: skip
_UNSURE = {None, "nlu_fallback", "affirm", "deny", "out_of_scope"}
# Said beside every topic: the word itself is asked about, or a child writes. ("How does my request stand" needs no Rasa.)
_BESIDE = ("about", "minor")
_CONTACT = {"contact_how", "contact_when", "companion", "area", "contact_phone"}


@dataclass(frozen=True)
class Found:
    """``intent`` is set only where patterns decide it; ``safety`` has the contract's shape or is None."""

    language: dict[str, Any]
    safety: dict[str, str] | None = None
    intent: str | None = None
    entities: dict[str, str] = field(default_factory=dict)


def _wishes(text: str, guess: Guess) -> dict[str, str]:
    wishes = read_wishes(text, guess)
    if area := read_area(text):
        wishes["area"] = area
    if "⟨phone⟩" in text:
        wishes |= {"contact_phone": "yes", "contact_how": "phone"}
    return wishes


def _wish_intent(guessed: str | None, wishes: dict[str, str], asked: str) -> str | None:
    """A message that says the wish just asked for, or a wish where the classifier found nothing better."""
    if (asked not in wishes and guessed not in _UNSURE) or not wishes.keys() - {"for_whom"}:
        return None
    return "set_contact_preference" if set(wishes) & _CONTACT else "set_helper_preference"


def _day(text: str, guess: Guess, intent: str | None, asked: str = "") -> dict[str, str]:
    day = read_date(text, guess.code, date.today()) if intent in _DATED or asked == "day" else None
    return {"day": day.isoformat()} if day else {}


def _helps_another(beside: Mapping[str, str], wishes: Mapping[str, str], text: str) -> bool:
    """A child that writes for its father or mother."""
    return "minor" in beside and (wishes.get("for_whom", "self") != "self" or is_about_another(text))


def _second_reader(text: str, guessed: str | None, crises: Mapping[str, float]) -> SafetyHit | None:
    """The classifier hears a crisis where no pattern did: enough for one plain check question, never for less."""
    kind = guessed if guessed in CRISES else max(crises, key=crises.__getitem__, default=None)
    if kind is None or (guessed not in CRISES and sum(crises.values()) < ASK_FROM):
        return None
    return SafetyHit(kind, "ask", "other" if is_about_another(text) else "self")


def read(text: str, guessed: str | None = None, crises: Mapping[str, float] | None = None, asked: str = "") -> Found:
    """Order of a turn: safety, rights and a person, fears, language, wishes; else the classifier's guess stands.

    ``crises`` holds the classifier's probability of each crisis, ``asked`` the slot of a wish that was just asked for.
    """
    guess = identify(text)
    language = guess.as_dict()
    if safety := read_safety(text):
        intent = safety.kind if safety.level == "act" else None
        return Found(language, safety.as_dict(), intent, _day(text, guess, safety.kind))
    command = read_command(text)
    if command and command != "phone_read":
        wishes = _wishes(text, guess) if command == "want_human" else {}
        return Found(language, None, command, wishes)
    if fear := read_fear(text):
        return Found(language, None, fear)
    if tag := read_choice(text, ON_OFFER):
        return Found(language, None, "change_language", {"language": tag})
    wishes, day = _wishes(text, guess), _day(text, guess, guessed, asked)
    awaited = bool(day) and asked == "day"
    # A plain date, just asked for, is no reason to ask about danger.
    safety = None if awaited else _second_reader(text, guessed, crises or {})
    check = safety.as_dict() if safety else None
    if beside := {slot: wishes.pop(slot) for slot in _BESIDE if slot in wishes}:
        return Found(language, check, "help", beside | ({"minor": "helping"} if _helps_another(beside, wishes, text) else {}))
    intent = _wish_intent(guessed, wishes, asked)
    if awaited and guessed not in _DATED:
        intent = "letter_not_understood"
    said = wishes if intent or guessed in _WISH_INTENTS else {key: wishes[key] for key in {"for_whom"} & wishes.keys()}
    return Found(language, check, intent, {**said, **day})
