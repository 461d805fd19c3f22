"""Facts with an expiry date: only what is checked and still valid may be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

__all__ = ["FACTS_FILE", "Fact", "all_facts", "load_facts", "set_local_source", "tellable", "told_facts"]

FACTS_FILE = Path(__file__).resolve().parents[2] / "content" / "facts.yml"


@dataclass(frozen=True)
class Fact:
    """One number or rule with its source; ``always`` holds for 112, 113 and Veilig Thuis only.

    ``translate``: the value is Dutch words; other languages tell it only once it is translated (msgctxt fact.KEY).
    """

    key: str
    value: str
    source: str
    checked_by: str | None
    checked_on: dt.date | None
    valid_until: dt.date | None
    always: bool = False
    translate: bool = False

    def may_be_told(self, today: dt.date) -> bool:
        return self.always or bool(self.value and self.checked_by and self.valid_until and today <= self.valid_until)

    def state(self, today: dt.date, days: int) -> str:
        """ "told", "expiring" (told, but not for more than ``days`` days), "expired" or "unchecked" """
        if not self.value or not self.checked_by or self.valid_until is None:
            return "unchecked"
        if today > self.valid_until:
            return "expired"
        return "expiring" if (self.valid_until - today).days <= days else "told"


def _fact(key: str, raw: dict) -> Fact:
    return Fact(
        key, str(raw.get("value") or ""), raw.get("source") or "", raw.get("checked_by"), raw.get("checked_on"),
        raw.get("valid_until"), bool(raw.get("always")), bool(raw.get("translate")),
    )  # fmt: skip


@cache
def load_facts() -> dict[str, Fact]:
    """The facts of content/facts.yml by key."""
    raw = yaml.safe_load(FACTS_FILE.read_text(encoding="utf-8"))
    local = raw.pop("local", None) or {}
    return {key: _fact(key, value) for key, value in {**raw, **local}.items()}


_local_source: Callable[[], Iterable[Fact]] = tuple


def set_local_source(source: Callable[[], Iterable[Fact]]) -> None:
    """Say where a municipality's own facts come from; they win over the file."""
    global _local_source
    _local_source = source


def all_facts() -> list[Fact]:
    """Every fact there is; a municipality's own win over the file's."""
    return list({**load_facts(), **{fact.key: fact for fact in _local_source()}}.values())


def told_facts(today: dt.date) -> list[Fact]:
    """Everything that may be told on ``today``."""
    return [fact for fact in all_facts() if fact.may_be_told(today)]


def tellable(today: dt.date) -> dict[str, str]:
    """Placeholder to value in Dutch, ``{"fact_suicide": "113"}``, of everything that may be told on ``today``."""
    return {f"fact_{fact.key}": fact.value for fact in told_facts(today)}
