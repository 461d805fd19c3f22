"""Which language is this short message in? A small model of our own, built from our own examples at first use.

Character n-grams (1–4) with multinomial naive Bayes: no file to download, about half a second to build, well under
a millisecond to ask. Scripts decide first, so that a Latin-script model never guesses at Arabic.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from .fold import fold

__all__ = ["Guess", "Identifier", "identify", "letters", "model"]

DATA = Path(__file__).resolve().parents[2] / "data" / "nlu"
_SCRIPTS = {"ARABIC": "ar", "CYRILLIC": "uk", "ETHIOPIC": "ti"}
_SMOOTHING = 0.3


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


class Identifier:
    """Naive Bayes over n-gram counts per language."""

    def __init__(self, samples: dict[str, list[str]]) -> None:
        counts = {tag: Counter() for tag in samples}
        for tag, texts in samples.items():
            for text in texts:
                # Typed without diacritics just as often: learn both spellings.
                counts[tag].update(_ngrams(letters(text)))
                counts[tag].update(_ngrams(fold(text)))
        size = len(set().union(*counts.values())) or 1
        self._floor = {tag: -math.log(sum(c.values()) + _SMOOTHING * size) + math.log(_SMOOTHING) for tag, c in counts.items()}
        self._seen = {
            tag: {g: math.log((k + _SMOOTHING) / _SMOOTHING) for g, k in c.items() if k > 1} for tag, c in counts.items()
        }

    def guess(self, text: str) -> Guess:
        """The likeliest language among the trained ones."""
        grams = _ngrams(letters(text))
        scores = {
            tag: sum(k * (self._floor[tag] + seen.get(g, 0.0)) for g, k in grams.items()) for tag, seen in self._seen.items()
        }
        best = max(scores, key=scores.__getitem__)
        # n-grams overlap, so their log odds are damped before they become a probability.
        total = sum(math.exp((s - scores[best]) / 2.5) for s in scores.values())
        return Guess(best, 1 / total)


def _samples() -> dict[str, list[str]]:
    samples: dict[str, list[str]] = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted(DATA.glob("*/*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=loader)["nlu"]:
            lines = [line.removeprefix("- ").strip() for line in block["examples"].splitlines()]
            samples.setdefault(path.parent.name, []).extend(lines)
    return samples


@cache
def model() -> Identifier:
    """The identifier over the Latin-script lines of our own data."""
    latin = {tag: [t for t in texts if _script(t) == "LATIN"] for tag, texts in _samples().items()}
    return Identifier({tag: texts for tag, texts in latin.items() if texts})


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
