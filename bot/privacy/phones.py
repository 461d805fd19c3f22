"""Telephone numbers of people. Help lines (0800, 0900, 088, 112, 113, 14 0xx) are no secret and stay."""

from __future__ import annotations

import re

from .claims import Claims, Run
from .numbers import is_money, looks_like_date

__all__ = ["claim_phones", "claim_phones_after_cue"]

# After the country code, digits in all. Where a country is not listed, the longest number of at most 15 is taken.
_LENGTHS = {
    "31": 11, "32": 11, "33": 11, "34": 11, "44": 12, "48": 11, "90": 12, "20": 12, "98": 12, "212": 12, "213": 12,
    "216": 11, "218": 12, "251": 12, "252": 12, "291": 10, "297": 10, "380": 12, "597": 10, "599": 11, "962": 12,
    "963": 12, "964": 13, "966": 12,
}  # fmt: skip
_HELP_LINES = ("0800", "0900", "0906", "0909", "088")
# "bel maandag 12 13 14 15 december", "appen tussen 930 1100": when, and no number.
_WHEN = re.compile(
    r"(?i)(?<!\w)(?:tussen|between|vanaf|from|na|after|voor|before|om|(?:maan|dins|woens|donder|vrij|zater|zon)dag|(?:mon|tues|wednes|thurs|fri"
    r"|satur|sun)day|pazartesi|sali|carsamba|persembe|cuma|cumartesi|pazar|بعد|قبل|بين|من|الساعه|الساعة) {0,2}$"
)
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-4])[0-5][0-9]$")
# Mobile numbers as WhatsApp shows them: the country code, but no plus sign.
_BARE = re.compile(r"(?:316[0-9]{8}|905[0-9]{9}|212[67][0-9]{8})$")
_CUE = re.compile(
    r"(?i)(?:\btel\b|\btel[ef]|\bbel\b|\bbellen|\bappen|\bapp\b|whats ?app|mobiel|\bgsm\b|\bphone|\bcall\b|\bmobile"
    r"|telefon|\bara\b|\barayin|\bcep\b|هاتف|تلفون|جوال|موبايل|واتس|اتصل)[^\n]{0,20}$"
)
# A mobile number as it is said at home without its 0: only beside "my number", for a file has a number too.
_OWN = (
    r"(?:(?:mijn|m'n|my|mi|moj) (?:(?:mobiele?|tel|06)[ -]?)?(?:nummer|nr|number|numero|numer)|numaram|num(?:ero)? dyali"
    r"|رقمي|نمرتي|شماره (?:ام|من)|мі[ий] номер)"
)
_OWN_BEFORE = re.compile(
    rf"(?i)(?:(?<!\w){_OWN}|(?:^|[\n.,;!?(] ?)(?:nummer|number|numer|numero|номер)(?= ?:))"
    r" {0,2}(?:(?:is|es|to|ta|هو|це)(?!\w))?[ :=]{0,3}$"
)
_OWN_BEHIND = re.compile(rf"(?i),? (?:(?:(?:dit |dat |this |that )?is|es|to) {_OWN}|(?:benim )?numaram|(?:هذا |هو )?رقمي)(?!\w)")
_NO_ZERO = re.compile(r"[4-79][0-9]{8}$|5[0-9]{9}$")
_TURKISH = re.compile(r"5[0345][0-9]{8}$")
# A letter for the nought, or a stroke that no other number has.
_ODD = re.compile(
    r"(?<!\w)(?:[oO]6[ .~|/-]{0,3}|06 ?[~|] ?)"
    r"(?:[0-9]{8}|[0-9]{4}[ .~|-][0-9]{4}|[0-9]{2}(?P<sep>[ .~|-])[0-9]{2}(?P=sep)[0-9]{2}(?P=sep)[0-9]{2})(?![0-9])"
)


def _country_length(digits: str) -> int:
    if digits.startswith("310"):
        return 12
    return next((_LENGTHS[digits[:n]] for n in (3, 2) if digits[:n] in _LENGTHS), 0)


def _international(run: Run, first: int, skipped: int) -> int | None:
    """The last group of a number whose country code follows ``skipped`` digits."""
    ends = {n - skipped: last for n, last in run.windows(first)}
    longest = max((n for n in ends if 8 <= n <= 15), default=0)
    if not longest:
        return None
    wanted = _country_length(run.digits(first, ends[longest])[skipped:])
    return ends.get(wanted, ends[longest])


def _national(run: Run, first: int) -> int | None:
    """The last group of a number that begins with a 0."""
    ends = dict(run.windows(first))
    start = run.digits(first, min(first + 5, len(run.groups) - 1))
    if start.startswith(_HELP_LINES):
        lengths = (10,) if start.startswith("088") else (8, 11)
    else:
        # Eleven digits: Turkey (05…), Egypt (01…), Great Britain (07…).
        lengths = (10, 11) if start[:2] in {"01", "05", "07"} else (10,)
    return next((ends[n] for n in lengths if n in ends and _plausible(run, first, ends[n])), None)


def _plausible(run: Run, first: int, last: int) -> bool:
    """No list of days or times: those begin with two digits, and their separators change."""
    lengths = run.lengths(first, last)
    if lengths[:3] == (2, 2, 4) and looks_like_date(run, first, first + 2):
        return False
    return lengths[0] != 2 or run.digits(first, first) == "06" or run.even(first, last)


def _end(run: Run, first: int) -> int | None:
    start = run.groups[first][0]
    if run.text[max(0, start - 2) : start].rstrip(" (").endswith("+"):
        return _international(run, first, 0)
    begin = run.digits(first, min(first + 2, len(run.groups) - 1))
    if begin.startswith("00"):
        return _international(run, first, 2) if begin[2:3] not in {"", "0"} else None
    if begin.startswith("0"):
        return _national(run, first)
    return next((last for n, last in run.windows(first) if n in {11, 12} and _BARE.match(run.digits(first, last))), None)


def _is_help_line(digits: str) -> bool:
    for prefix in ("0031", "31"):
        if digits.startswith(prefix) and not digits.startswith("316"):
            digits = "0" + digits[len(prefix) :].removeprefix("0")
            break
    return digits.startswith(_HELP_LINES)


def _claim(claims: Claims, run: Run, first: int, last: int) -> None:
    start, end = run.span(first, last)
    digits = run.digits(first, last)
    plus = claims.text[max(0, start - 2) : start].rstrip(" (").endswith("+")
    if _is_help_line(digits):
        claims.protect(start, end)
        return
    if plus:
        start = claims.text.rindex("+", 0, start)
    elif claims.text[max(0, start - 1) : start] == "(" and ")" in claims.text[start:end]:
        start -= 1
    claims.take(start, end, "phone", f"+{digits}" if plus else digits)


def claim_phones(claims: Claims) -> None:
    """Numbers that show themselves: 06…, fixed lines, +31…, 0031…, other countries' with + or 00."""
    for match in _ODD.finditer(claims.text):
        claims.take(*match.span(), "phone", "06" + "".join(c for c in match[0][2:] if c.isdigit()))
    for run in list(claims.runs()):
        for first in range(len(run.groups)):
            if not claims.free(*run.groups[first]):
                continue
            last = _end(run, first)
            if last is not None and claims.free(*run.span(first, last)):
                _claim(claims, run, first, last)


def claim_phones_after_cue(claims: Claims) -> None:
    """What is left of 7 to 13 digits right after a word such as "tel" or "ara" is a number to call."""
    for run in list(claims.runs()):
        start = run.groups[0][0]
        last = _without_zero(run)
        if last is not None:
            claims.take(*run.span(0, last), "phone", run.digits(0, last))
            continue
        if not _CUE.search(claims.text[max(0, start - 32) : start]) or run.gap(0) == "/":
            continue
        ends = {n: last for n, last in run.windows(0) if 7 <= n <= 13}
        if ends and not _is_when(run, ends[max(ends)]) and not looks_like_date(run, 0, min(2, len(run.groups) - 1)):
            claims.take(*run.span(0, ends[max(ends)]), "phone", run.digits(0, ends[max(ends)]))


def _is_when(run: Run, last: int) -> bool:
    """Whether these groups are days of a month, or times of the day, to be called at."""
    groups, start = [run.digits(i, i) for i in range(last + 1)], run.groups[0][0]
    days = [len(group) <= 2 and 1 <= int(group) <= 31 for group in groups]
    if all(days) and any(len(group) == 2 for group in groups):
        return all(len(group) == 2 for group in groups) or groups == sorted(groups, key=int)
    if len(groups) > 1 and all(len(group) == 4 and _CLOCK.match(group) and int(group) % 5 == 0 for group in groups):
        return True
    said = _WHEN.search(run.text[max(0, start - 16) : start])
    return bool(
        said and all(day or (len(group) in {3, 4} and _CLOCK.match(group)) for day, group in zip(days, groups, strict=True))
    )


def _without_zero(run: Run) -> int | None:
    """The last group of a mobile number without its 0: "mijn nummer is 612345678", "532 123 45 67"."""
    for digits, last in run.windows(0):
        number, (start, end) = run.digits(0, last), run.span(0, last)
        if digits not in {9, 10} or not _NO_ZERO.match(number) or is_money(run, 0, last):
            continue
        alone = last == len(run.groups) - 1 and run.even(0, last)
        if alone and run.lengths(0, last) == (3, 3, 2, 2) and _TURKISH.match(number):
            return last
        if _OWN_BEFORE.search(run.text[max(0, start - 48) : start]) or _OWN_BEHIND.match(run.text[end : end + 48]):
            return last
    return None
