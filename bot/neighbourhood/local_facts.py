"""A municipality's own facts from the database."""

from __future__ import annotations

from bot.conversations.remembered import Remembered
from bot.facts import Fact, load_facts

from .models import LocalFact

__all__ = ["forget", "local_facts"]


def _fact(row: LocalFact) -> Fact:
    known = load_facts().get(row.key)
    translate = bool(known and known.translate)
    return Fact(row.key, row.value, row.source, row.checked_by, row.checked_on, row.valid_until, translate=translate)


def _read() -> tuple[Fact, ...]:
    return tuple(_fact(row) for row in LocalFact.objects.all())


local_facts = Remembered(_read, ())
forget = local_facts.forget
