"""Activities as a calendar: what other programs read and write (iCalendar, through the ``icalendar`` library)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from icalendar import Calendar, Event

from .exceptions import NotACalendar
from .models import Activity, Place

__all__ = ["export_calendar", "import_calendar"]

_HOUR = dt.timedelta(hours=1)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MOST = 200


def _event(activity: Activity, today: dt.date) -> Event:
    day = activity.on_date or today + dt.timedelta(days=(activity.weekday - today.isoweekday()) % 7)
    starts = dt.datetime.combine(day, activity.time, timezone.get_default_timezone())
    event = Event()
    event.add("uid", activity.uid or f"activity-{activity.pk}@aanspraak")
    event.add("summary", activity.titles["nl"])
    event.add("dtstamp", timezone.now())
    event.add("dtstart", starts)
    event.add("dtend", starts + _HOUR)
    event.add("location", ", ".join(filter(None, (activity.place.name, activity.place.address))))
    if not activity.on_date:
        until = {"until": activity.until} if activity.until else {}
        event.add("rrule", {"freq": "weekly", "byday": _DAYS[activity.weekday - 1], **until})
    return event


def export_calendar() -> bytes:
    """Every running activity as one .ics file, with Dutch titles; no helper is named in it."""
    calendar, today = Calendar(), timezone.localdate()
    calendar.add("prodid", "-//Aanspraak//activiteiten//NL")
    calendar.add("version", "2.0")
    for activity in Activity.objects.filter(active=True, place__active=True).select_related("place").order_by("pk"):
        calendar.add_component(_event(activity, today))
    return calendar.to_ical()


def _one(event: Event) -> tuple[str, dict] | None:
    """(uid, what to store) of an entry with a title and a time; None for anything else, such as a whole day."""
    title, starts = str(event.get("summary", "")).strip(), event.get("dtstart")
    if not title or starts is None or not isinstance(starts.dt, dt.datetime):
        return None
    at = timezone.localtime(starts.dt) if starts.dt.tzinfo else starts.dt
    rule = event.get("rrule")
    weekly = rule is not None and rule.get("freq") == ["WEEKLY"]
    if rule is not None and not weekly:
        return None
    until = rule["until"][0] if weekly and "until" in rule else None
    when = {
        "weekday": at.isoweekday(), "time": at.time().replace(tzinfo=None), "on_date": None if weekly else at.date(),
        "until": until.date() if isinstance(until, dt.datetime) else until,
    }  # fmt: skip
    return str(event.get("uid", ""))[:200], {"titles": {"nl": title[:80]}, **when}


def import_calendar(content: bytes, place: Place) -> tuple[int, int]:
    """(added or brought up to date, passed over) of a calendar's entries, at ``place``; the same file twice adds nothing.

    Raises NotACalendar.
    """
    try:
        entries = [e for e in Calendar.from_ical(content).walk("VEVENT")][:_MOST]
    except (ValueError, IndexError, KeyError) as error:
        raise NotACalendar from error
    kept = 0
    for found in map(_one, entries):
        if found is None or not found[0]:
            continue
        uid, values = found
        Activity.objects.update_or_create(uid=uid, place=place, defaults=values)
        kept += 1
    return kept, len(entries) - kept
