"""What is nobody's business unless the resident says so: words about residence, religion and health, in any language."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from bot.language.fold import fold

__all__ = ["is_sensitive"]

_FILE = Path(__file__).resolve().parents[2] / "content" / "sensitive.yml"
_MAX_CHARS = 4000


@cache
def _beginnings() -> re.Pattern[str]:
    kinds = yaml.safe_load(_FILE.read_text(encoding="utf-8")).values()
    words = {fold(word) for lines in kinds for line in lines for word in line}
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")")


def is_sensitive(text: str) -> bool:
    """Whether ``text`` holds such a word.

    >>> is_sensitive("ik ben bang voor mijn verblijfsvergunning"), is_sensitive("de huur is hoog")
    (True, False)
    """
    return bool(_beginnings().search(fold(text[:_MAX_CHARS])))
