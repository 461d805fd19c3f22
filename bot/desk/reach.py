"""Who is reached: handovers of a team by month, language and neighbourhood, never so few that they are people.

Every number on a page, in a chart or in a file comes out of ``suppression.protect``; nothing leads from it to a handover.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from bot.handover.models import Handover
from bot.neighbourhood.models import Team

from .suppression import Table, protect, safe_cell
from .words import language_name

__all__ = ["VIEWS", "as_csv", "bars", "reach"]

MONTHS = 12
VIEWS: dict[str, Promise] = {
    "language": lazy("Taal"),
    "area": lazy("Buurt"),
    "ending": lazy("Hoe het afliep"),
}
_STATES = {
    "open": "wacht", "accepted": "wacht", "contacted": "in gesprek", "confirmed": "in gesprek", "withdrawn": "ingetrokken",
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One line of a chart: its width in hundredths of the longest; None for a hidden number."""

    name: str
    count: int | None
    share: int


def _months(today: dt.date) -> list[str]:
    first = [(today.year * 12 + today.month - 1 - back) for back in reversed(range(MONTHS))]
    return [f"{number // 12}-{number % 12 + 1:02}" for number in first]


def _group(handover: Handover, view: str) -> str:
    if view == "language":
        return language_name(handover.language).in_dutch or "niet gedeeld"
    if view == "area":
        return handover.wishes.get("area", "") or "niet gedeeld"
    return "afgesloten" if handover.state == Handover.State.CLOSED else _STATES[handover.state]


def reach(team: Team, view: str) -> Table:
    """Handovers of the last twelve months, ``view`` × month; a person counts once a month."""
    months = _months(timezone.localdate())
    year, month = map(int, months[0].split("-"))
    since = dt.datetime(year, month, 1, tzinfo=timezone.get_default_timezone())
    found = Handover.objects.filter(team=team, created_at__gte=since).only(
        "language", "wishes", "state", "created_at", "resident"
    )
    people = {(_group(h, view), f"{timezone.localtime(h.created_at):%Y-%m}", h.resident_id) for h in found}
    counts = Counter((group, month) for group, month, _ in people)
    return protect(sorted({group for group, _ in counts}), months, counts)


def bars(table: Table) -> list[Bar]:
    """The rows' totals as a chart."""
    longest = max((n for n in table.row_totals if n), default=1)
    return [Bar(name, n, round(100 * (n or 0) / longest)) for name, n in zip(table.rows, table.row_totals)]


def as_csv(table: Table, corner: str) -> str:
    """The same table for a spreadsheet: hidden cells are ``<10``, and no text is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(x) for x in (corner, *table.columns, "totaal")])
    for name, cells, total in zip(table.rows, table.cells, table.row_totals):
        writer.writerow([safe_cell(name), *map(_cell, (*cells, total))])
    writer.writerow(["totaal", *map(_cell, (*table.column_totals, table.total))])
    return out.getvalue()


def _cell(count: int | None) -> str:
    return "<10" if count is None else str(count)
