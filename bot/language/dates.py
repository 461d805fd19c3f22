"""A day that a message names: "12 december", "12-12-2026", "vrijdag", "yarın". Names of months and days come from Babel."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from itertools import product

from .fold import fold
from .tags import UNDERSTOOD, babel_locale
from .wishes import day_words, weekday_words

__all__ = ["read_date"]

_NUMERIC = re.compile(r"(?<![\d.,])([0-3]?\d)\s?[-/.]\s?([01]?\d)(?:\s?[-/.]\s?(20\d\d|\d\d))?(?![\d,]|\.\d)")
_ISO = re.compile(r"(?<!\d)(20\d\d)-([01]\d)-([0-3]\d)(?!\d)")
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_WIDTHS, _CONTEXTS = ("wide", "abbreviated"), ("format", "stand-alone")
_SHORTEST_NAME = 3


def _names(kind: str, tag: str) -> dict[str, int]:
    """Folded names of months (1 to 12) or days (0 is Monday) in one language."""
    table = getattr(babel_locale(tag), kind)
    found = {}
    for context, width in product(_CONTEXTS, _WIDTHS):
        for number, name in table[context][width].items():
            if len(plain := fold(name)) >= _SHORTEST_NAME:
                found.setdefault(plain, int(number))
    return found


@cache
def _months(tag: str) -> tuple[re.Pattern[str], dict[str, int]]:
    """What is said in ``tag`` or, as anybody in the Netherlands may, in Dutch."""
    months = {**_names("months", "nl"), **_names("months", tag)}
    return _day_of_month(months), months


@cache
def _weekdays(tag: str) -> tuple[tuple[int, re.Pattern[str]], ...]:
    """(day, pattern); many languages inflect the name of a day, and the own data know what is typed."""
    own = [(number, re.compile(rf"\b{_inflected(name)}\b")) for name, number in _names("days", tag).items()]
    dutch = [(number, re.compile(rf"\b{name}\b")) for name, number in _names("days", "nl").items()]
    return (*weekday_words(tag), *own, *dutch)


def _inflected(name: str) -> str:
    return rf"{re.escape(name[:-1])}\w{{0,3}}" if len(name) > _SHORTEST_NAME + 1 else re.escape(name)


def _any_of(names: dict[str, int]) -> str:
    """One of ``names``, also with an ending: "31 aralığa kadar", "do 15 grudnia"."""
    return "|".join(_inflected(name) for name in sorted(names, key=len, reverse=True))


def _month(said: str, names: dict[str, int]) -> int:
    """The number of the month whose name ``said`` is, or begins like."""
    fitting = (name for name in sorted(names, key=len, reverse=True) if re.fullmatch(_inflected(name), said))
    return names[said] if said in names else names[next(fitting)]


def _day_of_month(months: dict[str, int]) -> re.Pattern[str]:
    names = _any_of(months)
    day_first = rf"(?P<day>[0-3]?\d) (?:\w{{1,3}} )?(?P<month>{names})"
    return re.compile(rf"\b(?:{day_first}|(?P<month2>{names}) (?P<day2>[0-3]?\d))(?: (?P<year>20\d\d))?\b")


def _made(day: str, month: int, year: str | None, today: date) -> date | None:
    """The date, of this year or the coming one where no year is said; None when there is no such day."""
    try:
        if year:
            return date(int(year) % 100 + 2000, month, int(day))
        this_year = date(today.year, month, int(day))
    except ValueError:
        return None
    # A letter of last month is in the past; "12 januari" in December is not.
    return this_year if this_year >= today - timedelta(days=90) else date(today.year + 1, month, int(day))


def _numeric(text: str, today: date) -> date | None:
    if found := _ISO.search(text):
        return _made(found[3], int(found[2]), found[1], today)
    found = _NUMERIC.search(text)
    return _made(found[1], int(found[2]), found[3], today) if found else None


def read_date(text: str, tag: str, today: date) -> date | None:
    """The first day that ``text`` names, seen from ``today``; None when it names none.

    >>> read_date("we moeten er vrijdag uit", "nl", date(2026, 11, 22))
    datetime.date(2026, 11, 27)
    """
    tag = tag if tag in UNDERSTOOD else "nl"
    text = text[:2000].translate(_DIGITS)
    if found := _numeric(text, today):
        return found
    folded = fold(text)
    months, month_numbers = _months(tag)
    if match := months.search(folded):
        month = _month(match["month"] or match["month2"], month_numbers)
        return _made(match["day"] or match["day2"], month, match["year"], today)
    for away, pattern in day_words(tag):
        if pattern.search(folded):
            return today + timedelta(days=away)
    weekday = next((number for number, pattern in _weekdays(tag) if pattern.search(folded)), None)
    return None if weekday is None else today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
