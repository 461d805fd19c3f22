"""What must never be stored is replaced by a token before anything else sees the message."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from .claims import Claims, Hit
from .contacts import claim_addresses, claim_emails
from .dates import claim_births, protect_dates_and_times
from .numbers import claim_cards, claim_citizen_numbers, claim_ibans
from .passwords import claim_passwords
from .phones import claim_phones, claim_phones_after_cue
from .shadow import Shadow, shadow_of
from .spoken import claim_spoken

__all__ = ["KINDS", "Found", "Masked", "clean", "mask"]

KINDS = ("address", "bsn", "birth", "card", "digid", "email", "iban", "phone")
# The first to claim a place has it: certain things first, guesses last.
_STEPS = (
    claim_ibans,
    claim_emails,
    claim_passwords,
    claim_addresses,
    claim_births,
    protect_dates_and_times,
    claim_cards,
    claim_phones,
    claim_citizen_numbers,
    claim_phones_after_cue,
    claim_spoken,
)
_NEWLINES = re.compile("\r\n?|[\u0085\u2028\u2029]")
# Overrides, embeddings and isolates can turn a line around; the marks LRM, RLM and ALM cannot.
_DROPPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MARKS_IN_A_ROW = 8


@dataclass(frozen=True)
class Found:
    """What was replaced: its kind, and the value as plain digits or as typed. It never shows itself in a log."""

    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Masked:
    """The text that may be stored, and what was taken out of it in order."""

    text: str
    found: tuple[Found, ...] = ()


def _replace(shadow: Shadow, hits: list[Hit]) -> str:
    parts, done = [], 0
    for hit in hits:
        start, end = shadow.span(hit.start, hit.end)
        parts += [shadow.original[done:start], hit.kept, f"⟨{hit.kind}⟩"]
        done = end
    return "".join([*parts, shadow.original[done:]])


def mask(text: str) -> Masked:
    """``text`` with a token such as ``⟨bsn⟩`` in place of each thing that must not be stored.

    Digits of any script, odd spacing and invisible characters are seen through; all else stays as typed. The time is
    linear in the length of the text. Masking twice changes nothing more.

    >>> mask("bsn 1112.22.333, bel 06-12345678").text
    'bsn ⟨bsn⟩, bel ⟨phone⟩'
    """
    shadow = shadow_of(text)
    claims = Claims(shadow)
    for step in _STEPS:
        step(claims)
    hits = sorted(claims.hits, key=lambda hit: hit.start)
    return Masked(_replace(shadow, hits), tuple(Found(hit.kind, hit.value) for hit in hits))


def _calm(text: str) -> str:
    """At most eight marks on one letter: a longer tower is no writing, and slow to normalise."""
    kept, row = [], 0
    for char in text:
        row = row + 1 if unicodedata.combining(char) else 0
        if row <= _MARKS_IN_A_ROW:
            kept.append(char)
    return "".join(kept)


def _joins(text: str, place: int) -> bool:
    """Whether a cut before ``text[place]`` would split one visible character."""
    char = text[place]
    mark = unicodedata.category(char) in {"Mn", "Mc", "Me"} or char == "\u200d" or "\U0001f3fb" <= char <= "\U0001f3ff"
    return mark or text[place - 1] == "\u200d"


def _cut(text: str, limit: int) -> str:
    end = limit
    while len(text) > limit and limit - end < 32 and end > 1 and _joins(text, end):
        end -= 1
    return text[:end]


def clean(text: str, limit: int = 10_000) -> str:
    """NFC text of at most ``limit`` characters that any database, log and screen can hold.

    Control characters and direction overrides are dropped (line ends and tabs stay), lone surrogates become U+FFFD.
    """
    # A character takes at most three in NFC; what lies behind that can never be kept, and may be megabytes.
    text = _NEWLINES.sub("\n", text[: 4 * limit])
    text = _SURROGATES.sub("\ufffd", _DROPPED.sub("", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")))
    return _cut(unicodedata.normalize("NFC", _calm(text)), limit)
