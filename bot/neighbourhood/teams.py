"""Which team a message is for, and the number that answers now."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from bot.facts import tellable

from .hours import due_at, is_open
from .models import Helper, Team

__all__ = ["number_now", "pick_team", "readers", "reading_teams"]


def readers() -> QuerySet[Helper]:
    """Who is sure to see whatever is open in their team: a wish may keep a key person out, never a worker or a coordinator."""
    kinds = Q(kind=Helper.Kind.WORKER) | Q(coordinator=True)
    return Helper.objects.filter(kinds, active=True, user__is_active=True)


def reading_teams() -> QuerySet[Team]:
    """The teams in which somebody sees what is open: elsewhere a request would lie unseen."""
    return Team.objects.filter(Exists(readers().filter(team=OuterRef("pk"))))


def pick_team(area: str, now: dt.datetime) -> Team | None:
    """The team of ``area`` (four digits or empty); else the first that is open, else the first with hours, else any.

    None where nobody is in any team.
    """
    teams = list(reading_teams().order_by("pk"))
    return (
        next((team for team in teams if area and area in team.areas), None)
        or next((team for team in teams if is_open(team, now)), None)
        or next((team for team in teams if due_at(team, now)), None)
        or next(iter(teams), None)
    )


def number_now(team: Team, now: dt.datetime) -> str | None:
    """A checked number that answers at ``now``: the teams' in office hours, else the one of who is on call."""
    key = "fact_team_phone" if is_open(team, now) else "fact_on_call_phone"
    return tellable(timezone.localdate(now)).get(key)
