"""How well each week was understood, for the page and the mail: every number comes out of ``suppression.protect``."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from bot.learning.drift import KINDS, Turn, turn_of, weeks_of
from bot.learning.models import WeekCount

from .suppression import Table, protect
from .words import language_name

__all__ = ["COLUMNS", "Week", "as_table", "language", "last_counted", "pictured", "turn_words", "turns"]

COLUMNS = {
    "understood": lazy("begrepen"), "unsure": lazy("onzeker"), "misunderstood": lazy("teruggevraagd"),
    "corrected": lazy("verbeterd"), "person": lazy("meteen een mens"),
}  # fmt: skip


@dataclass(frozen=True)
class Week:
    """One line of the picture: the share that was not understood well in hundredths; None where it is hidden."""

    name: str
    share: int | None


def language(tag: str) -> str:
    return language_name(tag).in_dutch or tag


def as_table(weeks: list[WeekCount]) -> Table:
    """Weeks × kinds, small numbers hidden and what would give them away."""
    counts = {(str(week.week), kind): getattr(week, kind) for week in weeks for kind in KINDS}
    return protect([str(week.week) for week in weeks], KINDS, counts)


def pictured(table: Table) -> list[Week]:
    """The same as a picture, out of what the table shows and nothing else."""
    lines = zip(table.rows, table.cells, table.row_totals)
    return [Week(name, _share(cells[KINDS.index("understood")], total)) for name, cells, total in lines]


def _share(understood: int | None, total: int | None) -> int | None:
    return None if understood is None or not total else round(100 * (total - understood) / total)


def last_counted(until: dt.date) -> list[str]:
    """Languages that have a count of the week that begins on ``until``."""
    return sorted(WeekCount.objects.filter(week=until).values_list("language", flat=True), key=language)


def turns(until: dt.date) -> list[Turn]:
    """Where the week differs from the four before it."""
    found = (turn_of(weeks_of(tag, until)) for tag in last_counted(until))
    return [turn for turn in found if turn]


def turn_words(turn: Turn) -> str:
    """One plain sentence."""
    told = {"language": language(turn.language), "now": round(100 * turn.now), "before": round(100 * turn.before)}
    if turn.worse:
        return _("%(language)s: slechter begrepen. Van honderd berichten ging het bij %(now)s mis, eerder bij %(before)s.") % told
    return _("%(language)s: beter begrepen. Van honderd berichten ging het bij %(now)s mis, eerder bij %(before)s.") % told
