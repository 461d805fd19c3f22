"""Activities as a calendar: what other programs read and write (iCalendar, through the ``icalendar`` library)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from icalendar import Calendar, Event, vRecur

from .exceptions import NotACalendar
from .models import Activity, Place

__all__ = ["export_calendar", "import_calendar"]

_HOUR = dt.timedelta(hours=1)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MOST = 200
# What a weekly rule may say and still be a weekday, a time and a last day.
_KNOWN = {"FREQ", "INTERVAL", "BYDAY", "UNTIL", "WKST"}
# What an entry says once, and an entry that says it twice or illegibly does not say.
_ONCE = ("uid", "summary", "dtstart", "rrule", "status", "recurrence-id")


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


def _clock(at: dt.datetime) -> dt.datetime:
    """On the clock of the municipality, which an entry without a time zone means; at the end of all time as it is."""
    return timezone.localtime(at) if at.tzinfo and at.year < dt.MAXYEAR else at


def _is_every_week(rule: vRecur, starts: dt.datetime) -> bool:
    """Every week without an end in numbers, on the weekday of its start: what an activity can say."""
    plain = set(rule) <= _KNOWN and rule.get("freq") == ["WEEKLY"] and rule.get("interval", [1]) == [1]
    return plain and rule.get("byday", [_DAYS[starts.weekday()]]) == [_DAYS[starts.weekday()]]


def _last_day(rule: vRecur, at: dt.datetime) -> dt.date | None:
    """UNTIL as a day; where it is a moment before the activity begins that day, the day before it."""
    until = rule["until"][0] if "until" in rule else None
    if not isinstance(until, dt.datetime):
        return until
    until = _clock(until)
    return until.date() - dt.timedelta(days=until.time() < at.time())


def _day(at: dt.date) -> dt.date:
    return _clock(at).date() if isinstance(at, dt.datetime) else at


def _leaves_out(event: Event, today: dt.date) -> bool:
    """Whether a date from today on is left out; what was left out before changes nothing."""
    found = event.get("exdate", [])
    return any(_day(each.dt) >= today for dates in (found if isinstance(found, list) else [found]) for each in dates.dts)


def _moved(entries: list[Event], today: dt.date) -> set[str]:
    """The uids of series of which a date from today on was moved or cancelled: an entry of its own says so."""
    dates = [e for e in entries if "recurrence-id" in e and _is_legible(e)]
    apart = [e for e in dates if _day(e.decoded("recurrence-id")) >= today]
    return {_uid(e) for e in apart if _is_cancelled(e) or e.get("dtstart") != e["recurrence-id"]}


def _one(event: Event, today: dt.date) -> tuple[str, dict] | None:
    """(uid, what to store) of an entry with a title and a time; None for what an activity cannot say, such as a whole day, every
    other week or a date left out: told as every week it would send people to a closed door.
    """
    title, starts, rule = str(event.get("summary", "")).strip(), event.get("dtstart"), event.get("rrule")
    if not _is_legible(event) or not title or starts is None or not isinstance(starts.dt, dt.datetime):
        return None
    if "recurrence-id" in event or _is_cancelled(event) or _leaves_out(event, today):
        return None
    if starts.dt.year == dt.MAXYEAR or (rule is not None and not _is_every_week(rule, starts.dt)):
        return None
    at = _clock(starts.dt)
    when = {
        "weekday": at.isoweekday(), "time": at.time().replace(tzinfo=None), "on_date": at.date() if rule is None else None,
        "until": _last_day(rule, at) if rule is not None else None,
    }  # fmt: skip
    return _uid(event), {"titles": {"nl": title[:80]}, **when}


def _is_legible(event: Event) -> bool:
    broken = {str(name).lower() for name, _ in event.errors}
    return not broken & {*_ONCE, "exdate"} and not any(isinstance(event.get(name), list) for name in _ONCE)


def _uid(event: Event) -> str:
    found = event.get("uid", "")
    return str(found[0] if isinstance(found, list) else found)[:200]


def _is_cancelled(event: Event) -> bool:
    return str(event.get("status", "")).upper() == "CANCELLED"


def _switch_off(uids: set[str], place: Place) -> None:
    """Told no more, until a calendar says again that they are on; what somebody switched off at the desk stays theirs."""
    Activity.objects.filter(uid__in=uids, place=place, active=True).update(active=False, off_by_calendar=True)


def _keep(uid: str, place: Place, values: dict) -> None:
    Activity.objects.update_or_create(uid=uid, place=place, defaults=values)
    Activity.objects.filter(uid=uid, place=place, off_by_calendar=True).update(active=True, off_by_calendar=False)


def import_calendar(content: bytes, place: Place) -> tuple[int, int]:
    """(added or brought up to date, passed over) of a calendar's entries, at ``place``; the same file twice adds nothing.

    What is cancelled in it, or no longer every week, is told no more. Raises NotACalendar.
    """
    try:
        entries, today = [e for e in Calendar.from_ical(content).walk("VEVENT")][:_MOST], timezone.localdate()
        moved = _moved(entries, today)
        kept = [found for e in entries if (found := _one(e, today)) and found[0] and found[0] not in moved]
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise NotACalendar from error
    for uid, values in kept:
        _keep(uid, place, values)
    # A date of a series that is in the file without its series says nothing of the others, unless it was moved.
    named = moved | {_uid(e) for e in entries if "recurrence-id" not in e}
    _switch_off(named - {uid for uid, _ in kept} - {""}, place)
    return len(kept), len(entries) - len(kept)
