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
    r"(?i)(?:\b(?:zoon(?:s|tjes?)?|dochter(?:s|tjes?)?|kind(?:eren|jes?)?|man|vrouw|baby|sons?|daughters?|child(?:ren)?)\b"
    r"|\b(?:ogl|kizi)\w{0,6}|cocu\w{0,8}|(?:ابن|بنت|طفل|زوج)\w{0,4})"
)
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_OF_A_NAME = frozenset(
    ("is", "van", "heet", "genaamd", "named", "called", "geb", "de", "der", "den", "el", "al", "bin", "ben", "adi")
)
# What happens to somebody on a day: "mijn man kreeg 01-02-2024 een brief".
_HAPPENS = re.compile(
    r"(?i)(?:kreeg|krijg\w*|begin\w*|begon\w*|ontsl\w*|sinds|per|vanaf|op|heeft|had|moet|moest|kan|gaat|ging|ontv\w*|stopt?e?|gestopt|werk\w*"
    r"|ziek\w*|overl\w*|verhuis\w*|school|brief|start\w*|tot|voor|komt|kwam|vertr\w*|trouw\w*|afspraak|wordt|werd|verloor|raakte|uiterlijk|zijn|haar|zit|dat|die"
    r"|uitkering|toeslag|contract|baan|huur|rekening|boete|schuld\w*|his|her"
    r"|got|gets|since|from|has|have|was|will|received|lost|began|left|on|at|until|before|due|appointment|letter"
    r"|basla\w*|aldi|gitti|geldi|oldu|isten|mektup|okul\w*|بدا\w*|يبدا|تبدا|منذ|من|في|حصل\w*|استلم\w*|تلق\w*|قبل|مدرس\w*)$"
)
_HAPPENED = re.compile(
    r",? ?(?:(?:een|de|het|naar|tot|ziek|werkloos|a|to|until|the|got|started|moved|died|isten)\b|basla|okul|aldi|gitti"
    r"|(?!geb)(?:ge|ver|ont|over|be)[a-z]{2,}(?:d|t|en)\b)"
)
_SAID = re.compile(r"\s{0,2}(?:$|[\n,;.!?)&]|(?:en|and|ve)\b|و)")
_CLOCK = r"(?:[01]?[0-9]|2[0-4])[.:][0-5][0-9](?![0-9])"
_TIME = re.compile(rf"(?<![0-9.:]){_CLOCK}(?:(?![.:-][0-9])|(?=-{_CLOCK}))")
_TIME_CUE = re.compile(r"(?i)\s?(?:uur|u\b|h\b|hrs|saat|de\b|da\b|الساعة)")
_BETWEEN_TIMES = re.compile(r"(?i)\s{0,2}(?:-|/|en|tot|t/m|to|and|ve|of|,)?\s{0,2}$")


def _born(text: str, start: int, end: int) -> bool:
    before = _BORN_BEFORE.search(text[max(0, start - 48) : start])
    if before and not _DEADLINE.search(before["between"].lstrip(". ")):
        return True
    return bool(_BORN_AFTER.match(text[end : end + 32]))


def _of_a_person(text: str, start: int, end: int) -> bool:
    """Whether a date stands beside a person as it does in a list of a family, with no more than a name between them."""
    window = text[max(0, start - 40) : start]
    person = next(reversed(list(_PERSON.finditer(window))), None)
    between = window[person.end() :] if person else "\n"
    words = _WORD.findall(between)
    if len(between) > 25 or "\n" in between or any(char.isdigit() for char in between) or any(map(_HAPPENS.match, words)):
        return False
    # A name without a capital, or in letters that have none, looks as a verb does: then the date must end what is said.
    plain = [word for word in words if not word[0].isupper() and word not in _OF_A_NAME]
    return len(plain) <= 2 and not _HAPPENED.match(text, end) and (not plain or bool(_SAID.match(text, end)))


def claim_births(claims: Claims) -> None:
    """Dates beside a word of birth, full dates of the last century, and those of a person in years gone by."""
    for match in _BORN_DATE.finditer(claims.text):
        if _born(claims.text, *match.span()):
            claims.take(*match.span(), "birth", claims.shadow.typed(*match.span()))
    recent = datetime.date.today().year - 1
    for match in _DATE.finditer(claims.text):
        year = int(match["year"] or match["first"])
        if year < 2000 or (year < recent and _of_a_person(claims.text, *match.span())):
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
