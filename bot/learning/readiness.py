"""How far each language is: texts, who reviewed them, examples, what the promoted model makes of it, conversation tests.

What it adds up to is advice; a municipality decides (``bot.conversations.languages``), with a reason where it goes further.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.conversations.languages import SOURCE, State, UnknownLanguage, decide
from bot.language.examples import examples
from bot.language.locales import Status, status
from bot.training import reading_fingerprint

from . import shelf
from .comparing import evaluation_rows, read_measured
from .data_checks import thin_spots
from .evaluation import scores

__all__ = ["NotReady", "Readiness", "model_scores", "readiness", "release"]

_DIALOGUES = Path(__file__).resolve().parents[2] / "tests" / "conversations" / "dialogues"
# What free text needs: macro-F1 on held-out messages, and crises heard.
GOOD, HEARD = 0.75, 0.95


# From least to most.
_LADDER = (State.OFF.value, State.BUTTONS.value, State.ON.value)


class NotReady(Exception):
    """This goes further than is advised: give a reason, which is recorded."""


@dataclass(frozen=True)
class Readiness:
    """One language. ``score`` and ``heard`` are None until the promoted model was measured (``aanspraak compare``)."""

    texts: Status
    examples: int
    thin: int
    score: float | None
    heard: float | None
    dialogues: int

    @property
    def tag(self) -> str:
        return self.texts.tag

    @property
    def missing(self) -> list[str]:
        """Codes of what free text still needs."""
        found = {
            "translated": self.texts.translated < self.texts.total,
            "reviewed": not self.texts.reviewed_by,
            "examples": self.thin > 0,
            "score": self.score is None or self.score < GOOD,
            "heard": self.heard is None or self.heard < HEARD,
            "dialogues": not self.dialogues,
        }
        return [name for name, lacking in found.items() if lacking]

    @property
    def advice(self) -> str:
        """``on`` when nothing is missing, ``buttons`` when all texts are there, else ``off``."""
        if not self.missing:
            return State.ON.value
        return State.OFF.value if "translated" in self.missing else State.BUTTONS.value

    def as_dict(self) -> dict[str, Any]:
        more = {**asdict(self), "missing": self.missing, "advice": self.advice}
        return {**more.pop("texts"), **more}


def model_scores() -> dict[str, tuple[float, float]]:
    """Language to (macro-F1, share of crises heard) of the promoted model; empty until it was measured with this program."""
    rows = evaluation_rows()
    measured = read_measured(shelf.promoted() or "", reading_fingerprint())
    if measured is None or len(measured.answers) != len(rows):
        return {}
    found = {}
    for tag in {row.lang for row in rows}:
        pairs = [(row, answer) for row, answer in zip(rows, measured.answers) if row.lang == tag]
        made = scores([row for row, _ in pairs], [answer for _, answer in pairs])
        crises = made["crises"]
        found[tag] = (made["all"]["macro_f1"], crises["seen"] / crises["n"] if crises["n"] else 1.0)
    return found


def _dialogues(tag: str) -> int:
    path = _DIALOGUES / f"{tag}.yml"
    return len(yaml.safe_load(path.read_text(encoding="utf-8")) or ()) if path.exists() else 0


def readiness() -> list[Readiness]:
    """Every language that has texts, Dutch first."""
    counts, measured = Counter(row.tag for row in examples()), model_scores()
    return [
        Readiness(
            texts, counts[texts.tag], len(thin_spots(texts.tag)), *measured.get(texts.tag, (None, None)), _dialogues(texts.tag)
        )
        for texts in sorted(status(), key=lambda row: row.tag != SOURCE)
    ]


def release(tag: str, state: str, by: str, reason: str = "") -> None:
    """Decide, and write down who did and why. Raises UnknownLanguage, or NotReady without a reason where one is needed."""
    found = next((row for row in readiness() if row.tag == tag), None)
    if found is None or state not in _LADDER:
        raise UnknownLanguage(f"{tag} {state}: give a language that has texts, and one of {', '.join(_LADDER)}.")
    if _LADDER.index(state) > _LADDER.index(found.advice) and not reason.strip():
        raise NotReady(f"{NotReady.__doc__} Missing: {', '.join(found.missing)}.")
    decide(tag, state, by, reason.strip())
