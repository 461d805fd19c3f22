"""Passwords, pin codes and the user names of DigiD."""

from __future__ import annotations

import re

from .claims import Claims

__all__ = ["claim_passwords"]

# Only looked at: the value may be the next cue. The word ends there: "toeslag" and "isn't" hold no link.
_LINK_AND_VALUE = (
    r"(?P<link>[^\S\n]{0,4}(?:(?:is|was|هي|هو|to|ta|es|waa|هست)(?![\w'’])|[=:-])?[^\S\n]{0,4}:?[^\S\n]{0,4}"
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
# What is said about a secret, and no secret: as the shadow shows it, without marks.
_NO_SECRET = re.compile(
    r"(?i)(?:vergeten|kwijt|verlopen|niet|nooit|niks|niets|geen|fout|verkeerd|geblokkeerd|onbekend|weg|gewijzigd|veranderd|ook|nog|al"
    r"|dat|wat|een|het|mijn|door|van|bij|nodig|goed|oud|nieuw\w*|aanvragen|resetten|wijzigen|opnieuw|account|werkt|gehackt|gestolen"
    r"|misbruikt|help|hulp|weet|idem|geweigerd|ongeldig|onjuist"
    r"|forg[eo]t(?:ten)?|lost|wrong|expired|blocked|not|none|gone|changed|incorrect|the|too|needed|unknown|stolen|hacked|invalid|dunno|reset"
    r"|unut\w+|yanlis|kayip|nedir|yok|bilmi\w+|hatirlam\w+|calindi\w*|degis\w+"
    r"|zapomni\w+|nieznan\w+|brak|nie|skradzion\w+|zgubi\w+|zablokowan\w+|забу\w+|невідом\w*|нема\w*|вкра\w+|втрат\w+|не"
    r"|olvid\w+|perdid\w+|ningun\w*|robad\w+|desconocid\w+|no|oubli\w*|lubida|perdi|ilaaw\w+|malaha|garan\w+|nsit\w*|ma3reft\w*"
    r"|هل|لا|نسي\w*|ناسي\w*|ضاع\w*|مجهول|معرف\w*|سرقو?\w*|مسروق\w*|فراموش\w*|ندارم|نمي\w*|ረሲ\w+)[.!?]*$"
)
_PARTICIPLE = re.compile(r"(?:(?:ge|ver|be|ont|mis)[a-z]{2,}(?:t|d|en)|[a-z]{3,}ed)$")
_SIGN = re.compile(r"[!#$%^&*+=@_]")
_MONEY = re.compile(r"(?i)[0-9][0-9.]*(?:euro?s?|pm)$")
_MONEY_BEHIND = re.compile(r"(?i)(?:,[0-9]{1,2})?\s{0,2}(?:€(?!\s?[0-9])|euro?s?\b|per (?:maand|week|jaar|month|year)\b)|,-")

# "DigiD: gebruikersnaam = …": the next cue is no value.
_CUES = r"(?:wacht ?woord|ww\b|password|pin|gebruiker|inlog|user|login|digid|kullanici|sifre|parola|اسم|كلم)"
_CUE_WORD = re.compile(rf"(?i){_CUES}")
# A value of letters ends what is said, or the next cue follows.
_ENDS = re.compile(rf"(?i) {{0,2}}(?:$|[\n,;/&.!?]|(?:(?:en|and|ve|i|y|o|و) )?(?:mijn |my )?{_CUES})")


def _is_secret(match: re.Match[str], about_digid: bool) -> bool:
    value, link = match["value"].strip(".!?"), match["link"].strip()
    letter, digit = any(c.isalpha() for c in value), any(c.isdigit() for c in value)
    if len(value) < 3 or "⟨" in value or (_NO_SECRET.match(value) and not digit) or _CUE_WORD.match(value):
        return False
    if value.isdigit() and _MONEY_BEHIND.match(match.string, match.end("value")):
        return False
    # WW is the unemployment benefit too: there only what looks like a password counts.
    if match[0][:2].lower() == "ww" and (
        not letter or _MONEY.match(value) or not (about_digid or (digit and link[-1:] in {":", "="}))
    ):
        return False
    if "." in value.strip(".") and link in {"", "-"} and "@" not in value:  # "jansen.p"
        return True
    if digit and (letter or len(value) >= 4):
        return True
    return link not in {"", "-"} and "\n" not in match["link"] and _is_word(match, value)  # words on the next line are a story


def _is_word(match: re.Match[str], value: str) -> bool:
    """Whether a value without digits is meant as one: behind "is" most words tell what happened to it ("is gestolen")."""
    bare, inner = value.strip("'\"‘’“”"), value[1:]
    if _NO_SECRET.match(bare) or _PARTICIPLE.match(bare):
        return False
    if _SIGN.search(inner) or (any(c.isupper() for c in inner) and not value.isupper()):
        return True
    if match[0][:4].lower() == "digi":  # "digid: probleem"
        return False
    if bare != value or (value.isascii() and not match[0][0].isascii()):  # in quotes, or in other letters than the words around
        return True
    # A word that ends what is said is the secret: "mijn wachtwoord is zonnebloem". One too many masked is less than one kept.
    if _ENDS.match(match.string, match.start("value") + len(match["value"].rstrip(".!?"))):
        return True
    return match["link"].strip().islower() and value[0].isupper() and not inner.isupper()


def claim_passwords(claims: Claims) -> None:
    """The value behind "wachtwoord: …"; behind a user name too, when the message is about DigiD."""
    about_digid = _TOPIC.search(claims.text)
    for cue in (_SECRET_CUE, _NAME_CUE) if about_digid else (_SECRET_CUE,):
        for match in cue.finditer(claims.text):
            start, end = match.span("value")
            if _is_secret(match, bool(about_digid)):
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
