"""A text in parts that a provider takes, cut where a reader would pause."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LIMIT", "split_text", "units"]

LIMIT = 4096
# From the best place to cut to the worst; each match ends where the next part may begin.
_PAUSES = (
    re.compile(r"\n\s*\n\s*"),
    re.compile(r"[.!?…؟۔。！？]+[\"'’”»)\]]*\s+|[。！？]+|\n+"),
    re.compile(r"\s+"),
)
_JOINER = "\u200d"
_LONGEST_CLUSTER = 40


def units(text: str) -> int:
    """Length in UTF-16 code units, which is how Telegram counts; WhatsApp counts no higher."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _prefix(text: str, limit: int) -> int:
    """How many characters of ``text`` fit into ``limit`` units."""
    used = 0
    for index, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return index
    return len(text)


def _belongs_to_last(text: str, cut: int) -> bool:
    """Whether a cut at ``cut`` would tear one visible sign (an accent, a skin tone, a family, a flag) apart."""
    here, before = text[cut], text[cut - 1]
    if here == _JOINER or before == _JOINER or unicodedata.category(here)[0] == "M" or "🏻" <= here <= "🏿":
        return True
    flags = re.search("[🇦-🇿]*$", text[max(0, cut - _LONGEST_CLUSTER) : cut])
    return "🇦" <= here <= "🇿" and len(flags[0]) % 2 == 1


def _cut(text: str, limit: int) -> int:
    fits = _prefix(text, limit)
    for pause in _PAUSES:
        # A pause in the first half would leave a scrap of a message.
        ends = [m.end() for m in pause.finditer(text, 0, fits + 1) if fits // 2 < m.end() <= fits]
        if ends:
            return ends[-1]
    for cut in range(fits, max(fits - _LONGEST_CLUSTER, 1), -1):
        if not _belongs_to_last(text, cut):
            return cut
    return fits


def split_text(text: str, limit: int = LIMIT) -> list[str]:
    """Parts of at most ``limit`` UTF-16 units; only white space at the cuts is lost. [] for a text of nothing."""
    parts, rest = [], text.strip()
    while units(rest) > limit:
        cut = _cut(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest else parts
