"""What there is to do nearby."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from .hours import is_closed_day
from .models import Activity
from .when import moment_words

__all__ = ["Upcoming", "upcoming"]

# A holiday may cancel the next time or two.
_WEEKS_AHEAD = 3


@dataclass(frozen=True)
class Upcoming:
    """An activity and when it is next (aware)."""

    activity: Activity
    starts: dt.datetime

    def title(self, tag: str) -> str:
        """In ``tag``, else in Dutch."""
        return self.activity.titles.get(tag) or self.activity.titles["nl"]

    def values(self, tag: str, now: dt.datetime) -> dict[str, str]:
        """What activities.one and activities.one_alone need; ``person`` only where somebody is named who still works here."""
        when, helper = _capital(moment_words(self.starts, now, tag)), self.activity.helper
        values = {"title": self.title(tag), "when": when, "place": self.activity.place.name}
        return {**values, "person": helper.first_name} if helper and helper.active else values


def _capital(words: str) -> str:
    """The words open a sentence (no day or "today" of ours begins with the Turkish i)."""
    return words[:1].upper() + words[1:]


def _next_time(activity: Activity, now: dt.datetime) -> dt.datetime | None:
    """The next beginning after ``now``; none is told on a public holiday."""
    local = timezone.localtime(now)
    if activity.on_date:
        at = dt.datetime.combine(activity.on_date, activity.time, local.tzinfo)
        return at if at > local else None
    first = local.date() + dt.timedelta(days=(activity.weekday - local.isoweekday()) % 7)
    days = (first + dt.timedelta(weeks=n) for n in range(_WEEKS_AHEAD + 1))
    starts = (
        dt.datetime.combine(day, activity.time, local.tzinfo) for day in days if not is_closed_day(day) and _runs(activity, day)
    )
    return next((at for at in starts if at > local), None)


def _runs(activity: Activity, day: dt.date) -> bool:
    return not is_closed_day(day) and (activity.until is None or day <= activity.until)


def upcoming(area: str, now: dt.datetime, limit: int = 3) -> list[Upcoming]:
    """The next activities (``now`` aware): those at a place in ``area`` first (four digits or empty), then by time."""
    found = Activity.objects.filter(active=True, place__active=True).select_related("place", "helper")
    times = [Upcoming(activity, at) for activity in found if (at := _next_time(activity, now))]
    return sorted(times, key=lambda u: (not area or area not in u.activity.place.address, u.starts))[:limit]
