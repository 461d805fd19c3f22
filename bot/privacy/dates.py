"""Dates of birth go; deadlines, appointments and opening hours stay."""

from __future__ import annotations

import datetime
import re
from itertools import pairwise

from .claims import Claims

__all__ = ["claim_births", "protect_dates_and_times"]

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)[0-9]{2}"
_DATE = re.compile(
    rf"(?<![0-9])(?<![0-9][-./])"
    rf"(?:{_DAY}( ?[-./] ?){_MONTH}\1(?P<year>{_YEAR})|(?P<first>{_YEAR})([-./]){_MONTH}\4{_DAY})(?![0-9])"
)
_BORN_YEAR = r"(?:1[34]|19|20)[0-9]{2}"  # the Persian calendar counts 13xx and 14xx
_GEEZ = r"[1-9፲-፼]{1,6}"  # after the shadow: ፩-፱ are digits there
_SEP, _NAME = r" ?[-./ ] ?", r"[^\W\d_]{3,12}"
_BORN_DATE = re.compile(
    rf"(?<![0-9])(?:{_DAY}{_SEP}{_MONTH}{_SEP}(?:{_BORN_YEAR}|'?[0-9]{{2}})|{_BORN_YEAR}{_SEP}{_MONTH}{_SEP}{_DAY}|[0-9]{{8}}|[0-9]{{6}}"
    rf"|{_DAY}(?:e|ste|th|st|nd|rd|\.)?[ -](?:of |de |di )?{_NAME}\.?,?[ -](?:van |de |di )?(?:{_BORN_YEAR}|'[0-9]{{2}})"
    rf"|{_GEEZ}{_SEP}{_GEEZ}{_SEP}{_GEEZ}"
    rf"|{_NAME} {_DAY}(?:th|st|nd|rd)?,? {_BORN_YEAR})(?![0-9])"
)
_BORN = (
    r"(?:\bgeb(?:oren|oorte\w{0,8})?\b|geboortedatum|\bborn\b|date of birth|birth ?-?date|\bdob\b|dogum\w{0,8}|dogdu\w{0,4}"
    r"|ولدت|ولد\b|مولود|مواليد|الميلاد|ميلادي|تولد"
    r"|urodz\w{0,6}|nasementu|nacimiento|\bnaci\b|\bnacid[oa]\b|\bnase\b|dhala\w{0,6}"
    r"|dhashay|tzad\w{1,3}\b|متولد|تزاد|народж|ልደት|ተወሊድ|ne\(?e?\)? le|народив|народил|рожден|родил)"
)
_BORN_BEFORE = re.compile(rf"(?i){_BORN}(?P<between>[^\n]{{0,32}})$")
_BORN_AFTER = re.compile(rf"(?i)[^\n\d]{{0,14}}?{_BORN}")
_DEADLINE = re.compile(r"(?i)\b(?:voor|uiterlijk|betalen|moet|tot|before|until|must|pay|kadar|once)\b|قبل|حتى|[.;!?]\s")
_PERSON = re.compile(
    r"(?i)(?:\bzoon|\bdochter|\bkind|\bbaby|\bman\b|\bvrouw\b|\bson\b|daughter|\bchild|\bogl|\bkizi|cocu|ابن|بنت|طفل|زوج)[^\n\d]{0,25}$"
)
_CLOCK = r"(?:[01]?[0-9]|2[0-4])[.:][0-5][0-9](?![0-9])"
_TIME = re.compile(rf"(?<![0-9.:]){_CLOCK}(?:(?![.:-][0-9])|(?=-{_CLOCK}))")
_TIME_CUE = re.compile(r"(?i)\s?(?:uur|u\b|h\b|hrs|saat|de\b|da\b|الساعة)")
_BETWEEN_TIMES = re.compile(r"(?i)\s{0,2}(?:-|/|en|tot|t/m|to|and|ve|of|,)?\s{0,2}$")


def _born(text: str, start: int, end: int) -> bool:
    before = _BORN_BEFORE.search(text[max(0, start - 48) : start])
    if before and not _DEADLINE.search(before["between"].lstrip(". ")):
        return True
    return bool(_BORN_AFTER.match(text[end : end + 32]))


def claim_births(claims: Claims) -> None:
    """Dates beside a word of birth, full dates of the last century, and those of a person in years gone by."""
    for match in _BORN_DATE.finditer(claims.text):
        if _born(claims.text, *match.span()):
            claims.take(*match.span(), "birth", claims.shadow.typed(*match.span()))
    recent = datetime.date.today().year - 1
    for match in _DATE.finditer(claims.text):
        year = int(match["year"] or match["first"])
        person = year < recent and _PERSON.search(claims.text[max(0, match.start() - 36) : match.start()])
        if year < 2000 or person:
            claims.take(*match.span(), "birth", claims.shadow.typed(*match.span()))


def protect_dates_and_times(claims: Claims) -> None:
    """Full dates, and times that stand beside another time or the word for hour, are no part of a number."""
    for match in _DATE.finditer(claims.text):
        claims.protect(*match.span())
    times = list(_TIME.finditer(claims.text))
    for one, two in pairwise(times):
        if two.start() - one.end() <= 8 and _BETWEEN_TIMES.match(claims.text[one.end() : two.start()]):
            claims.protect(one.start(), two.end())
    for match in times:
        if _TIME_CUE.match(claims.text, match.end()):
            claims.protect(*match.span())
