"""Which language is this short message in? A small linear model of our own, made from our own examples.

No kept library knows Papiamentu and Darija; this one learns all languages at once from character n-grams (1–4), typed with
and without diacritics. scikit-learn makes it once per state of the data; asking needs numpy alone and a fraction of a
millisecond. Languages that are only to be recognised, to say kindly that they are not on offer, stand in
``content/languages/<tag>.txt``. Measured by bench/languages.py.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .calibration import sharpest, softmax
from .examples import DATA, examples
from .fold import fold
from .kept import CACHE, keep
from .tags import SIBLINGS

__all__ = ["Guess", "Identifier", "identify", "is_known_whole", "letters", "model", "samples"]

_ROOT = Path(__file__).resolve().parents[2]
OTHERS = _ROOT / "content" / "languages"
_LONGEST, _FEW, _MAX_CHARS = 4, 3, 400
_MIN_COUNT = 3
_CLEARLY = 0.8
_CLEARLY_DUTCH = 0.3
# Below this margin a message resembles none of the languages: somebody else's language, or no language at all.
_NONE_OF_OURS = -0.75
# Keys struck at random: five consonants in a row and no vowel anywhere. Darija typed without vowels has shorter runs.
_NOBODYS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}")
_VOWEL = re.compile(r"[^\Wbcdfghjklmnpqrstvwxz_]")


@dataclass(frozen=True)
class Guess:
    """A BCP 47 tag (``und`` when nothing can be said) and how sure, 0 to 1."""

    code: str
    confidence: float

    def as_dict(self) -> dict[str, str | float]:
        return {"code": self.code, "confidence": round(self.confidence, 3)}


def letters(text: str) -> str:
    """Lower-cased letters, chat digits inside words (3afak) and single spaces; diacritics stay: they tell much."""
    lowered = text.replace("İ", "i").lower()
    kept = "".join(c if c.isalpha() or unicodedata.combining(c) else c if c in "23579" else " " for c in lowered)
    return " ".join(word for word in kept.split() if not word.isdigit())


def _ngrams(text: str) -> list[str]:
    words = [f" {word} " for word in text.split()]
    grams = [word[i : i + n] for word in words for n in range(1, _LONGEST + 1) for i in range(len(word) - n + 1)]
    return [gram for gram in grams if gram != " "]


def _whole(texts: dict[str, list[str]]) -> dict[str, str]:
    """Messages of one to three words as a whole, to their language; "?nl" or "?und" where several languages say it.

    What Dutch shares with others ("hallo", "stop") is most likely Dutch here, though never surely.
    """
    found: dict[str, set[str]] = {}

    def shared(tags: set[str]) -> str:
        """A word of several languages: Dutch if it is Dutch, else of the first of a group of siblings."""
        if "nl" in tags:
            return "?nl"
        return next((f"~{group[0]}" for group in SIBLINGS if group[0] in tags), "?und")

    for tag, lines in texts.items():
        for text in {letters(line) for line in lines}:
            if 0 < len(text.split()) <= _FEW:
                found.setdefault(text, set()).add(tag)
    return {text: min(tags) if len(tags) == 1 else shared(tags) for text, tags in found.items()}


class Identifier:
    """One row of weights per n-gram, one column per language; ``sharpness`` turns margins into confidence."""

    def __init__(
        self, tags: list[str], grams: list[str], idf: np.ndarray, weights: np.ndarray, bias: np.ndarray, sharpness: float,
        whole: dict[str, str],
    ) -> None:  # fmt: skip
        self.tags, self.idf, self.weights, self.bias, self.sharpness, self.whole = tags, idf, weights, bias, sharpness, whole
        self._index = {gram: i for i, gram in enumerate(grams)}

    @classmethod
    def trained(cls, texts: dict[str, list[str]]) -> Identifier:
        """Learn from every language's lines; a tenth of them only sets the confidence."""
        rows = [(form, tag) for tag, lines in texts.items() for line in lines for form in {letters(line), fold(line)} if form]
        kept = [row for i, row in enumerate(rows) if i % 10]
        made = cls._fit(kept, {})
        margins = np.stack([made._margins(form) for form, _ in rows[::10]])
        wanted = np.array([made.tags.index(tag) if tag in made.tags else 0 for _, tag in rows[::10]])
        final = cls._fit(rows, _whole(texts))
        final._return_to_dutch({word for line in texts.get("nl", ()) for word in letters(line).split()})
        final.sharpness = sharpest(margins, wanted)
        return final

    @classmethod
    def _fit(cls, rows: list[tuple[str, str]], whole: dict[str, str]) -> Identifier:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC

        tfidf = TfidfVectorizer(analyzer=_ngrams, min_df=_MIN_COUNT, sublinear_tf=True, dtype=np.float32)
        linear = LinearSVC(C=0.3, class_weight="balanced", tol=1e-2, max_iter=200, random_state=0)
        linear.fit(tfidf.fit_transform([form for form, _ in rows]), [tag for _, tag in rows])
        weights = linear.coef_.T.astype(np.float32)
        grams = list(tfidf.get_feature_names_out())
        return cls(linear.classes_.tolist(), grams, tfidf.idf_, weights, linear.intercept_, 3.0, whole)

    def _margins(self, text: str) -> np.ndarray:
        counts = Counter(i for gram in _ngrams(text) if (i := self._index.get(gram)) is not None)
        if not counts:
            return np.full(len(self.tags), -1.0)
        rows = np.fromiter(counts, dtype=np.int64)
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float64))) * self.idf[rows]
        return (values / np.linalg.norm(values)) @ self.weights[rows] + self.bias

    def _return_to_dutch(self, words: set[str]) -> None:
        """A Dutch greeting among another language's lines only ("tot ziens") may be anybody's, and is Dutch first."""
        for text, tag in self.whole.items():
            if tag[0] in "?~" or tag not in self.tags or "nl" not in self.tags:
                continue
            margins = self._margins(text)
            lead = margins[self.tags.index("nl")] - margins[self.tags.index(tag)]
            if lead > _CLEARLY_DUTCH or (lead > 0 and set(text.split()) <= words):
                self.whole[text] = "?nl"

    def guess(self, text: str) -> Guess:
        """The likeliest of the trained languages, or ``und``."""
        text = letters(text[:_MAX_CHARS])
        if not text:
            return Guess("und", 0.0)
        if text in self.whole:
            tag = self.whole[text]
            return Guess(tag.lstrip("?~"), {"?": 0.5, "~": 0.6}.get(tag[0], 0.97))
        if _NOBODYS.search(text) and not _VOWEL.search(text):
            return Guess("und", 0.5)
        margins = self._margins(text)
        best = int(margins.argmax())
        if margins[best] < _NONE_OF_OURS:
            return Guess("und", 0.5)
        shares = softmax(margins[None, :] * self.sharpness)[0]
        # Speakers of one write the other: what speaks for the sibling speaks against all others.
        group = next((group for group in SIBLINGS if self.tags[best] in group), (self.tags[best],))
        sure = float(sum(shares[i] for i, tag in enumerate(self.tags) if tag in group))
        clear = shares[best] >= _CLEARLY * sure  # else the one of them that both can read
        return Guess(self.tags[best] if clear else group[0], sure)

    def as_bytes(self) -> bytes:
        """All of it as one numpy archive."""
        words, file = list(self.whole), io.BytesIO()
        np.savez(
            file, tags=self.tags, grams=list(self._index), idf=self.idf.astype(np.float32),
            weights=self.weights.astype(np.float16), bias=self.bias, sharpness=self.sharpness, words=words,
            meant=[self.whole[w] for w in words],
        )  # fmt: skip
        return file.getvalue()

    @classmethod
    def load(cls, path: Path) -> Identifier:
        with np.load(path) as kept:
            whole = dict(zip(kept["words"].tolist(), kept["meant"].tolist()))
            tags, grams, sharpness = kept["tags"].tolist(), kept["grams"].tolist(), float(kept["sharpness"])
            return cls(tags, grams, kept["idf"], kept["weights"].astype(np.float32), kept["bias"], sharpness, whole)


def _files() -> list[Path]:
    return [*sorted(DATA.glob("*/*.yml")), *sorted(OTHERS.glob("*.txt"))]


def samples() -> dict[str, list[str]]:
    """Every language's lines: our own examples, and those of languages we only recognise."""
    found: dict[str, list[str]] = {}
    for row in examples():
        found.setdefault(row.tag, []).append(row.text)
    for path in sorted(OTHERS.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found[path.stem] = [line for line in lines if line and not line.startswith("#")]
    return found


@cache
def model() -> Identifier:
    """The identifier over our own data; made in some ten seconds, then kept until the data change."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in _files():
        digest.update(path.read_bytes())
    kept = CACHE / f"language-{digest.hexdigest()[:16]}.npz"
    return Identifier.load(keep(kept, lambda: Identifier.trained(samples()).as_bytes()))


def identify(text: str) -> Guess:
    """The language of a message; ``und`` with confidence 0 when it holds no letters.

    >>> identify("مرحبا كيف الحال اليوم").code
    'ar'
    """
    return model().guess(text)


def is_known_whole(text: str) -> bool:
    """Whether these very words (see ``letters``) are a greeting or the like of one language alone: "bonjour"."""
    return model().whole.get(text, "?")[0] not in "?~"
