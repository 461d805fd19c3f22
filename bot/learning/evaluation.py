"""Score a model on lines of ``{"lang": …, "intent": …, "text": …}``: understanding, language, safety, calibration.

A line may carry ``"near_miss": true``: an ordinary message that sounds like a crisis and is none.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.safety import CRISES

__all__ = ["BadData", "Row", "evaluate_file", "read_rows", "scores"]

_BINS = 10


class BadData(Exception):
    """A line of the file is not usable; the message names it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message with what it means."""

    lang: str
    intent: str
    text: str
    near_miss: bool = False

    @property
    def crisis(self) -> bool:
        return self.intent in CRISES


def read_rows(path: Path) -> list[Row]:
    """The lines of a file; raises BadData naming the first bad one."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            rows.append(Row(*(str(raw[key]) for key in ("lang", "intent", "text")), bool(raw.get("near_miss"))))
        except (ValueError, KeyError, TypeError):
            raise BadData(f'{path}, line {number}: each line must be {{"lang": …, "intent": …, "text": …}}.') from None
    if not rows:
        raise BadData(f"{path} holds no lines.")
    return rows


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    from sklearn.metrics import f1_score

    wanted, got = zip(*pairs)
    return float(f1_score(wanted, got, labels=sorted(set(wanted)), average="macro", zero_division=0))


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0


def _by_language(rows: list[Row], parsed: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    pairs, right = defaultdict(list), defaultdict(list)
    for row, found in zip(rows, parsed):
        pairs[row.lang].append((row.intent, found["intent"]["name"] or ""))
        right[row.lang].append(found["language"]["code"] == row.lang)
    return {
        tag: {
            "n": len(found),
            "accuracy": _share([w == g for w, g in found]),
            "macro_f1": _macro_f1(found),
            "language": _share(right[tag]),
        }
        for tag, found in sorted(pairs.items())
    }


def _by_intent(pairs: list[tuple[str, str]]) -> dict[str, dict[str, float]]:
    from sklearn.metrics import precision_recall_fscore_support

    wanted, got = zip(*pairs)
    names = sorted(set(wanted))
    table = precision_recall_fscore_support(wanted, got, labels=names, zero_division=0)
    columns = ("precision", "recall", "f1")
    return {
        name: {"n": int(table[3][i]), **{c: float(table[k][i]) for k, c in enumerate(columns)}} for i, name in enumerate(names)
    }


def _crises(rows: list[Row], parsed: list[dict[str, Any]]) -> dict[str, Any]:
    """A crisis is seen when it is answered as one: outright or by a check question. ``right`` counts the same kind only."""
    kinds = {kind: {"n": 0, "seen": 0, "right": 0} for kind in CRISES}
    for row, found in zip(rows, parsed):
        if row.crisis:
            heard = {found["intent"]["name"], (found.get("safety") or {}).get("kind")} & set(CRISES)
            for key, count in (("n", 1), ("seen", bool(heard)), ("right", row.intent in heard)):
                kinds[row.intent][key] += count
    return {key: sum(kind[key] for kind in kinds.values()) for key in ("n", "seen", "right")} | {"kinds": kinds}


def _alarms(rows: list[Row], parsed: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Ordinary messages that got help outright, or a check question, that nobody needed."""
    counts = {name: {"n": 0, "helped": 0, "asked": 0} for name in ("ordinary", "near_miss")}
    for row, found in zip(rows, parsed):
        if not row.crisis:
            count = counts["near_miss" if row.near_miss else "ordinary"]
            level = (found.get("safety") or {}).get("level")
            count["n"] += 1
            count["helped"] += level == "act"
            count["asked"] += level == "ask"
    return counts


def _calibration(rows: list[Row], parsed: list[dict[str, Any]]) -> dict[str, Any]:
    """How far confidence is from being right: expected calibration error over ten bins, and the bins."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for row, found in zip(rows, parsed):
        sure = float(found["intent"].get("confidence") or 0.0)
        bins[min(int(sure * _BINS), _BINS - 1)].append((sure, found["intent"]["name"] == row.intent))
    filled = [{"n": len(b), "confidence": sum(s for s, _ in b) / len(b), "right": _share([r for _, r in b])} for b in bins if b]
    return {"error": sum(b["n"] * abs(b["confidence"] - b["right"]) for b in filled) / len(rows), "bins": filled}


def _mistakes(rows: list[Row], parsed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for row, parse in zip(rows, parsed):
        got, safety, heard = parse["intent"]["name"] or "", parse.get("safety"), parse["language"]["code"]
        if got != row.intent or heard != row.lang or (safety and not row.crisis):
            confidence = round(float(parse["intent"].get("confidence") or 0), 3)
            found.append(
                {"lang": row.lang, "intent": row.intent, "text": row.text, "got": got, "confidence": confidence,
                 "language": heard, "safety": safety}
            )  # fmt: skip
    return found


def scores(rows: list[Row], parsed: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything that can be said; ``parsed`` are the parses of ``rows``, in their order."""
    pairs = [(row.intent, found["intent"]["name"] or "") for row, found in zip(rows, parsed)]
    languages = _by_language(rows, parsed)
    mean = sum(row["macro_f1"] for row in languages.values()) / len(languages)
    return {
        "languages": languages,
        "all": {
            "n": len(rows),
            "accuracy": _share([w == g for w, g in pairs]),
            "macro_f1": _macro_f1(pairs),
            "mean_macro_f1": mean,
            "weakest_macro_f1": min(row["macro_f1"] for row in languages.values()),
            "language": sum(row["language"] for row in languages.values()) / len(languages),
        },
        "intents": _by_intent(pairs),
        "crises": _crises(rows, parsed),
        "alarms": _alarms(rows, parsed),
        "calibration": _calibration(rows, parsed),
        "errors": _mistakes(rows, parsed),
        "pairs": pairs,
    }


def evaluate_file(path: Path, model: Path, parse: Callable[[list[str]], list[dict[str, Any]]]) -> dict[str, Any]:
    """Score ``model`` on a file; ``parse`` is how it is asked. Raises BadData."""
    rows = read_rows(path)
    return {"model": model.name, "data": path.name, **scores(rows, parse([row.text for row in rows]))}
