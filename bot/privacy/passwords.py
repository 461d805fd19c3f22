"""Passwords, pin codes and the user names of DigiD."""

from __future__ import annotations

import re

from .claims import Claims

__all__ = ["claim_passwords"]

# Only looked at: the value may be the next cue.
_LINK_AND_VALUE = (
    r"(?P<link>[^\S\n]{0,4}(?:is|was|=|:|-|هي|هو|to|ta|es|waa|هست)?[^\S\n]{0,4}:?[^\S\n]{0,4}"
    r"(?:(?<=[:=])[^\S\n]{0,4}\n[^\S\n]{0,4})?)(?=(?P<value>[^\s,;]{3,64}))"
)
_DIGID = r"digi ?-?d|ديجي ?دي|ديجيد|دیجی ?دی"
_OF_DIGID = rf" (?:(?:van|of|voor|for|di|do|de|dial|dyal|ديال) )?(?:mijn |my )?(?:{_DIGID})"
# Letters with two digits, or a digit and a sign, as in passwords (one digit is a letter of Darija: m9fol); only where
# the message is about DigiD.
_MIXED = re.compile(
    r"(?<![\w@.])(?=[A-Za-z][^\s,;]{5,63}(?![^\s,;]))(?=[^\s,;]*(?:[0-9]{2}|[0-9][^\w\s]|[!#$%^&*?+=][^\s]*[0-9]))[A-Za-z][\w!#$%^&*?+=.-]{5,63}(?<![.?])"
)
# "login digid akowalska has[lł]o …": what stands between two cues.
_BETWEEN_CUES = re.compile(
    r"(?i)(?:login|logіn|логін|user ?name|gebruikersnaam|inlognaam|usuario|kullanici adim?)(?: (?:di |de )?digid)?[ :]{1,3}"
    r"(?P<value>(?!digid)[^\s,;]{3,64}) (?=(?:wachtwoord|ww|password|pass|has[lł]o|парол|sifre|contrasena|clave|mot de passe)\b)"
)
_SECRET_CUE = re.compile(
    r"(?i)(?:wacht ?woord|\bww\b|pass ?word|\bpass\b|pin ?code|\bpin\b|sifre(?:m|si)?|parola(?:m|si)?|toegangscode|sms ?-?code"
    r"|has[lł]o|парол\w{0,3}|contrasena|clave|mot de passe|mdp\b|kontrasena|eray\w{0,3} sirta|furaha sirta|ፓስዎርድ|መሕለፊ ቃል"
    r"|كلم[ةه] (?:المرور|السر)|الرقم السري|باسورد|رمز(?: عبور)?|پسورد)"
    rf"(?:{_OF_DIGID})?" + _LINK_AND_VALUE
)
_NAME_CUE = re.compile(
    r"(?i)(?:gebruikers ?naam|inlog ?naam|user ?name|\blogin\b|логін|usuario|kullanici adi(?:m)?|اسم المستخدم|نام كاربري"
    rf"|\bdigid\b(?: ?-?(?:code|account|inlog))?)(?:{_OF_DIGID})?" + _LINK_AND_VALUE
)
_TOPIC = re.compile(rf"(?i){_DIGID}")
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
    if "." in value.strip(".") and link in {"", "-"} and "@" not in value:  # "jansen.p"
        return True
    mixed = any(c.isdigit() for c in value) and (any(c.isalpha() for c in value) or len(value) >= 4)
    return mixed or (link not in {"", "-"} and "\n" not in match["link"])  # words on the next line are a story


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
        for match in (*_BETWEEN_CUES.finditer(claims.text), *_MIXED.finditer(claims.text)):
            span = match.span("value") if "value" in match.groupdict() else match.span()
            claims.take(*span, "digid", claims.shadow.typed(*span))


def _claim_pair(claims: Claims) -> None:
    """In "digid: jan82 / Hond!99": what stands behind a first value and a stroke."""
    for hit in [h for h in claims.hits if h.kind == "digid"]:
        second = re.compile(r" {0,2}[/|,] {0,2}([^\s,;]{4,64})").match(claims.text, hit.end)
        if second and any(not c.isalpha() for c in second[1]):
            claims.take(*second.span(1), "digid", claims.shadow.typed(*second.span(1)))
