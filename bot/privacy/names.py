"""Whether a message may name somebody. Nobody's name is kept for learning; a doubt costs one message and no more."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

import yaml

from bot.language.examples import examples
from bot.language.fold import fold

__all__ = ["names_another", "names_somebody"]

_CONTENT = Path(__file__).resolve().parents[2] / "content"
_FILE, _RELATIONS = _CONTENT / "names.yml", _CONTENT / "relations.yml"
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’-][^\W_]+)*")
_BEGINS = re.compile(r"(?:^|[.!?…:;\n])\W*$")
_MIN_LETTERS = 3


@cache
def _named() -> re.Pattern[str]:
    kinds = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    words = {fold(word) for lines in kinds.values() for line in lines for word in line}
    # Arabic and Ethiopic write small words onto a name: "to Ahmed", "and Ahmed".
    return re.compile(
        r"\b[وبلفكለብከ]?(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + r")(?:s|in|yi|ye)?\b"
    )


@cache
def _known_words() -> frozenset[str]:
    """Words that our own examples use: a capital on one of them says nothing (the Belastingdienst, Klarna)."""
    return frozenset(word for row in examples() for word in fold(row.text).split())


def _is_a_strange_capital(text: str, match: re.Match[str]) -> bool:
    word = match[0]
    if len(word) < _MIN_LETTERS or not word[0].isupper() or word.isupper() or _BEGINS.search(text[: match.start()]):
        return False
    return fold(word) not in _known_words()


def names_somebody(text: str, also: Collection[str] = ()) -> bool:
    """Whether ``text`` may hold a person's name; ``also`` are further names, such as the helpers' own.

    >>> names_somebody("mijn broer Ahmed betaalt niet"), names_somebody("ik kan de huur niet betalen")
    (True, False)
    """
    folded = fold(text)
    if _named().search(folded) or set(folded.split()) & {fold(name) for name in also}:
        return True
    return any(_is_a_strange_capital(text, match) for match in _WORD.finditer(text))


# A title says nobody's name by itself: "the lady of the housing company".
_TITLES = frozenset({"mevrouw", "meneer", "dhr", "mevr"})
_WORDS_APART = re.compile(r"[\s,;:]+")


@cache
def _relations() -> frozenset[str]:
    return frozenset(fold(word) for line in yaml.safe_load(_RELATIONS.read_text(encoding="utf-8")) for word in line)


def names_another(text: str, known: Collection[str] = ()) -> bool:
    """Whether ``text`` names a person: a name of the list, or a capital behind "my neighbour". Quick, unlike ``names_somebody``.

    ``known`` are names that may be said, such as the helpers' own.

    >>> names_another("mijn buurvrouw Ilse weet ervan"), names_another("een mevrouw van de gemeente")
    (True, False)
    """
    said = {fold(name) for name in known} | _TITLES
    words = [(word, fold(word)) for word in _WORDS_APART.split(text) if fold(word) not in said]
    if _named().search(" ".join(folded for _, folded in words)):
        return True
    pairs = zip(_WORDS_APART.split(text), _WORDS_APART.split(text)[1:])
    return any(
        fold(before) in _relations() and len(word) >= _MIN_LETTERS and word[0].isupper() and not word.isupper()
        for before, word in pairs
        if fold(word) not in said
    )
