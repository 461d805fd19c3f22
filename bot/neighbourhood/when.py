"""Sayable times: "vandaag vóór 17 uur", "maandag", "morgen om 9 uur", in the resident's language."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_time
from django.utils import timezone

from bot.language.catalogue import render
from bot.language.tags import babel_locale

__all__ = ["date_words", "day_words", "moment_words", "promise_words", "round_up"]

_QUARTER = dt.timedelta(minutes=15)
_WEEK = 7


def _text(key: str, tag: str, **values: Any) -> str:
    return render(key, tag, **values).text


def _day(day: dt.date, today: dt.date, tag: str) -> str:
    """ "maandag" within a week either way, else "23 november"."""
    near = abs((day - today).days) < _WEEK
    return format_date(day, "EEEE" if near else "d MMMM", locale=babel_locale(tag))


def _clock(at: dt.datetime, tag: str) -> str:
    """ "17 uur", "17:30 uur"; 12 or 24 hours as the language does."""
    locale = babel_locale(tag)
    if at.minute:
        return _text("when.time", tag, time=format_time(at.timetz(), "short", locale=locale))
    twelve_hours = "a" in str(locale.time_formats["short"])
    return _text("when.hour", tag, hour=format_time(at.timetz(), "h a" if twelve_hours else "H", locale=locale))


def round_up(at: dt.datetime) -> dt.datetime:
    """To the next quarter: the time that is said and the time that counts are the same."""
    floor = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    return floor if floor == at else floor + _QUARTER


def _words(kind: str, at: dt.datetime, now: dt.datetime, tag: str) -> str:
    today, clock = timezone.localdate(now), _clock(at, tag)
    days = (at.date() - today).days
    if days in (0, 1):
        return _text(f"when.{('today', 'tomorrow')[days]}_{kind}", tag, time=clock)
    return _text(f"when.day_{kind}", tag, day=_day(at.date(), today, tag), time=clock)


def promise_words(due: dt.datetime | None, now: dt.datetime, tag: str) -> str:
    """The {when} of a promise: "morgen vóór 12 uur"; for None, when the team's hours are unknown, without a time."""
    if due is None:
        return _text("when.open_again", tag)
    return _words("before", round_up(timezone.localtime(due)), now, tag)


def moment_words(at: dt.datetime, now: dt.datetime, tag: str) -> str:
    """When something begins: "donderdag om 18 uur"."""
    return _words("at", timezone.localtime(at), now, tag)


def day_words(at: dt.datetime, now: dt.datetime, tag: str) -> str:
    """The day something happened: "vandaag", "gisteren", "maandag", "2 november"."""
    return _day_words(timezone.localdate(at), timezone.localdate(now), tag)


@lru_cache(maxsize=512)  # two hundred messages of one page fall on a few days
def _day_words(day: dt.date, today: dt.date, tag: str) -> str:
    days = (today - day).days
    return _text(f"when.{('today', 'yesterday')[days]}", tag) if days in (0, 1) else _day(day, today, tag)


def date_words(at: dt.datetime, tag: str) -> str:
    """An appointment in full, since "tomorrow" is read another day: "donderdag 26 november om 14:30 uur"."""
    local = timezone.localtime(at)
    day = format_date(local.date(), "EEEE d MMMM", locale=babel_locale(tag))
    return _text("when.day_at", tag, day=day, time=_clock(local, tag))
