"""Wishes about a helper and about contact, and who writes about what: read by patterns, nothing is guessed from names."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from .fold import fold, fold_pattern
from .identify import Guess, identify

__all__ = ["WISHES_DIR", "day_words", "load_wishes", "read_about", "read_area", "read_wishes", "weekday_words"]

_CONTENT = Path(__file__).resolve().parents[2] / "content"
WISHES_DIR, AREAS_FILE = _CONTENT / "wishes", _CONTENT / "areas.yml"
_SLOTS = (
    "helper_gender", "helper_kind", "helper_language", "circle", "interpreter", "companion", "contact_how", "contact_when",
    "for_whom", "about", "minor", "suspicious", "no_matter", "calm", "behind",
)  # fmt: skip
_DAYS_AWAY = {"after_tomorrow": 2, "tomorrow": 1, "today": 0}
# Four digits that stand alone, or after a word for postcode: years and amounts in running text are none.
_AREA_ALONE = re.compile(r"^\s*(?:\D{0,30}\b)?([1-9]\d{3})(?:\s?[a-zA-Z]{2})?[\s.!]*$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_AREA_WORD = re.compile(
    r"(?:post ?code|posta kodu|zip ?code|الرمز البريدي|بوستكود|رمز بريدي)\D{0,12}([1-9]\d{3})\b", re.IGNORECASE
)


# Wishes that people list with commas, in a short message.
_LISTED, _LISTED_CHARS = {"helper_gender", "helper_kind", "helper_language", "circle", "contact_how", "contact_when"}, 120
_COMMA = re.compile(r"[,;،፣]")
# A message may well be read as its neighbour's, and Dutch words stand in messages of every language.
_NEIGHBOURS = {"ar": ("ary-Arab",), "ary-Arab": ("ar",), "ary-Latn": ("ar",), "ru": ("uk",), "rif": ("ary-Latn", "ary-Arab")}
_SURE = 0.6


@cache
def _file(tag: str) -> dict:
    path = WISHES_DIR / f"{tag}.yml"
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader) if path.exists() else {}


def _compiled(patterns: list[str] | None) -> list[re.Pattern[str]]:
    return [re.compile(fold_pattern(pattern)) for pattern in patterns or ()]


@cache
def load_wishes(tag: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """(slot, value, pattern) of one language's file; none where there is no file."""
    slots = ((slot, value, found) for slot in _SLOTS for value, found in (_file(tag).get(slot) or {}).items())
    return tuple((slot, value, pattern) for slot, value, found in slots for pattern in _compiled(found))


@cache
def day_words(tag: str) -> tuple[tuple[int, re.Pattern[str]], ...]:
    """(days from today, pattern) of what one language and Dutch call today and tomorrow."""
    files = dict.fromkeys((tag, "nl"))
    words = ((away, (_file(t).get("day") or {}).get(name)) for t in files for name, away in _DAYS_AWAY.items())
    return tuple((away, pattern) for away, found in words for pattern in _compiled(found))


@cache
def weekday_words(tag: str) -> tuple[tuple[int, re.Pattern[str]], ...]:
    """(day, pattern), 0 is Monday, where Babel knows no names or people type others."""
    typed = (_file(tag).get("weekday") or {}).items()
    return tuple((int(number), pattern) for number, found in typed for pattern in _compiled(found))


def _order(guess: Guess) -> tuple[str, ...]:
    """Whose patterns are tried, and in which order: the first real wish for a slot stands."""
    likely = (guess.code, *_NEIGHBOURS.get(guess.code, ()), "nl")
    sure = guess.confidence >= _SURE and guess.code != "und"
    return likely if sure else (*likely, *(path.stem for path in sorted(WISHES_DIR.glob("*.yml"))))


def read_wishes(text: str, guess: Guess | None = None) -> dict[str, str]:
    """Slot to value: ``{"helper_gender": "woman", "contact_how": "phone"}``; a real wish wins over "any".

    ``guess`` is the message's language: a word of one language may mean something else in another.
    """
    folded, parts, wishes = fold(text[:2000]), _parts(text), {}
    for tag in dict.fromkeys(_order(guess or identify(text))):
        for slot, value, pattern in load_wishes(tag):
            read = [folded, *parts] if slot in _LISTED else [folded]
            if wishes.get(slot, "any") == "any" and any(pattern.search(each) for each in read):
                wishes[slot] = value
    return wishes


def _parts(text: str) -> list[str]:
    """ "A woman, not from my church" lists two wishes: each is read for itself too."""
    parts = _COMMA.split(text) if len(text) <= _LISTED_CHARS else []
    return [fold(part) for part in parts] if len(parts) > 1 else []


def read_about(text: str) -> str | None:
    """ "status": how does my request stand; "word": is this about the word itself; None for anything else."""
    return read_wishes(text).get("about")


@cache
def _area_names() -> tuple[tuple[re.Pattern[str], str], ...]:
    named = yaml.load(AREAS_FILE.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader) or {}
    return tuple((re.compile(rf"\b{re.escape(fold(name))}\b"), area) for area, names in named.items() for name in names)


def _named_area(text: str) -> str | None:
    folded = fold(text[:400])
    return next((area for pattern, area in _area_names() if pattern.search(folded)), None)


def read_area(text: str) -> str | None:
    """The four digits of a postcode when the message is one, or names one or a neighbourhood; else None."""
    digits = text.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789"))
    named = _AREA_WORD.search(digits)
    if named:
        return named[1]
    alone = _AREA_ALONE.match(digits)
    if not alone or (len(digits.split()) > 6) or (_YEAR.match(alone[1]) and len(digits.strip()) != 4):
        return _named_area(text)
    return alone[1]
