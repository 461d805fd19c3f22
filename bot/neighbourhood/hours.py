"""Opening hours of a team: when it is open, by when somebody reads, and how to say that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import holidays
from django.utils import timezone

from .models import Helper, Team
from .when import promise_words, round_up

__all__ = ["OpeningDay", "due_at", "is_closed_day", "is_open", "opening", "openings", "presences", "promise_words"]

_NOON = dt.time(12)
# A promise for today needs this much of the day; the same time must lie between opening and a promised noon.
_ENOUGH = dt.timedelta(minutes=60)
# Beyond this many days nobody knows.
_HORIZON_DAYS = 30


@dataclass(frozen=True)
class OpeningDay:
    """When a team opens and closes on one day; both aware."""

    opens: dt.datetime
    closes: dt.datetime


@cache
def _dutch_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("NL")


def is_closed_day(day: dt.date) -> bool:
    """Whether ``day`` is a public holiday in the Netherlands."""
    return day in _dutch_holidays()


def _local(at: dt.datetime) -> dt.datetime:
    """``at`` on the clock of the municipality. Raises ValueError for a naive time."""
    if timezone.is_naive(at):
        raise ValueError("This time has no time zone. Give an aware datetime.")
    return at.astimezone(timezone.get_default_timezone())


def opening(team: Team, day: dt.date) -> OpeningDay | None:
    """The hours on ``day``, or None when the team is closed all day."""
    return None if is_closed_day(day) or day.isoformat() in team.closed else _hours_on(day, team.hours)


def _hours_on(day: dt.date, hours: dict[str, list[str]]) -> OpeningDay | None:
    times = hours.get(str(day.isoweekday()))
    if not times:
        return None
    zone = timezone.get_default_timezone()
    opens, closes = (dt.datetime.combine(day, dt.time.fromisoformat(t), zone) for t in times)
    return OpeningDay(opens, closes) if opens < closes else None


def openings(team: Team, start: dt.date) -> Iterator[OpeningDay]:
    """The opening days from ``start`` on, as far as anybody knows."""
    days = (start + dt.timedelta(days=n) for n in range(_HORIZON_DAYS))
    return (found for day in days if (found := opening(team, day)))


def presences(helper: Helper, start: dt.date) -> Iterator[OpeningDay]:
    """When ``helper`` is there from ``start`` on: the team's openings, within the own hours and outside absences."""
    away = list(helper.absences.filter(last_day__gte=start))
    for day in openings(helper.team, start):
        if any(each.first_day <= day.opens.date() <= each.last_day for each in away):
            continue
        own = _hours_on(day.opens.date(), helper.hours) if helper.hours else day
        if own and max(own.opens, day.opens) < min(own.closes, day.closes):
            yield OpeningDay(max(own.opens, day.opens), min(own.closes, day.closes))


def is_open(team: Team, at: dt.datetime) -> bool:
    """Whether somebody of the team is there at ``at`` (aware, else ValueError)."""
    at = _local(at)
    today = opening(team, at.date())
    return today is not None and today.opens <= at < today.closes


def due_at(team: Team, now: dt.datetime, *, minutes: int | None = None) -> dt.datetime | None:
    """By when the team reads what is stored ``now`` (aware, else ValueError); None when nobody's hours are known.

    With at least an hour of the day left: before closing time. Else by noon of the next opening day.
    ``minutes`` counts that many open minutes from ``now`` instead (urgent: 60). Always a quarter, as it is said.
    """
    now = _local(now)
    due = _after_open_minutes(team, now, dt.timedelta(minutes=minutes)) if minutes is not None else _by_hours(team, now)
    return round_up(due) if due else None


def _by_hours(team: Team, now: dt.datetime) -> dt.datetime | None:
    today = opening(team, now.date())
    if today and today.closes - max(now, today.opens) >= _ENOUGH:
        return today.closes
    following = next(openings(team, now.date() + dt.timedelta(days=1)), None)
    return _by_noon(following) if following else None


def _by_noon(day: OpeningDay) -> dt.datetime:
    """Noon, unless the day begins too late for it or ends before."""
    noon = dt.datetime.combine(day.opens.date(), _NOON, day.opens.tzinfo)
    return noon if day.opens + _ENOUGH <= noon <= day.closes else day.closes


def _after_open_minutes(team: Team, now: dt.datetime, left: dt.timedelta) -> dt.datetime | None:
    for day in openings(team, now.date()):
        start = max(now, day.opens)
        if start + left <= day.closes:
            return start + left
        left -= max(day.closes - start, dt.timedelta())
    return None
