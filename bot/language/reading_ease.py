"""How easily a text reads: Flesch's reading ease with Douma's numbers for Dutch, and words that are too long for A2.

Higher is easier: from 60 a text is plain (about B1), from 80 easy (about A2). Numbers, names and placeholders count as nothing,
since they are read at a glance; words in quotation marks stand on paper and are explained, so their length is forgiven.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .readable import pieces, words_of
from .wording import quoted_spans

__all__ = ["LONGEST_WORD", "MEASURED", "Reading", "long_words", "measure"]

# Base, per word in a sentence, per syllable in a word: Douma (1960) and Flesch (1948).
MEASURED = {"nl": (206.84, 0.93, 77.0), "en": (206.835, 1.015, 84.6)}
# Letters; Dutch writes together what English writes apart.
LONGEST_WORD = {"nl": 15, "en": 14}

_VOWELS = re.compile(r"[aeiouyàáâäèéêëìíîïòóôöùúûü]+")
# Two vowels that are two syllables all the same: a dieresis, and a silent e at an English word's end, which is none.
_DIERESIS = re.compile(r"(?<=[aeiou])[ëïöü]")
_SILENT = re.compile(r"(?<![aeiouyl])e$|(?<=[aeiou][bcdfgklmnprstvz])es?$")


@dataclass(frozen=True)
class Reading:
    """Counts over one text or many; ``ease`` is Flesch's."""

    tag: str
    sentences: int
    words: int
    syllables: int
    letters: int

    @property
    def ease(self) -> float:
        base, per_word, per_syllable = MEASURED[self.tag]
        return base - per_word * self.words / self.sentences - per_syllable * self.syllables / self.words

    @property
    def words_a_sentence(self) -> float:
        return self.words / self.sentences

    @property
    def letters_a_word(self) -> float:
        return self.letters / self.words


def _syllables(word: str, tag: str) -> int:
    bare = word.casefold()
    if tag == "en":
        bare = _SILENT.sub("", bare) or bare
    return max(1, len(_VOWELS.findall(_DIERESIS.sub(" e", bare))))


def measure(texts: Iterable[str], tag: str) -> Reading | None:
    """The reading of all ``texts`` together, in nl or en; None where they hold no word."""
    found = [words for text in texts for piece in pieces(text) if (words := words_of(piece))]
    words = [word for sentence in found for word in sentence]
    if not words:
        return None
    syllables, letters = sum(_syllables(word, tag) for word in words), sum(map(len, words))
    return Reading(tag, len(found), len(words), syllables, letters)


def long_words(text: str, tag: str) -> list[str]:
    """Words with more letters than a slow reader takes in at once; none in languages without a limit."""
    if tag not in LONGEST_WORD:
        return []
    for start, end in reversed(quoted_spans(text)):
        text = f"{text[:start]} {text[end:]}"
    return [word for piece in pieces(text) for word in words_of(piece) if len(word) > LONGEST_WORD[tag]]
