"""Which language is this short message in? A small model of our own, built from our own examples at first use.

Character n-grams (1–4) with multinomial naive Bayes: no file to download, about half a second to build, well under
a millisecond to ask. Scripts decide first, so that a Latin-script model never guesses at Arabic.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from .fold import fold

__all__ = ["Guess", "Identifier", "identify", "letters", "model"]

DATA = Path(__file__).resolve().parents[2] / "data" / "nlu"
CACHE = DATA.parents[1] / "var" / "cache"
_SCRIPTS = {"ARABIC": "ar", "CYRILLIC": "uk", "ETHIOPIC": "ti"}
_SMOOTHING = 0.3
# From so many three-letter pieces on, this share must be known to the language (held-out lines: 98 % have 0.76 or more).
_ENOUGH, _HEARD = 8, 0.6
_FEW = 3


@dataclass(frozen=True)
class Guess:
    """A BCP 47 tag (``und`` when nothing can be said) and how sure, 0 to 1."""

    code: str
    confidence: float

    def as_dict(self) -> dict[str, str | float]:
        return {"code": self.code, "confidence": round(self.confidence, 3)}


def letters(text: str) -> str:
    """Lower-cased letters and single spaces: what identification looks at (diacritics stay: they tell much)."""
    kept = "".join(c if c.isalpha() or unicodedata.combining(c) else " " for c in text.replace("İ", "i").lower())
    return " ".join(kept.split())


def _ngrams(text: str) -> Counter[str]:
    padded = f" {text} "
    return Counter(padded[i : i + n] for n in (1, 2, 3, 4) for i in range(len(padded) - n + 1))


def _whole(samples: dict[str, list[str]]) -> dict[str, str]:
    """Messages of one to three words as a whole, to their language; "?nl" or "?und" where several languages say it.

    What Dutch shares with others ("hallo", "stop") is most likely Dutch here, though never surely.
    """
    found: dict[str, set[str]] = {}
    for tag, texts in samples.items():
        for text in {letters(t) for t in texts}:
            if 0 < len(text.split()) <= _FEW:
                found.setdefault(text, set()).add(tag)
    shared = {True: "?nl", False: "?und"}
    return {text: min(tags) if len(tags) == 1 else shared["nl" in tags] for text, tags in found.items()}


class Identifier:
    """Naive Bayes: per language the log odds of n-grams it has seen, above the floor of those it has not."""

    def __init__(self, floor: float, seen: dict[str, dict[str, float]], whole: dict[str, str]) -> None:
        self.floor, self.seen, self.whole = floor, seen, whole

    @classmethod
    def trained(cls, samples: dict[str, list[str]]) -> Identifier:
        """Count the n-grams of every language's texts."""
        counts = {tag: Counter() for tag in samples}
        for tag, texts in samples.items():
            for text in texts:
                # Typed without diacritics just as often: learn both spellings.
                counts[tag].update(_ngrams(letters(text)))
                counts[tag].update(_ngrams(fold(text)))
        size = len(set().union(*counts.values())) or 1
        # One floor for all: a small class (Arabic typed in Latin letters) must not win whatever nobody has seen.
        most = max(sum(c.values()) for c in counts.values())
        floor = math.log(_SMOOTHING) - math.log(most + _SMOOTHING * size)
        weight = {tag: most / sum(c.values()) for tag, c in counts.items()}
        seen = {
            tag: {g: round(math.log(k * weight[tag] / _SMOOTHING + 1), 3) for g, k in c.items() if k > 1}
            for tag, c in counts.items()
        }
        return cls(floor, seen, _whole(samples))

    def _unheard(self, grams: Counter[str], tag: str) -> bool:
        """Whether too much of a message was never seen in its likeliest language: then it is in none of ours."""
        long = [gram for gram in grams if len(gram) == 3]
        known = sum(gram in self.seen[tag] for gram in long)
        return len(long) >= _ENOUGH and known < _HEARD * len(long)

    def guess(self, text: str) -> Guess:
        """The likeliest language among the trained ones."""
        text = letters(text)
        if text in self.whole:
            tag = self.whole[text]
            return Guess(tag.removeprefix("?"), 0.5 if tag.startswith("?") else 0.97)
        grams = _ngrams(text)
        scores = {tag: sum(k * (self.floor + seen.get(g, 0.0)) for g, k in grams.items()) for tag, seen in self.seen.items()}
        best = max(scores, key=scores.__getitem__)
        if self._unheard(grams, best):
            return Guess("und", 0.5)
        # n-grams overlap, so their log odds are damped before they become a probability.
        total = sum(math.exp((s - scores[best]) / 2.5) for s in scores.values())
        return Guess(best, 1 / total)


def _files() -> list[Path]:
    return sorted(DATA.glob("*/*.yml"))


def _samples() -> dict[str, list[str]]:
    """The Latin-script lines of our own data, by language."""
    samples: dict[str, list[str]] = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in _files():
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=loader)["nlu"]:
            lines = [line.removeprefix("- ").strip() for line in block["examples"].splitlines()]
            samples.setdefault(path.parent.name, []).extend(line for line in lines if _script(line) == "LATIN")
    return {tag: texts for tag, texts in samples.items() if texts}


@cache
def model() -> Identifier:
    """The identifier over our own data; counting takes seconds, so the counts are kept until the data change."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in _files():
        digest.update(path.read_bytes())
    kept = CACHE / f"language-{digest.hexdigest()[:16]}.json"
    if kept.exists():
        return Identifier(**json.loads(kept.read_text(encoding="utf-8")))
    made = Identifier.trained(_samples())
    CACHE.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(vars(made), ensure_ascii=False), encoding="utf-8")
    part.replace(kept)
    return made


def _script(text: str) -> str | None:
    """The script most letters are in, or None without letters."""
    scripts = Counter(unicodedata.name(c, "?").split()[0] for c in text if c.isalpha())
    return scripts.most_common(1)[0][0] if scripts else None


def identify(text: str) -> Guess:
    """The language of a message; ``und`` with confidence 0 when it holds no letters.

    >>> identify("مرحبا").code
    'ar'
    """
    text = text[:400]
    script = _script(text)
    if script is None:
        return Guess("und", 0.0)
    if script in _SCRIPTS:
        return Guess(_SCRIPTS[script], 0.99)
    return model().guess(text) if script == "LATIN" else Guess("und", 0.5)
