"""Kinder words while writing: what a text to a resident says that their language's list, or the Dutch one, advises against.

Shown to who writes; sending is their decision. Nothing of it is stored, counted or logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import yaml

from bot.language.sources import ROOT
from bot.language.wording import lint_text, wording_tags

__all__ = ["MOST", "Hint", "hints"]

MOST = 3


@dataclass(frozen=True)
class Hint:
    """A word as it stands in the text, and what to say instead (Dutch)."""

    word: str
    instead: str


@cache
def _proposals() -> dict:
    return yaml.safe_load((ROOT / "content" / "kinder.yml").read_text(encoding="utf-8"))


def _instead(tier: str, concept: str) -> str:
    found = _proposals().get(tier, "")
    return found if isinstance(found, str) else found.get(concept, "")


def hints(text: str, tag: str) -> list[Hint]:
    """At most three, each word once; the resident's language first, then Dutch."""
    tags = [t for t in dict.fromkeys((tag, "nl")) if t in wording_tags()]
    hits = [hit for t in tags for hit in lint_text(text, t)]
    found = {hit.match: Hint(hit.match, instead) for hit in hits if (instead := _instead(hit.tier, hit.concept))}
    return list(found.values())[:MOST]
