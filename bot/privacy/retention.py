"""How long each kind of data is kept: content/retention.yml is the one table, which documents show and a test holds complete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml

__all__ = ["ABSENCE", "INVITATION", "MAIL", "TRIES", "WAITING_BODY", "Kept", "days", "markdown", "table"]

_FILE = Path(__file__).resolve().parents[2] / "content" / "retention.yml"
_HEAD = {"nl": ("wat", "hoe lang", "tabellen"), "en": ("what", "how long", "tables")}
# Terms that nobody needs to set.
ABSENCE, INVITATION, MAIL, TRIES = timedelta(days=365), timedelta(days=30), timedelta(days=30), timedelta(days=30)
WAITING_BODY = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """One kind of data: its tables (Django labels), what it is and how long it stays, each by language (nl, en)."""

    tables: tuple[str, ...]
    what: dict[str, str]
    term: dict[str, str]


@cache
def table() -> tuple[Kept, ...]:
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(Kept(tuple(row["tables"]), row["what"], row["term"]) for row in rows)


def days() -> dict[str, int]:
    """The terms that an operator may set."""
    from django.conf import settings

    return {"talk": settings.RETENTION_DAYS, "handover": settings.RETENTION_HANDOVER_DAYS, "audit": settings.RETENTION_AUDIT_DAYS}


def markdown(tag: str, terms: dict[str, int]) -> str:
    """The table in Dutch (nl) or English (en)."""
    rows = [f"| {' | '.join(_HEAD[tag])} |", "|---|---|---|"]
    for kept in table():
        names = ", ".join(f"`{name.partition('.')[2]}`" for name in kept.tables)
        rows.append(f"| {kept.what[tag]} | {kept.term[tag].format(**terms)} | {names} |")
    return "\n".join(rows)
