"""The wording lint: words that a resident must never, or not yet, or not on a lock screen, read from us.

It reads *our* texts only; what residents write must be understood with these words. One file per language,
``content/wording/<tag>.yml``, holds regular expressions by tier and concept; they are matched on normalised text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

__all__ = ["Hit", "WordingListMissing", "lint_text", "lint_texts", "normalise", "quoted_spans", "wording_tags"]

FOLDER = Path(__file__).resolve().parents[2] / "content" / "wording"

# The order decides who judges a stretch of text: 'schuldhulpverlening' is a paper word, not a naming word.
WORD_TIERS = ("label", "paper", "naming", "warn")
DIRECT_QUESTION = ("utter_naming_word",)
FIRST_TURNS = ("utter_greet", "utter_help", "utter_menu", "utter_door_*", "utter_ask_language*")
UNPROMPTED = (
    "handover.accepted*", "handover.late*", "handover.closed*", "handover.reopened*", "handover.handed_on*", "handover.tried*",
)  # fmt: skip
# A tier that also reads the words of others: even a quoted paper word is too much there.
PLACE_TIERS = {
    "first_turns": (FIRST_TURNS, ("first_turns", "paper", "naming")),
    "lockscreen": (UNPROMPTED, ("lockscreen", "first_turns", "paper", "naming")),
    "promise": (("utter_*",), ("promise",)),
}
LOCKSCREEN_CHARACTERS = 60
# Any other placeholder may become a name, a team or a number that says who wrote.
_TELLING_PLACEHOLDER = re.compile(r"\{(?!(?:time|day|date|count)\})\w+\}")

_MACRO = re.compile(r"<(\w+)>")
_QUOTED = re.compile(
    r"“[^”“\n]+[”“]|«[^»\n]+»|„[^“”\n]+[“”]|\"[^\"\n]+\""
    # An apostrophe inside a word neither opens nor closes: 's avonds, auto's.
    r"|(?<!\w)['‘](?=\S)(?:[^'‘’\n]|(?<=\w)['’](?=\w))+(?<=\S)['’](?!\w)"
)
# Vowel signs, superscript alef, tatweel, zero-width joiners and direction marks carry no letter.
_ARABIC_MARKS = re.compile("[\u064b-\u0655\u0670\u0640\u200b-\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_ALEF = str.maketrans("أإآٱ", "اااا")
_YA_KAF = {"ar": str.maketrans("ىیک", "ييك"), "ary": str.maketrans("ىیک", "ييك"), "fa": str.maketrans("ىيك", "ییک")}


class WordingListMissing(LookupError):
    """There is no wording list for this language. Add content/wording/<tag>.yml."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One word of a text that its tier forbids (``error``) or that a human should look at (``warn``)."""

    tag: str
    key: str | None
    tier: str
    concept: str
    match: str
    level: str


@dataclass(frozen=True, slots=True)
class _Concept:
    tier: str
    name: str
    pattern: re.Pattern[str]


def normalise(text: str, tag: str) -> str:
    """NFC and lower case as the language does it; one spelling per Arabic letter; Latin diacritics stay."""
    language, text = tag.partition("-")[0], unicodedata.normalize("NFC", text)
    if language == "tr":
        text = text.replace("İ", "i").replace("I", "ı")
    text = text.lower()
    if language == "uk":
        text = re.sub(r"(?<=\w)[’ʼ`](?=\w)", "'", text)
    if language in _YA_KAF:
        text = _ARABIC_MARKS.sub("", text).translate(_ALEF).translate(_YA_KAF[language])
    return text


def wording_tags() -> tuple[str, ...]:
    """The languages that have a wording list."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Start and end (in characters, quotation marks included) of everything between quotation marks."""
    return [found.span() for found in _QUOTED.finditer(text)]


def lint_text(text: str, tag: str, key: str | None = None) -> list[Hit]:
    """Every breach in one text; without a key only what holds for any text. Raises `WordingListMissing`."""
    plain = normalise(text, tag)
    head = len(normalise(text[:LOCKSCREEN_CHARACTERS], tag))
    hits = list(_word_hits(plain, tag, key))
    for tier, (keys, reads) in PLACE_TIERS.items():
        if _is_one_of(key, keys):
            hits += _place_hits(plain, tag, key, tier, reads, head)
    return hits


def lint_texts(texts: Iterable[tuple[str | None, str]], tag: str) -> list[Hit]:
    """Every breach in (key, text) pairs of one language."""
    return [hit for key, text in texts for hit in lint_text(text, tag, key)]


def _word_hits(plain: str, tag: str, key: str | None) -> Iterator[Hit]:
    quotes = quoted_spans(plain)
    for concept, found in _found(plain, tag, WORD_TIERS):
        if not _may_say(concept.tier, found, key, quotes):
            yield Hit(tag, key, concept.tier, concept.name, found.group(), _level(concept.tier))


def _may_say(tier: str, found: re.Match[str], key: str | None, quotes: list[tuple[int, int]]) -> bool:
    if tier == "paper":
        return any(start < found.start() and found.end() < end for start, end in quotes)
    return tier == "naming" and _is_one_of(key, DIRECT_QUESTION)


def _place_hits(plain: str, tag: str, key: str | None, tier: str, reads: tuple[str, ...], head: int) -> Iterator[Hit]:
    end = head if tier == "lockscreen" else len(plain)
    for concept, found in _found(plain, tag, reads):
        # A word that begins before the end is already half readable.
        if found.start() < end:
            yield Hit(tag, key, tier, concept.name, found.group(), "error")
    if tier == "lockscreen":
        for found in _TELLING_PLACEHOLDER.finditer(plain[:end]):
            yield Hit(tag, key, tier, "placeholder", found.group(), "error")


def _found(plain: str, tag: str, tiers: tuple[str, ...]) -> Iterator[tuple[_Concept, re.Match[str]]]:
    """Every stretch of text once, with the first concept that claims it."""
    taken: list[tuple[int, int]] = []
    for concept in (concept for tier in tiers for concept in _concepts(tag).get(tier, ())):
        for found in concept.pattern.finditer(plain):
            if not _overlaps(found.span(), taken):
                taken.append(found.span())
                yield concept, found


def _is_one_of(key: str | None, names: tuple[str, ...]) -> bool:
    # A button or variation carries its response's key first: utter_greet/button/0.
    owner = re.split(r"[/#:\[ ]", key or "", maxsplit=1)[0]
    return any(fnmatchcase(owner, name) for name in names)


def _overlaps(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _level(tier: str) -> str:
    return "warn" if tier == "warn" else "error"


@cache
def _concepts(tag: str) -> dict[str, tuple[_Concept, ...]]:
    path = FOLDER / f"{tag}.yml"
    if tag not in wording_tags():
        raise WordingListMissing(f"There is no wording list for {tag!r}. Add content/wording/{tag}.yml.")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    parts = content.pop("parts", {})
    return {tier: tuple(_compiled(tier, words["concepts"], parts)) for tier, words in content.items()}


def _compiled(tier: str, concepts: dict[str, list[str]], parts: dict[str, str]) -> Iterator[_Concept]:
    for name, patterns in concepts.items():
        if patterns:
            whole = "|".join(f"(?:{_MACRO.sub(lambda part: parts[part[1]], pattern)})" for pattern in patterns)
            yield _Concept(tier, name, re.compile(whole))
