"""The view in which patterns read a message: plain digits, plain letters, nothing invisible, every place known."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Shadow", "shadow_of"]

_ALIKE = {
    "ı": "i", "ی": "ي", "ک": "ك", "ـ": "", "٫": ",", "٬": ".", "،": ",", "·": ".", "•": ".", "−": "-",
    # Blank letters that look like a space, or like nothing.
    "\u2800": " ", "\u3164": " ", "\u115f": "", "\u1160": "",
    **{chr(0x1368 + n): str(n) for n in range(1, 10)},  # Ge'ez ፩-፱
    "\t": " ", "\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
_DROPPED = {"Cc", "Cf", "Me", "Mn", "Cs"}


@dataclass(frozen=True)
class Shadow:
    """``text`` has one character for each visible one of ``original``; ``index`` says which one."""

    original: str
    text: str
    index: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in the original, with the invisible characters behind it."""
        return self.index[start], self.index[end] if end < len(self.index) else len(self.original)

    def typed(self, start: int, end: int) -> str:
        """The original's visible characters of ``text[start:end]``, in single spaces."""
        return " ".join("".join(self.original[i] for i in self.index[start:end]).split())


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """At most one character: a digit of any script as 0-9, a letter without marks, any dash or space as one."""
    if char in _ALIKE:
        return _ALIKE[char]
    category = unicodedata.category(char)
    if category in _DROPPED:
        return ""
    if category in {"Zs", "Pd"}:
        return " " if category == "Zs" else "-"
    if category == "Nd":
        return str(unicodedata.decimal(char))
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return bare if len(bare) == 1 else char


def shadow_of(text: str) -> Shadow:
    """The shadow of any text, in linear time."""
    pairs = [(plain, i) for i, char in enumerate(text) if (plain := _plain(char))]
    return Shadow(text, "".join(plain for plain, _ in pairs), tuple(i for _, i in pairs))
