"""Passwords, pin codes and the user names of DigiD."""

from __future__ import annotations

import re

from .claims import Claims

__all__ = ["claim_passwords"]

# Only looked at: the value may be the next cue.
_LINK_AND_VALUE = r"(?P<link>[^\S\n]{0,4}(?:is|was|=|:|-|هي|هو)?[^\S\n]{0,4}:?[^\S\n]{0,4})(?=(?P<value>[^\s,;]{3,64}))"
_SECRET_CUE = re.compile(
    r"(?i)(?:wacht ?woord|\bww\b|pass ?word|\bpass\b|pin ?code|\bpin\b|sifre(?:m|si)?|parola(?:m|si)?|toegangscode|sms ?-?code"
    r"|كلم[ةه] (?:المرور|السر)|الرقم السري|باسورد)" + _LINK_AND_VALUE
)
_NAME_CUE = re.compile(
    r"(?i)(?:gebruikers ?naam|inlog ?naam|user ?name|\blogin\b|kullanici adi(?:m)?|اسم المستخدم"
    r"|\bdigid\b(?: ?-?(?:code|account|inlog))?)" + _LINK_AND_VALUE
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
    return mixed or link not in {"", "-"}


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
    """In "digid: jan82 / Hond!99": what stands behind a first value and a stroke."""
    for hit in [h for h in claims.hits if h.kind == "digid"]:
        second = re.compile(r" {0,2}[/|,] {0,2}([^\s,;]{4,64})").match(claims.text, hit.end)
        if second and any(not c.isalpha() for c in second[1]):
            claims.take(*second.span(1), "digid", claims.shadow.typed(*second.span(1)))
