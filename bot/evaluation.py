"""Score the current model on lines of ``{"lang": …, "intent": …, "text": …}``."""

from __future__ import annotations

import asyncio
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

__all__ = ["BadData", "evaluate_file"]


class BadData(Exception):
    """A line of the file is not usable; the message names it."""


def _rows(path: Path) -> list[dict[str, str]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append({key: str(row[key]) for key in ("lang", "intent", "text")})
        except (ValueError, KeyError, TypeError):
            raise BadData(f'{path}, line {number}: each line must be {{"lang": …, "intent": …, "text": …}}.') from None
    if not rows:
        raise BadData(f"{path} holds no lines.")
    return rows


def _parse(texts: list[str]) -> list[dict[str, Any]]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    from bot.training import current_model

    model = current_model()
    if model is None:
        raise BadData("There is no model yet. Train one first: uv run aanspraak train")
    agent = Agent.load(str(model))

    async def all_of_them() -> list[dict[str, Any]]:
        return [await agent.processor.parse_message(UserMessage(text)) for text in texts]

    return asyncio.run(all_of_them())


def _macro_f1(pairs: list[tuple[str, str]]) -> float:
    from sklearn.metrics import f1_score

    wanted, got = zip(*pairs)
    return float(f1_score(wanted, got, labels=sorted(set(wanted)), average="macro", zero_division=0))


def _score(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "n": len(pairs),
        "accuracy": sum(w == g for w, g in pairs) / len(pairs),
        "macro_f1": _macro_f1(pairs),
    }


def evaluate_file(path: Path) -> dict[str, Any]:
    """Per language: n, accuracy, macro_f1 and the share of right languages; every mistake; crisis recall.

    A crisis counts as seen when the intent is right or ``safety`` names it. Raises BadData.
    """
    rows = _rows(path)
    by_lang, language, errors = defaultdict(list), defaultdict(list), []
    crises = {"n": 0, "seen": 0}
    for row, parsed in zip(rows, _parse([row["text"] for row in rows])):
        got, safety = parsed["intent"]["name"] or "", parsed.get("safety") or {}
        by_lang[row["lang"]].append((row["intent"], got))
        language[row["lang"]].append(parsed["language"]["code"] == row["lang"])
        if row["intent"].startswith("crisis_"):
            crises["n"] += 1
            crises["seen"] += row["intent"] in (got, safety.get("kind"))
        if got != row["intent"]:
            errors.append({**row, "got": got, "confidence": round(float(parsed["intent"].get("confidence") or 0), 3)})
    languages = {tag: {**_score(pairs), "language": sum(language[tag]) / len(pairs)} for tag, pairs in by_lang.items()}
    return {
        "languages": languages,
        "all": _score([p for pairs in by_lang.values() for p in pairs]),
        "crises": crises,
        "errors": errors,
    }
