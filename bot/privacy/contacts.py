"""E-mail addresses, and postcodes with their house number."""

from __future__ import annotations

import re

from .claims import Claims

__all__ = ["claim_addresses", "claim_emails"]

_AT = re.compile(r"(?i) ?@ ?| {0,2}[(\[] ?(?:at|apenstaartje) ?[)\]] {0,2}")
# All in words, as one says it: "ngozi dot eze at yahoo dot com".
_SAID_DOT = r" (?:dot|punt|punto|nokta|kropka|крапка|نقطه|نقطة|دات|point) "
_SAID = re.compile(
    rf"(?i)(?<!\w)[\w-]{{1,40}}(?:{_SAID_DOT}[\w-]{{1,40}}){{0,3}}"
    r" (?:at|apenstaartje|arroba|ma[lł]pa|kuyruklu a|собака|ات|arobase)"
    rf" [\w-]{{2,40}}(?:{_SAID_DOT}[\w-]{{2,40}}){{0,2}}{_SAID_DOT}[a-z]{{2,6}}(?!\w)"
)
# The sign in words, the dot typed. "at" before any other domain may be a place: "I applied at toeslagen.nl".
_SAID_SIGN = re.compile(
    r"(?i)(?<![\w.])[\w.+-]{1,64} (?:apenstaartje [\w-]{2,40}(?:\.[\w-]{2,40}){0,2}\.[a-z]{2,6}"
    r"|at (?:gmail|googlemail|hotmail|outlook|live|msn|yahoo|icloud|proton|protonmail|gmx|ziggo|kpnmail|planet|home|xs4all)"
    r"\.(?:co\.uk|com\.tr|com|net|nl|me|de|be|fr|es|pl))(?!\w)"
)
_SPACED = re.compile(r"(?<!\w)(?:[\w+-]{1,30} [._-] ){1,2}$")
_LOCAL = frozenset("._%+-'")
_DOT, _LABEL = r" ?(?:\.|[(\[](?:dot|punt)[)\]]) ?", r"[^\W_][\w-]{0,62}"
_DOMAIN = re.compile(rf"{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}?{_DOT}[A-Za-z]{{2,12}}(?![\w-])(?:\.[A-Za-z]{{2,6}}(?!\w))?")


def claim_emails(claims: Claims) -> None:
    """name@host.tld, also with spaces or "(at)" in place of the sign."""
    text = claims.text
    for match in _AT.finditer(text):
        start = match.start()
        while start and match.start() - start < 64 and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
            start -= 1
        if " " in match[0]:
            spaced = _SPACED.search(text[max(0, start - 96) : start])
            start -= len(spaced[0]) if spaced else 0
        domain = _DOMAIN.match(text, match.end())
        if start < match.start() and domain:
            claims.take(start, domain.end(), "email", claims.shadow.typed(start, domain.end()).replace(" ", ""))
    for match in (*_SAID.finditer(text), *_SAID_SIGN.finditer(text)):
        claims.take(*match.span(), "email", claims.shadow.typed(*match.span()))


_POSTCODE = re.compile(r"(?<![0-9])([1-9][0-9]{3})( {0,2})([A-Za-z]{2})(?![A-Za-z])")
_NUMBER_WORD = (
    r"(?:nr|no|num(?:mer|ber)|huis(?:nummer|nr)?|hnr|house (?:number|no)|kapi(?: no)?|numara|numero|nomer|numer|lambar"
    r"|رقم البيت|رقم المنزل|رقم|بيت|پلاك|номер|будинок|буд|ቁጽሪ)\b"
)
_SUFFIX = (
    r"(?:[ -]?[a-z](?![a-z0-9])|[-/][0-9]{1,3}(?![0-9])|[ -](?:i{1,3}|iv|vi{0,3})\b"
    r"|[ -]?(?:[0-9] ?)?(?:bis|hs|huis|hoog|rood|zwart)\b)"
)
# What is counted, dated or priced is no house.
_COUNTED = (
    r"(?:[:.,][0-9]| ?(?:uur|euro?|€|%|jaar|jr|dag|maand|we+k|min|keer|kind|personen|saat|gun|ay\b|yil|year|month|day|hour"
    r"|januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|march|may|june|july|august|october))"
)
_NUMBER = rf"(?!(?:19|20)[0-9]{{2}}(?![0-9]))[1-9][0-9]{{0,4}}(?![0-9]){_SUFFIX}?(?!{_COUNTED})"
_HOUSE = re.compile(
    rf"(?i)[ ,\n]{{0,3}}(?:(?:(?:en|and|met|ve|y|ku) )?(?:mijn |my )?{_NUMBER_WORD}(?: is\b)?)?[ :.#-]{{0,3}}{_NUMBER}"
)
_HOUSE_BEFORE = re.compile(rf"(?i)(?<=[^\W\d_][^\W\d_][^\W\d_])\.? ([1-9][0-9]{{0,3}}{_SUFFIX}?[ ,\n]{{1,3}})$")
# Words that name a street whatever stands around them: a town may come between its number and the postcode.
_STREET = r"[^\W\d_]{2,24}(?:straat|str\.|str|weg|laan|plein|kade|gracht|singel|hof|pad|dijk|dreef|plantsoen|steeg|markt|wal|rak)"
_HOUSE_AND_TOWN = re.compile(
    rf"(?:(?i:{_STREET} (?P<street>[1-9][0-9]{{0,3}}{_SUFFIX}?))(?:[ ,\n]{{1,3}}[^\W\d_][\w'.-]{{1,24}}){{0,3}}"
    rf"|[A-Z][^\W\d_]{{2,24}} (?P<name>[1-9][0-9]{{0,3}}(?i:{_SUFFIX})?)(?:[ ,]{{1,3}}[A-Z][\w'.-]{{2,24}}){{1,2}})[ ,\n]{{1,3}}$"
)
_TOWN_AND_HOUSE = re.compile(rf"(?i)(?:[ ,\n]{{1,3}}[^\W\d_][\w'.-]{{0,24}}){{0,5}}?[ ,\n]{{1,3}}{_STREET} (?P<street>{_NUMBER})")
_TOWN = re.compile(r"[ ,\n]{1,3}[A-Z][a-z]{2}")
_POSTCODE_CUE = re.compile(
    r"(?i)(?:postcode|postal|\bzip|adres|address|posta kodu|\bwoon|البريدي|عنوان"
    r"|كد پستي|آدرس|kod pocztowy|codigo postal|індекс)[^\n]{0,16}$"
)
# Words and units that stand behind an amount or a year: "2026 en 12", "1250 TL 3". Rare as letters of a postcode.
_UNITS = frozenset("am cm dh eu gr kg km kw mm nd nl pm rd st th tl".split())  # noqa: SIM905 (a list is three times as long)
_WORDS = frozenset(
    "aa ah al an as at be by da de dk do ee el en er es et fe go ha he if ik in is it ja je ji ka ki la le ma me mi mu my na "  # noqa: SIM905
    "ne no nu of oh om on oo op or sa so su te ti to ub um up us ut uu va ve wa we wo ye yo za ze zi zo".split()
)


def _is_postcode(claims: Claims, match: re.Match[str], before: str) -> bool:
    letters, capitals = match[3].lower(), match[3].isupper()
    cue = _POSTCODE_CUE.search(before[-28:])
    if letters in _UNITS:
        if cue and (capitals or not cue[0].lower().startswith("woon")):  # "ik woon 2500 km 3 landen verder"
            return True
        return capitals and _beside_street(claims, match, before)
    if not match[2] or letters not in _WORDS:
        return True
    # A pair in capitals within ordinary writing is meant as letters, and so is one that stands alone ("3512 JE 14").
    alone = sum(c.isalpha() for c in claims.text) <= 3
    return (capitals and (alone or any(c.islower() for c in claims.text))) or bool(cue)


def _beside_street(claims: Claims, match: re.Match[str], before: str) -> bool:
    """Whether letters that are a unit too ("1102 TH", "5611KM12") stand where only a postcode stands."""
    street, rest = _HOUSE_AND_TOWN.search(before), claims.text[match.end() : match.end() + 6]
    number = street and street["street"]
    if match[3] in {"TL", "DH"}:  # money: "Kerkstraat 33, huur 1250 TL"
        return bool(number and before.rstrip(" ,\n").endswith(number))
    if number or (not match[2] and rest[:1].isdigit()):
        return True
    # "Damrak 33, 1012 ST Amsterdam", "1012 ST Amsterdam, Kerkstraat 33"
    beside = _HOUSE_BEFORE.search(before) or _TOWN_AND_HOUSE.match(claims.text, match.end())
    return bool(beside and _TOWN.match(rest))


def claim_addresses(claims: Claims) -> None:
    """A postcode with its house number, before or behind it; the four digits of the area stay readable."""
    for match in _POSTCODE.finditer(claims.text):
        start, end = match.span()
        lead = claims.text[max(0, start - 96) : start]
        if not _is_postcode(claims, match, lead):
            continue
        before, house = _HOUSE_BEFORE.search(lead), _HOUSE.match(claims.text, end)
        if before:
            start -= len(before[1])
        elif house:
            end = house.end()
        elif not _claim_house(claims, match, lead):
            continue
        claims.take(start, end, "address", claims.shadow.typed(start, end), kept=f"{match[1]} ")


def _claim_house(claims: Claims, match: re.Match[str], before: str) -> bool:
    """The house number where a town or a street stands between it and the postcode: these words stay."""
    if found := _HOUSE_AND_TOWN.search(before):
        shift, group = match.start() - len(before), "street" if found["street"] else "name"
    elif found := _TOWN_AND_HOUSE.match(claims.text, match.end()):
        shift, group = 0, "street"
    else:
        return False
    start, end = (place + shift for place in found.span(group))
    return claims.take(start, end, "address", claims.shadow.typed(start, end))
