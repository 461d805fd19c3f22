"""Two models on the same messages: what got better, what got worse, and what stands in the way of promoting the new one."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.safety import CRISES

from . import shelf
from .evaluation import Row, read_rows, scores

__all__ = ["LOWERED", "Measured", "compare", "evaluation_rows", "measure", "read_measured"]

EVALUATION = Path(__file__).resolve().parents[2] / "content" / "evaluation"
# By so much macro-F1 a language may fall without anybody giving a reason.
LOWERED = 0.02
_KEYS = ("intent", "language", "safety")

Parse = Callable[[list[str], Path, Callable[[int], None]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Measured:
    """What one model made of the messages; ``answers`` in their order, times in milliseconds."""

    model: str
    answers: list[dict[str, Any]]
    median: float
    slow: float


def evaluation_rows(folder: Path = EVALUATION) -> list[Row]:
    """Every held-out message, none of which is trained on."""
    return [row for path in sorted(folder.glob("*.jsonl")) for row in read_rows(path)]


def _slim(parsed: dict[str, Any]) -> dict[str, Any]:
    return {key: parsed.get(key) for key in _KEYS}


def _place(model: str, basis: str) -> Path:
    return shelf.MODELS / "scores" / f"{model.removesuffix('.tar.gz')}-{basis}.json"


def read_measured(model: str, basis: str) -> Measured | None:
    """What ``model`` answered before; None when it was never asked on this basis."""
    try:
        return Measured(**json.loads(_place(model, basis).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def measure(
    model: str, rows: Sequence[Row], basis: str, parse: Parse, progress: Callable[[int], None] = lambda done: None
) -> Measured:
    """Ask ``model`` all of ``rows``, or read what it answered before: ``basis`` is the fingerprint of rows and readers."""
    if (found := read_measured(model, basis)) and len(found.answers) == len(rows):
        return found
    kept = _place(model, basis)
    times, last = [], time.perf_counter()

    def timed(done: int) -> None:
        nonlocal last
        now = time.perf_counter()
        times.append((now - last) * 1000)
        last = now
        progress(done)

    answers = [_slim(found) for found in parse([row.text for row in rows], shelf.MODELS / model, timed)]
    usual = sorted(times[1:] or times)  # the first one loads
    found = Measured(model, answers, round(statistics.median(usual), 1), round(usual[int(len(usual) * 0.95)], 1))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(found), ensure_ascii=False), encoding="utf-8")
    return found


def _heard(answer: dict[str, Any]) -> set[str]:
    return {answer["intent"]["name"], (answer.get("safety") or {}).get("kind")} & set(CRISES)


def _right(row: Row, answer: dict[str, Any]) -> bool:
    """Understood, and no help pressed upon who needs none; a crisis counts as understood when it is answered as any."""
    if row.crisis:
        return bool(_heard(answer))
    return answer["intent"]["name"] == row.intent and (answer.get("safety") or {}).get("level") != "act"


def _moved(rows: Sequence[Row], old: Measured, new: Measured, better: bool) -> list[dict[str, Any]]:
    found = []
    for row, before, after in zip(rows, old.answers, new.answers):
        was, now = _right(row, before), _right(row, after)
        if was != now and now == better:
            found.append(
                {"lang": row.lang, "intent": row.intent, "text": row.text, "old": before["intent"]["name"],
                 "new": after["intent"]["name"], "crisis": row.crisis}
            )  # fmt: skip
    return sorted(found, key=lambda line: not line["crisis"])


def _pair(old: float, new: float, count: int) -> dict[str, Any]:
    return {"n": count, "old": round(old, 4), "new": round(new, 4), "change": round(new - old, 4)}


def _recalls(rows: Sequence[Row], measured: Measured) -> dict[str, tuple[int, int]]:
    """(heard, of how many) for all crises, for each kind and for each language."""
    found: dict[str, tuple[int, int]] = {}
    for row, answer in zip(rows, measured.answers):
        if row.crisis:
            for name in ("all", row.intent, row.lang):
                heard, count = found.get(name, (0, 0))
                found[name] = (heard + bool(_heard(answer)), count + 1)
    return found


def _blockers(crises: dict[str, Any], languages: dict[str, Any], released: Collection[str]) -> list[str]:
    lost = [
        f"crises heard, {name}: {pair['old']:.1%} → {pair['new']:.1%}"
        for name, pair in crises.items()
        if pair["change"] < 0 and (name in released or name in {"all", *CRISES})
    ]
    worse = [
        f"{tag}: macro-F1 {pair['old']:.3f} → {pair['new']:.3f}"
        for tag, pair in languages.items()
        if tag in released and pair["change"] < -LOWERED
    ]
    return [*lost, *worse]


def _about(measured: Measured) -> dict[str, Any]:
    kept = shelf.kept(measured.model)
    return {**asdict(kept), "median_ms": measured.median, "slow_ms": measured.slow}


def compare(rows: Sequence[Row], old: Measured, new: Measured, released: Collection[str]) -> dict[str, Any]:
    """Everything worth knowing, as JSON. ``blockers``: why ``new`` may not be promoted without a recorded reason."""
    before, after = (scores(list(rows), one.answers) for one in (old, new))
    heard = [_recalls(rows, one) for one in (old, new)]
    languages = {
        tag: _pair(row["macro_f1"], after["languages"][tag]["macro_f1"], row["n"]) for tag, row in before["languages"].items()
    }
    intents = {name: _pair(row["f1"], after["intents"][name]["f1"], row["n"]) for name, row in before["intents"].items()}
    crises = {name: _pair(was / n, heard[1][name][0] / n, n) for name, (was, n) in heard[0].items()}
    alarms = {
        name: _pair(count["helped"] / max(count["n"], 1), after["alarms"][name]["helped"] / max(count["n"], 1), count["n"])
        for name, count in before["alarms"].items()
    }
    return {
        "old": _about(old),
        "new": _about(new),
        "messages": len(rows),
        "mean": _pair(before["all"]["mean_macro_f1"], after["all"]["mean_macro_f1"], len(rows)),
        "languages": languages,
        "language_heard": {
            tag: _pair(row["language"], after["languages"][tag]["language"], row["n"]) for tag, row in before["languages"].items()
        },
        "intents": intents,
        "crises": crises,
        "alarms": alarms,
        "better": _moved(rows, old, new, better=True),
        "worse": _moved(rows, old, new, better=False),
        "blockers": _blockers(crises, languages, released),
    }
