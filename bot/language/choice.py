"""Which language a conversation is in: steady, unless the resident clearly changes or says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from unicodedata import east_asian_width

from babel import Locale

from bot.safety.patterns import load_all

from .fold import fold
from .identify import Guess, identify, is_known_whole, letters
from .tags import ANSWERED_IN, OWN_NAMES, SIBLINGS, TYPED_NAMES, UNDERSTOOD, babel_locale

__all__ = ["Known", "is_not_on_offer", "read_choice", "settle"]

# Languages whose names are recognised in a request; those not on offer get the kind line.
_OFTEN_NAMED = (
    "nl", "en", "tr", "ar", "pl", "uk", "ru", "es", "fr", "de", "fa", "so", "ti", "pt", "it", "bg", "ro", "ku", "am", "zh", "hi",
    "ur", "ps", "el", "hu", "sq", "sr", "vi", "th", "ckb", "id", "cs", "sk", "bs", "hr", "sw",
)  # fmt: skip
# Whatever content/languages.yml adds is known by the names that Babel has for it.
_NAMED = tuple(dict.fromkeys([*(tag for tag in UNDERSTOOD if tag not in OWN_NAMES), *_OFTEN_NAMED]))
_SURE_FIRST, _SURE_SWITCH, _SURE_OTHER = 0.55, 0.9, 0.8
# Between siblings only a long and very clear message changes.
_SURE_SIBLING = 0.97


@dataclass(frozen=True)
class Known:
    """What a conversation knows of its language before a message is read."""

    language: str
    known: bool = False
    chosen: bool = False


def _forms(name: str) -> set[str]:
    """A folded name, and as Arabic speakers type it: without the article, without the ending ("بولندي")."""
    bare = name.removeprefix("ال")
    return {name, bare, bare.removesuffix("ه"), f"بال{bare.removesuffix('ه')}"} if bare != name else {name}


@cache
def _names(offer: tuple[str, ...]) -> dict[str, str]:
    """Folded language name, in each language on offer and in its own, to tag."""
    names: dict[str, str] = {fold(own): tag for tag, own in OWN_NAMES.items()}
    for tag in _NAMED:
        spoken = [babel_locale(o).languages.get(tag) for o in offer] + [Locale.parse(tag).get_language_name(tag)]
        names.update({form: tag for name in spoken if name for form in _forms(fold(name))})
    names.update({fold(name): tag for tag, typed in TYPED_NAMES.items() for name in typed})
    return names


@cache
def _requests(offer: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    names = "|".join(sorted(map(re.escape, _names(offer)), key=len, reverse=True))
    patterns = [p for file in load_all() for p in file.change_language]
    compiled = [re.compile(p.replace("{language}", f"(?P<language>{names})", 1)) for p in patterns if "{language}" in p]
    return (re.compile(f"^(?P<language>{names})$"), *compiled)


def read_choice(text: str, offer: tuple[str, ...]) -> str | None:
    """The tag a message plainly asks for ("kan het in het Turks?"), on offer or not; None when it asks for none."""
    folded = fold(text[:200])
    for pattern in _requests(offer):
        if match := pattern.search(folded):
            asked = _names(offer)[match["language"]]
            return ANSWERED_IN.get(asked, asked)
    return None


def _may_switch(guess: Guess, tag: str, text: str, state: Known) -> bool:
    words = len(letters(text).split())
    if not state.known:
        return guess.confidence >= _SURE_FIRST and words > 0
    if any({tag, state.language} <= {*group} for group in SIBLINGS):
        return guess.confidence >= _SURE_SIBLING and words >= 4 and not state.chosen
    # One "ok", a name or a number never switches; a choice is left only by a whole clear sentence.
    return guess.confidence >= _SURE_SWITCH and words >= (4 if state.chosen else 2)


def settle(text: str, state: Known, offer: tuple[str, ...]) -> tuple[str, Guess]:
    """(the conversation's language after ``text``, the guess about the message itself)."""
    guess = identify(text)
    tag = ANSWERED_IN.get(guess.code, guess.code)
    if tag in offer and tag != state.language and _may_switch(guess, tag, text, state):
        return tag, guess
    return state.language, guess


def is_not_on_offer(text: str, offer: tuple[str, ...]) -> bool:
    """Whether a whole message is plainly in a language in which the bot cannot answer."""
    guess, plain = identify(text), letters(text)
    words = len(plain.split())
    if guess.code == "und":
        return words >= 3 or any(east_asian_width(letter) == "W" for letter in plain)  # those are written without spaces
    if ANSWERED_IN.get(guess.code, guess.code) in offer:
        return False
    return (words >= 2 and guess.confidence >= _SURE_OTHER) or is_known_whole(plain)
