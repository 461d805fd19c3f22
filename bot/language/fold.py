"""Strong folding: the form in which deterministic patterns read what a resident typed."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "fold_pattern"]

_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ؤ": "و", "ئ": "ي", "ۀ": "ه", "ە": "ه"}
)
_LATIN = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe"})
# Ge'ez letters that sound alike and are typed one for the other: ሠ like ሰ, ፀ like ጸ, ኀ like ሐ, and አ like ኣ.
_GEEZ = {
    **{0x1220 + i: 0x1230 + i for i in range(7)},
    **{0x1340 + i: 0x1338 + i for i in range(7)},
    **{0x1280 + i: 0x1210 + i for i in range(7)},
    **str.maketrans("አዐሀሐኀ", "ኣዓሃሓሓ"),
}
_APOSTROPHES = re.compile("['’‘`´ʼ\"“”„«»]")
_NOT_WORD = re.compile(r"[^\w]|_")
_REPEATS = re.compile(r"([^\W\d])\1{2,}")
# Ligatures that stand for a whole sentence (ﷺ) make a text up to eighteen times as long: a thousand of them are left as they are.
_GROWS, _FEW = 4, 60
# Bidi marks, zero-width joiners, tatweel and the byte order mark are dropped: they carry no letter.
_INVISIBLE = re.compile("[\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def _fold_letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_ARABIC))
    if len(decomposed) > _GROWS * len(text) + _FEW:
        decomposed = unicodedata.normalize("NFD", text.translate(_ARABIC))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).translate(_ARABIC).translate(_LATIN).translate(_GEEZ)


def fold(text: str) -> str:
    """Lower case, no diacritics, one spelling per Arabic letter, punctuation to single spaces.

    Repeated letters (three or more) become one; apostrophes vanish ("don't" → "dont").

    >>> fold("Yaşamak İSTEMİYORUM!!")
    'yasamak istemiyorum'
    """
    text = _INVISIBLE.sub("", text.replace("İ", "i").casefold())
    text = _APOSTROPHES.sub("", _fold_letters(text))
    return " ".join(_REPEATS.sub(r"\1", _NOT_WORD.sub(" ", text)).split())


def fold_pattern(pattern: str) -> str:
    """Fold only the letters of a regular expression; its syntax stays as written."""
    return _fold_letters(pattern)
