"""What a message says for certain, read by patterns: plain functions that the pipeline's last component calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.language.choice import read_choice
from bot.language.identify import identify
from bot.language.wishes import read_area, read_wishes
from bot.safety import read_command, read_fear, read_safety

__all__ = ["Found", "read"]

_OFFER = ("nl", "en", "tr", "ar")
_WISH_INTENTS = {"set_helper_preference", "set_contact_preference", "want_human"}
_UNSURE = {None, "nlu_fallback", "affirm", "deny", "out_of_scope"}
_CONTACT = {"contact_how", "contact_when", "companion", "area", "contact_phone"}


@dataclass(frozen=True)
class Found:
    """``intent`` is set only where patterns decide it; ``safety`` has the contract's shape or is None."""

    language: dict[str, Any]
    safety: dict[str, str] | None = None
    intent: str | None = None
    entities: dict[str, str] = field(default_factory=dict)


def _wishes(text: str) -> dict[str, str]:
    wishes = read_wishes(text)
    if area := read_area(text):
        wishes["area"] = area
    if "⟨phone⟩" in text:
        wishes |= {"contact_phone": "yes", "contact_how": "phone"}
    return wishes


def _wish_intent(guessed: str | None, wishes: dict[str, str]) -> str | None:
    """A short message that is nothing but a wish, when the classifier found nothing better."""
    if guessed not in _UNSURE or not wishes:
        return None
    return "set_contact_preference" if set(wishes) & _CONTACT else "set_helper_preference"


def read(text: str, guessed: str | None = None) -> Found:
    """Order of a turn: safety, rights and a person, fears, language, wishes; else the classifier's guess stands."""
    language = identify(text).as_dict()
    safety = read_safety(text)
    if safety:
        intent = safety.kind if safety.level == "act" else None
        return Found(language, safety.as_dict(), intent)
    command = read_command(text)
    if command and command != "phone_read":
        wishes = _wishes(text) if command == "want_human" else {}
        return Found(language, None, command, wishes)
    if fear := read_fear(text):
        return Found(language, None, fear)
    if tag := read_choice(text, _OFFER):
        return Found(language, None, "change_language", {"language": tag})
    wishes = _wishes(text)
    intent = _wish_intent(guessed, wishes)
    return Found(language, None, intent, wishes if intent or guessed in _WISH_INTENTS else {})
