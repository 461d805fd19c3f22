"""Citizen numbers, bank accounts and cards: what a checksum tells for certain."""

from __future__ import annotations

import re
from functools import cache

from stdnum import iban, luhn
from stdnum.nl import bsn

from .claims import Claims, Run
from .shadow import shadow_of

__all__ = [
    "BSN_CUE",
    "BSN_WORD",
    "claim_cards",
    "claim_citizen_numbers",
    "claim_ibans",
    "has_long_number",
    "is_money",
    "looks_like_date",
]

# Overlapping on purpose: "is NL 91" holds the candidates "is" and "NL".
_IBAN_START = re.compile(r"(?=([A-Za-z])[ .\-\n_/]{0,3}([A-Za-z])[ .\-\n_/]{0,3}([0-9])[ .\-\n_/]{0,3}[0-9])")
# At home an account is given without the country.
_POLISH = re.compile(r"(?<![0-9])[0-9]{2}(?:[ -]?[0-9]{4}){6}(?![0-9])")
_IBAN_GAP = frozenset(" .-\n_/")
BSN_WORD = re.compile(
    r"(?i)(?:\bbsn|burger ?service|sofi|citizen service|vatandaslik|kimlik|ciudadano|المواطن|المدني|الوطني|شهروندي|كد ملي)"
)
BSN_CUE = re.compile(rf"{BSN_WORD.pattern}[^\n]{{0,24}}$")
_MONEY_BEFORE = re.compile(r"(?i)(?:[€$£₺]|\beuro?|\btl|\btry|\blira)\s{0,2}$")
# A sign with an amount behind it belongs to that amount: "111222333 € 40 boete".
_MONEY_AFTER = re.compile(r"(?i)\s{0,2}(?:[€$£₺](?!\s?[0-9])|euro?\b|tl\b|lira|يورو|,-|,[0-9]{1,2}(?![0-9]))")
_CARD_CUE = re.compile(
    r"(?i)(?:kaart|\bpas\b|card|\bkart|karchi|karta|carte|tarjeta|картк|kaarka|ካርድ|ካርደ|كارت|كارط|بطاق)[^\n]{0,16}$"
)
_CARD_ORDER = (16, 15, 19, 13, 14, 18, 17)
_CARD_SHAPES = {(4, 6, 5), (4, 6, 4)}
_LONG = 7
_BSN_SHAPES = {(4, 2, 3), (3, 3, 3)}


@cache
def _iban_length(country: str) -> int:
    """How many characters an IBAN of this country has; 0 when there is no such country."""
    found = iban._ibandb.info(country + "00")[0][1] or {}
    return 4 + sum(int(n) for n in re.findall(r"([0-9]+)!", found.get("bban", ""))) if found else 0


def _compact(text: str, start: int, length: int) -> tuple[str, int]:
    """``length`` letters and digits from ``start`` on, without separators, and where they end."""
    letters, place, gap = [], start, 0
    while place < len(text) and len(letters) < length and gap <= 3:
        char = text[place]
        if not (char.isascii() and char.isalnum()) and char not in _IBAN_GAP:
            break
        gap = gap + 1 if char in _IBAN_GAP else 0
        if not gap:
            letters.append(char.upper())
        place += 1
    return "".join(letters), place


def claim_ibans(claims: Claims) -> None:
    """Any country's, in any case and spacing, when its checksum holds."""
    for match in _IBAN_START.finditer(claims.text):
        length = _iban_length((match[1] + match[2]).upper())
        if not length:
            continue
        number, end = _compact(claims.text, match.start(), length)
        # National checks beside the checksum are left out: a number the bank refuses is still somebody's.
        if len(number) == length and iban.is_valid(number, check_country=False):
            claims.take(match.start(), end, "iban", number)
    for match in _POLISH.finditer(claims.text):
        number = "PL" + re.sub(r"[ -]", "", match[0])
        if iban.is_valid(number, check_country=False):
            claims.take(*match.span(), "iban", number)


def _card_shape(lengths: tuple[int, ...], alone: bool) -> bool:
    if len(lengths) == 1 or lengths in _CARD_SHAPES:
        return True
    if lengths[0] < 4 and not alone:
        return False
    return len(set(lengths[:-1])) == 1 and lengths[-1] <= lengths[0]


def _is_card(run: Run, first: int, last: int) -> bool:
    alone = first == 0 and last == len(run.groups) - 1
    lengths, digits = run.lengths(first, last), run.digits(first, last)
    if digits[0] == "0":
        return False
    if len(digits) == 16 and _CARD_CUE.search(run.text[max(0, run.groups[first][0] - 28) : run.groups[first][0]]):
        return luhn.is_valid(digits)
    if not _card_shape(lengths, alone) or not run.even(first, last):
        return False
    years = len(lengths) > 1 and all(run.digits(i, i)[:2] in {"19", "20"} for i in range(first, last + 1))
    return not years and luhn.is_valid(digits)


def claim_cards(claims: Claims) -> None:
    """13 to 19 digits by Luhn: in one piece, or in the groups that cards have."""
    for run in list(claims.runs()):
        for first in range(len(run.groups)):
            ends = dict(run.windows(first))
            for last in (ends[n] for n in _CARD_ORDER if n in ends):
                if claims.free(*run.span(first, last)) and _is_card(run, first, last):
                    claims.take(*run.span(first, last), "card", run.digits(first, last))


def looks_like_date(run: Run, first: int, last: int) -> bool:
    """Whether these groups, or eight digits in one, read as a day, a month and a year of our time."""
    digits, lengths = run.digits(first, last), run.lengths(first, last)
    if len(digits) != 8 or lengths not in {(8,), (2, 2, 4), (4, 2, 2)}:
        return False
    forms = ((digits[:2], digits[2:4], digits[4:]), (digits[6:], digits[4:6], digits[:4]))
    return any(1 <= int(d) <= 31 and 1 <= int(m) <= 12 and y[:2] in {"19", "20"} for d, m, y in forms)


def is_money(run: Run, first: int, last: int) -> bool:
    """Whether a sign or a word of money stands beside these groups."""
    start, end = run.span(first, last)
    return bool(_MONEY_BEFORE.search(run.text[max(0, start - 7) : start]) or _MONEY_AFTER.match(run.text[end : end + 8]))


def _set_off(run: Run, first: int, last: int) -> bool:
    """Whether one separator stands within the window and others around it: "1112.22.333 - 2 kinderen"."""
    inner = {run.between(i) for i in range(first, last)}
    return len(inner) == 1 and not inner & {run.between(first - 1), run.between(last)}


def _apart(run: Run, first: int, last: int) -> bool:
    """Whether the window stands for itself, and is no part of a longer number."""
    lengths, around = run.lengths(first, last), (run.gap(first - 1), run.gap(last))
    if first == 0 and last == len(run.groups) - 1:
        return run.even(first, last)
    if lengths == (9,):  # unbroken: what stands next to it is another number
        return True
    if any(gap not in {"", " "} for gap in around):
        return lengths in _BSN_SHAPES and _set_off(run, first, last)
    if lengths == (3, 3, 3):
        before = run.lengths(first - 1, first - 1) if first else ()
        return run.even(first, last) and 3 not in before + run.lengths(last + 1, last + 1)
    inner = {run.gap(i) for i in range(first, last)}
    return len(lengths) == 1 or (len(inner) == 1 and (lengths == (4, 2, 3) or " " not in inner))


def _is_citizen_number(run: Run, first: int, last: int) -> bool:
    digits, lengths = run.digits(first, last), run.lengths(first, last)
    if len(digits) == 8 and digits[0] == "0":
        return False
    years = lengths == (4, 4) and digits[:2] in {"19", "20"} and digits[4:6] in {"19", "20"}
    ordinary = years or looks_like_date(run, first, last) or is_money(run, first, last) or not _apart(run, first, last)
    return (not ordinary or _after_cue(run, first)) and bsn.is_valid(digits)


def _after_cue(run: Run, first: int) -> bool:
    start = run.groups[first][0]
    return bool(BSN_CUE.search(run.text[max(0, start - 40) : start]))


def claim_citizen_numbers(claims: Claims) -> None:
    """Eight or nine digits by the 11-test (BSN), however they are spaced."""
    for run in list(claims.runs()):
        for first in range(len(run.groups)):
            ends = dict(run.windows(first))
            for last in (ends[n] for n in (9, 8) if n in ends):
                if claims.free(*run.span(first, last)) and _is_citizen_number(run, first, last):
                    claims.take(*run.span(first, last), "bsn", run.digits(first, last).zfill(9))


def has_long_number(text: str) -> bool:
    """Whether so many digits stand in a row, or with separators only between them, that they may be somebody's number."""
    return any(len(run.digits(0, len(run.groups) - 1)) >= _LONG for run in Claims(shadow_of(text)).runs())
