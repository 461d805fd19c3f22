"""Who is reached: a team's people by month, language, neighbourhood and more, never so few that they are persons.

Only months that are over are shown, from counts that no longer change (``tally``). Every number on a page, in a chart or in
a file comes out of ``suppression.protect``; nothing leads from it to a handover.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from dataclasses import dataclass

from django.db.models import Sum
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from bot.neighbourhood.models import Helper, Place, Team

from .intents import intent_words
from .models import Tally
from .suppression import Table, protect, safe_cell
from .words import OUTCOMES, language_name

__all__ = ["MONTHS", "VIEWS", "as_csv", "bars", "last_months", "month_words", "reach", "sums"]

MONTHS = 12
VIEWS: dict[str, Promise] = {
    "contact": lazy("Eerste contacten"),
    "understood": lazy("Begrepen"),
    "language": lazy("Taal"),
    "area": lazy("Buurt"),
    "door": lazy("Waarover het ging"),
    "first_human": lazy("Hoe snel een mens"),
    "promise": lazy("Belofte"),
    "ending": lazy("Hoe het afliep"),
    "poster": lazy("Posters en links"),
}
_NOT_SHARED = lazy("niet gedeeld")
# In the order in which they are shown; other views go by the alphabet.
_WORDS: dict[str, dict[str, Promise]] = {
    "first_human": {
        "1h": lazy("binnen een uur"), "4h": lazy("binnen vier uur"), "1d": lazy("binnen een dag"),
        "3d": lazy("binnen drie dagen"), "later": lazy("later"), "none": lazy("geen contact"),
    },
    "understood": {"understood": lazy("alles begrepen"), "misunderstood": lazy("iets niet begrepen")},
    "promise": {"kept": lazy("op tijd"), "late": lazy("te laat")},
    "ending": {**dict(OUTCOMES), "withdrawn": lazy("ingetrokken door de bewoner")},
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One line of a chart: its width in hundredths of the longest; None for a hidden number."""

    name: str
    count: int | None
    share: int


def last_months(today: dt.date) -> list[str]:
    """The twelve months that are over, the oldest first: this one still moves, and is not shown."""
    numbers = [(today.year * 12 + today.month - 1 - back) for back in range(MONTHS, 0, -1)]
    return [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]


def month_words(month: str) -> str:
    """ "2026-10" as "okt 2026"."""
    year, number = map(int, month.split("-"))
    return date_format(dt.date(year, number, 1), "M Y").lower()


def _name(view: str, group: str) -> str:
    if view in ("language", "contact"):
        return language_name(group).in_dutch or str(_NOT_SHARED)
    if view == "door":
        return intent_words(group) or str(lazy("iets anders"))
    if view == "poster":
        return _hangs(group)
    return str(_WORDS.get(view, {}).get(group) or group or _NOT_SHARED)


def _hangs(code: str) -> str:
    """``poster-3061-p7-h12`` as "3061 Buurthuis, Fatma"; what is gone, or of before, by its neighbourhood."""
    area, *parts = code.removeprefix("poster-").split("-")
    numbers = {part[0]: int(part[1:]) for part in parts if part[1:].isdecimal()}
    place = Place.objects.filter(pk=numbers.get("p")).first()
    helper = Helper.objects.filter(pk=numbers.get("h")).first()
    return f"{area} {', '.join(filter(None, (place and place.name, helper and helper.first_name)))}".strip()


def reach(team: Team, view: str) -> Table:
    """People by ``view`` × month; a person counts once a month."""
    months = last_months(timezone.localdate())
    found = Tally.objects.filter(team=team, view=view, month__in=months).values_list("group", "month", "count")
    counts: Counter[tuple[str, str]] = Counter()
    for group, month, count in found:
        counts[_name(view, group), month] += count
    order = [str(words) for words in _WORDS.get(view, {}).values()]
    rows = sorted({name for name, _ in counts}, key=lambda name: (order.index(name) if name in order else len(order), name))
    return protect(rows, months, counts)


def sums(team: Team, view: str) -> dict[str, int]:
    """The bare counts of the last twelve months by group: for shares, which check the threshold themselves."""
    found = Tally.objects.filter(team=team, view=view, month__in=last_months(timezone.localdate()))
    return dict(found.values_list("group").annotate(Sum("count")))


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
