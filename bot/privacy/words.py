"""What words around it show to be personal: e-mail, an address with its number, passwords, dates of birth."""

from __future__ import annotations

import datetime
import re

from .claims import Claims

__all__ = ["claim_addresses", "claim_births", "claim_emails", "claim_passwords", "protect_dates_and_times"]

# --- e-mail ------------------------------------------------------------------------------------------------------
_AT = re.compile(r"(?i) ?@ ?| {0,2}[(\[] ?(?:at|apenstaartje) ?[)\]] {0,2}")
_LOCAL = frozenset("._%+-'")
_DOMAIN = re.compile(r"[^\W_][\w-]{0,62}(?: ?(?:\.|[(\[](?:dot|punt)[)\]]) ?[^\W_][\w-]{0,62}){0,3}? ?(?:\.|[(\[](?:dot|punt)[)\]]) ?[A-Za-z]{2,12}(?![\w-])(?:\.[A-Za-z]{2,6}(?!\w))?")


def claim_emails(claims: Claims) -> None:
    """name@host.tld, also with spaces or "(at)" in place of the sign."""
    text = claims.text
    for match in _AT.finditer(text):
        start = match.start()
        while start and match.start() - start < 64 and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
            start -= 1
        domain = _DOMAIN.match(text, match.end())
        if start < match.start() and domain:
            claims.take(start, domain.end(), "email", claims.shadow.typed(start, domain.end()).replace(" ", ""))


# --- postcode with house number ----------------------------------------------------------------------------------
_POSTCODE = re.compile(r"(?<![0-9])([1-9][0-9]{3})( {0,2})([A-Za-z]{2})(?![A-Za-z])")
_HOUSE = re.compile(
    r"(?i)[ ,\n]{0,3}(?:(?:nr|no|num(?:mer|ber)|huis(?:nummer|nr)?|hnr|house (?:number|no)|kapi(?: no)?|numara|رقم|بيت)\b)?[ :.#-]{0,3}"
    r"(?!(?:19|20)[0-9]{2}(?![0-9]))[1-9][0-9]{0,4}(?![0-9])(?:[ -]?[a-z](?![a-z0-9])|[-/][0-9]{1,3}(?![0-9])| (?:bis|hs|hoog|rood|zwart)\b)?"
    r"(?![:.,][0-9]| ?(?:uur|euro?|€|jaar|jr|dag|maand|we+k|min|keer|kind|personen|saat|gun|ay\b|yil|year|month|day|hour|%|januari"
    r"|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|march|may|june|july|august|october))"
)
_HOUSE_BEFORE = re.compile(r"(?<=[^\W\d_][^\W\d_][^\W\d_])\.? ([1-9][0-9]{0,3}(?:[ -]?[A-Za-z](?![A-Za-z]))?[ ,\n]{1,3})$")
_POSTCODE_CUE = re.compile(r"(?i)(?:postcode|postal|\bzip|adres|address|posta kodu|\bwoon|البريدي|عنوان)[^\n]{0,16}$")
# Words and units that stand behind an amount or a year: "2026 en 12", "1250 TL 3". Rare as letters of a postcode.
_UNITS = frozenset("tl dh eu km kg cm mm gr kw nl am pm st nd rd th".split())
_WORDS = frozenset(
    "aa ah al an as at be da de dk ee el en er es et fe go ha he ik in is it ja je ji ka ki la le ma me mi mu my na ne no nu of "
    "oh on oo op or sa so su te ti to ub um up us ut va ve wa we wo ye yo za ze zi zo do if by om uu".split()
)


def _is_postcode(claims: Claims, match: re.Match[str]) -> bool:
    letters = match[3].lower()
    if letters in _UNITS:
        return False
    if not match[2] or letters not in _WORDS:
        return True
    # A pair in capitals within ordinary writing is meant as letters.
    meant = match[3].isupper() and any(c.islower() for c in claims.text)
    return meant or bool(_POSTCODE_CUE.search(claims.text[max(0, match.start() - 28) : match.start()]))


def claim_addresses(claims: Claims) -> None:
    """A postcode with its house number, before or behind it; the four digits of the area stay readable."""
    for match in _POSTCODE.finditer(claims.text):
        if not _is_postcode(claims, match):
            continue
        start, house = match.start(), _HOUSE.match(claims.text, match.end())
        before = _HOUSE_BEFORE.search(claims.text[max(0, start - 14) : start])
        if before:
            start -= len(before[1])
        end = house.end() if house and not before else match.end()
        if house or before:
            claims.take(start, end, "address", claims.shadow.typed(start, end), kept=f"{match[1]} ")


# --- passwords ---------------------------------------------------------------------------------------------------
_SECRET_CUE = re.compile(
    r"(?i)(?:wacht ?woord|\bww\b|pass ?word|\bpass\b|pin ?code|\bpin\b|sifre(?:m|si)?|parola(?:m|si)?|toegangscode|sms ?-?code"
    r"|كلم[ةه] (?:المرور|السر)|الرقم السري|باسورد)(?P<link>[^\S\n]{0,4}(?:is|was|=|:|-|هي|هو)?[^\S\n]{0,4}:?[^\S\n]{0,4})(?=(?P<value>[^\s,;]{3,64}))"
)
_NAME_CUE = re.compile(
    r"(?i)(?:gebruikers ?naam|inlog ?naam|user ?name|\blogin\b|kullanici adi(?:m)?|اسم المستخدم|\bdigid\b(?: ?-?(?:code|account|inlog))?)"
    r"(?P<link>[^\S\n]{0,4}(?:is|=|:|-|هو)?[^\S\n]{0,4}:?[^\S\n]{0,4})(?=(?P<value>[^\s,;]{3,64}))"
)
_TOPIC = re.compile(r"(?i)digi ?-?d|ديجيد|ديجي دي")
_NO_SECRET = re.compile(
    r"(?i)(?:vergeten|kwijt|verlopen|niet|nooit|fout|verkeerd|geblokkeerd|onbekend|weg|gewijzigd|veranderd|ook|nog|al|dat|wat|een|het"
    r"|nodig|goed|oud|nieuw\w*|forgotten|lost|wrong|expired|blocked|not|gone|changed|incorrect|the|too|needed|unuttum|yanlis|kayip|nedir"
    r"|not\.|aanvragen|account|werkt|هل|نسيت)[.!?]*$"
)

# "DigiD: gebruikersnaam = …": the next cue is no value.
_CUE_WORD = re.compile(r"(?i)(?:wacht ?woord|ww\b|password|pin|gebruiker|inlog|user|login|digid|kullanici|sifre|parola|اسم|كلم)")


def _is_secret(match: re.Match[str]) -> bool:
    value, link = match["value"].strip(".!?"), match["link"].strip()
    if len(value) < 3 or "⟨" in value or _NO_SECRET.match(value) or _CUE_WORD.match(value):
        return False
    mixed = any(c.isdigit() for c in value) and (any(c.isalpha() for c in value) or len(value) >= 4)
    return mixed or bool(link) and link != "-"


def claim_passwords(claims: Claims) -> None:
    """The value behind "wachtwoord: …"; behind a user name too, when the message is about DigiD."""
    about_digid = _TOPIC.search(claims.text)
    for cue in (_SECRET_CUE, _NAME_CUE) if about_digid else (_SECRET_CUE,):
        for match in cue.finditer(claims.text):
            start, end = match.span("value")
            if _is_secret(match):
                claims.take(start, end, "digid", claims.shadow.typed(start, end))
    if about_digid:
        _claim_pair(claims)


def _claim_pair(claims: Claims) -> None:
    """"digid: jan82 / Hond!99": what stands behind a first value and a stroke."""
    for hit in [h for h in claims.hits if h.kind == "digid"]:
        second = re.compile(r" {0,2}[/|,] {0,2}([^\s,;]{4,64})").match(claims.text, hit.end)
        if second and any(not c.isalpha() for c in second[1]):
            claims.take(*second.span(1), "digid", claims.shadow.typed(*second.span(1)))


# --- dates -------------------------------------------------------------------------------------------------------
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)[0-9]{2}"
_DATE = re.compile(
    rf"(?<![0-9])(?<![0-9][-./])(?:{_DAY}( ?[-./] ?){_MONTH}\1(?P<year>{_YEAR})|(?P<first>{_YEAR})([-./]){_MONTH}\4{_DAY})(?![0-9])"
)
_BORN_DATE = re.compile(
    rf"(?<![0-9])(?:{_DAY} ?[-./ ] ?{_MONTH} ?[-./ ] ?(?:{_YEAR}|'?[0-9]{{2}})|{_YEAR} ?[-./ ] ?{_MONTH} ?[-./ ] ?{_DAY}|[0-9]{{8}}|[0-9]{{6}}"
    rf"|{_DAY}(?:e|ste|th|st|nd|rd|\.)?[ -](?:of )?[^\W\d_]{{3,12}}\.?,?[ -](?:van )?(?:{_YEAR}|'[0-9]{{2}})"
    rf"|[^\W\d_]{{3,9}} {_DAY}(?:th|st|nd|rd)?,? {_YEAR})(?![0-9])"
)
_BORN = (
    r"(?:\bgeb(?:oren|oorte\w{0,8})?\b|geboortedatum|\bborn\b|date of birth|birth ?-?date|\bdob\b|dogum\w{0,8}|dogdu\w{0,4}"
    r"|ولدت|ولد\b|مولود|مواليد|الميلاد|ميلادي|تولد|urodzon|ne\(?e?\)? le|народив|народил|рожден|родил)"
)
_BORN_BEFORE = re.compile(rf"(?i){_BORN}(?P<between>[^\n]{{0,32}})$")
_BORN_AFTER = re.compile(rf"(?i)[^\n\d]{{0,14}}?{_BORN}")
_DEADLINE = re.compile(r"(?i)\b(?:voor|uiterlijk|betalen|moet|tot|before|until|must|pay|kadar|once)\b|قبل|حتى|[.;!?]\s")
_PERSON = re.compile(
    r"(?i)(?:\bzoon|\bdochter|\bkind|\bbaby|\bman\b|\bvrouw\b|\bson\b|daughter|\bchild|\bogl|\bkizi|cocu|ابن|بنت|طفل|زوج)[^\n\d]{0,25}$"
)
_TIME = re.compile(r"(?<![0-9.:])(?:[01]?[0-9]|2[0-4])[.:][0-5][0-9](?![0-9])(?![.:-][0-9])|(?<![0-9.:])(?:[01]?[0-9]|2[0-4])[.:][0-5][0-9](?=-[0-2]?[0-9][.:][0-5][0-9](?![0-9]))")
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
    for one, two in zip(times, times[1:]):
        if two.start() - one.end() <= 8 and _BETWEEN_TIMES.match(claims.text[one.end() : two.start()]):
            claims.protect(one.start(), two.end())
    for match in times:
        if _TIME_CUE.match(claims.text, match.end()):
            claims.protect(*match.span())
