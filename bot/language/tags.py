"""Language tags (BCP 47): which are on offer, their direction and their own names. The list is content/languages.yml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from babel import Locale

__all__ = [
    "ANSWERED_IN", "ON_OFFER", "OWN_NAMES", "SIBLINGS", "TYPED_NAMES", "UNDERSTOOD", "babel_locale", "direction", "own_name",
]  # fmt: skip

_ROOT = Path(__file__).resolve().parents[2]
_LIST = yaml.safe_load((_ROOT / "content" / "languages.yml").read_text(encoding="utf-8"))
_SOURCE = "nl"

# What is understood but not written: {"ru": "uk"}.
ANSWERED_IN: dict[str, str] = _LIST["answered_in"]
# Groups of languages that are hard to tell apart, the widest understood of each first.
SIBLINGS: tuple[tuple[str, ...], ...] = tuple(map(tuple, _LIST["siblings"]))
OWN_NAMES: dict[str, str] = _LIST["own_names"]
TYPED_NAMES: dict[str, list[str]] = _LIST["typed_names"]
# In the order in which they are offered; only those that have texts.
ON_OFFER: tuple[str, ...] = tuple(
    tag for tag in _LIST["on_offer"] if tag == _SOURCE or (_ROOT / "locales" / tag / "LC_MESSAGES" / "bot.po").exists()
)
# Everything that is understood, on offer or not.
UNDERSTOOD: tuple[str, ...] = (*_LIST["on_offer"], *ANSWERED_IN)


def direction(tag: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if tag in _LIST["right_to_left"] else "ltr"


@cache
def babel_locale(tag: str) -> Locale:
    """Babel's locale for dates and plurals; Darija borrows Arabic (Morocco) or French spelling of dates."""
    return Locale.parse(_LIST["dates_like"].get(tag, tag))


def own_name(tag: str) -> str:
    """The language's name as its speakers write it: ``Türkçe``."""
    name = OWN_NAMES.get(tag) or Locale.parse(tag).get_language_name(tag) or tag
    return name[:1].upper() + name[1:]
