"""How well residents are understood, week after week: a picture, the table behind it, and what turned."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bot.learning.drift import KINDS, last_week, weeks_of
from bot.learning.models import WeekCount

from ..access import staff_only
from ..drift_words import COLUMNS, as_table, language, pictured, turn_words, turns
from ..roles import Role, Staff

__all__ = ["drift"]


@require_safe
@staff_only(frozenset({Role.MAINTAINER}))
def drift(request: HttpRequest, staff: Staff) -> HttpResponse:
    """One language's weeks."""
    week = last_week(timezone.now())
    known = sorted(WeekCount.objects.values_list("language", flat=True).distinct(), key=language)
    tag = request.GET.get("tag", "")
    tag = tag if tag in known else next(iter(known), "")
    table = as_table(weeks_of(tag, week))
    lines = list(zip(table.rows, table.cells, table.row_totals))
    shown = {
        "helper": None, "staff": staff, "tag": tag, "name": language(tag) if tag else "",
        "languages": [(t, language(t)) for t in known], "notes": [turn_words(turn) for turn in turns(week)],
        "lines": lines, "weeks": pictured(table), "columns": [COLUMNS[kind] for kind in KINDS],
    }  # fmt: skip
    return render(request, "desk/drift.html", shown)
