"""What a message says about safety and rights: plain functions over folded text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.language.fold import fold

from .patterns import COMMANDS, CRISES, FEARS, Crisis, PatternFile, load, load_all

__all__ = ["SafetyHit", "read_answer", "read_command", "read_fear", "read_safety"]

# A long message is read in full: a cue at its end must not be missed; the bound only stops abuse.
_MAX_CHARS = 12_000


@dataclass(frozen=True)
class SafetyHit:
    """A crisis cue: ``level`` act (help at once) or ask (one check question), ``who`` self or other."""

    kind: str
    level: str
    who: str
    by: str | None = None

    def as_dict(self) -> dict[str, str]:
        """The shape that ``/model/parse`` shows under "safety"."""
        return {"kind": self.kind, "level": self.level, "who": self.who}


def _any(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    return any(p.search(text) for p in patterns)


def _level(crisis: Crisis, text: str) -> str | None:
    for idiom in crisis.no:
        text = idiom.sub(" ", text)
    if _any(crisis.act, text):
        return "act"
    return "ask" if _any(crisis.ask, text) else None


def _hit(file: PatternFile, kind: str, text: str) -> SafetyHit | None:
    crisis = file.crises[kind]
    level = _level(crisis, text)
    if level is None:
        return None
    by = next((who for who, patterns in crisis.actors.items() if _any(patterns, text)), None)
    return SafetyHit(kind, level, "other" if _any(file.other, text) else "self", by)


def read_safety(text: str, files: Iterable[PatternFile] | None = None) -> SafetyHit | None:
    """The most serious crisis cue in ``text``, in any language, or None.

    Act before ask; among equals, danger to life first (the order of ``CRISES``).
    """
    folded = fold(text[:_MAX_CHARS])
    hits = [hit for file in files or load_all() for kind in CRISES if (hit := _hit(file, kind, folded))]
    return min(hits, key=lambda h: (h.level != "act", CRISES.index(h.kind)), default=None)


def read_command(text: str) -> str | None:
    """A right or a wish that is carried out whoever holds the conversation, or None."""
    folded = fold(text[:_MAX_CHARS])
    for name in COMMANDS:
        if any(_any(file.commands[name], folded) for file in load_all()):
            return name
    return None


def read_fear(text: str) -> str | None:
    """Fear for the children or for the right to stay, or None."""
    folded = fold(text[:_MAX_CHARS])
    for name in FEARS:
        if any(_any(file.fears[name], folded) for file in load_all()):
            return name
    return None


def read_answer(text: str, tag: str) -> bool | None:
    """An explicit yes (True) or no (False) as a whole answer in the conversation's language; else None.

    Only that language's own list counts: Polish "no" means yes.
    """
    folded = fold(text[:_MAX_CHARS])
    answers = load(tag)
    if folded in answers.yes:
        return True
    return False if folded in answers.no else None
