"""Numbers with words between their groups: "123 en dan 456 en dan 782", "06 streepje 12345678"."""

from __future__ import annotations

import re
from itertools import accumulate

from stdnum import luhn
from stdnum.nl import bsn

from .claims import Claims
from .numbers import BSN_CUE, BSN_WORD

__all__ = ["claim_spoken"]

_WORD = (
    r"(?:en|dan|daarna|streepje|punt|spatie|and|then|dash|space|ve|sonra|tire|و|ثم|بعدها|من بعد|o|w|mn be3d"
    r"|i|pa|despues|ke|potem|kreska"
    r"|та|і|потім|тире|ን|ካብኡ|iyo|kadib|بعد|خط|y|luego|guion|guión)"
)
_LINK = re.compile(rf"(?i)[ \n.,:;/_-]{{1,3}}(?:{_WORD}[ \n.,:;/_-]{{1,3}}){{1,2}}|[ \n.,:;/_*-]{{1,4}}")
_ANY_WORDS = re.compile(r"[^\n0-9]{1,24}")
_DIGITS = re.compile(r"[0-9]+")
_LONGEST = 16


def _chains(claims: Claims) -> list[list[tuple[int, int]]]:
    chains: list[list[tuple[int, int]]] = [[]]
    for match in _DIGITS.finditer(claims.text):
        chain = chains[-1]
        if chain and (match.start() - chain[-1][1] > 24 or not _LINK.fullmatch(claims.text[chain[-1][1] : match.start()])):
            chains.append(chain := [])
        if not claims.free(*match.span()):
            chains.append([])
            continue
        chain.append(match.span())
    return [chain for chain in chains if len(chain) > 1]


def _kind(digits: str, lengths: list[int], after_cue: bool) -> str:
    if len(digits) == 9 and bsn.is_valid(digits) and (after_cue or lengths == [3, 3, 3]):
        return "bsn"
    if len(digits) == 10 and digits.startswith("06"):
        return "phone"
    return "card" if len(digits) == 16 and lengths == [4] * 4 and luhn.is_valid(digits) else ""


def _claim_told(claims: Claims) -> None:
    """What follows a word for citizen number, in any words, and is one by the 11-test: "begins with 123, ends with 456782"."""
    for cue in BSN_WORD.finditer(claims.text):
        groups: list[tuple[int, int]] = []
        for match in _DIGITS.finditer(claims.text, cue.end(), cue.end() + 90):
            before = groups[-1][1] if groups else cue.end()
            if not claims.free(*match.span()) or (
                match.start() > before and not _ANY_WORDS.fullmatch(claims.text[before : match.start()])
            ):
                break
            groups.append(match.span())
            digits = "".join(claims.text[a:b] for a, b in groups)
            if len(digits) >= 9:
                if len(digits) == 9 and bsn.is_valid(digits) and claims.free(groups[0][0], groups[-1][1]):
                    claims.take(groups[0][0], groups[-1][1], "bsn", digits)
                break


def claim_spoken(claims: Claims) -> None:
    """A citizen number, mobile number or card whose groups are linked by words such as "and then"."""
    _claim_told(claims)
    for chain in _chains(claims):
        lengths = [end - start for start, end in chain]
        for first in range(len(chain)):
            if not claims.free(*chain[first]):
                continue
            cue = bool(BSN_CUE.search(claims.text[max(0, chain[first][0] - 40) : chain[first][0]]))
            for last, total in enumerate(accumulate(lengths[first:]), start=first):
                if total > _LONGEST:
                    break
                digits = "".join(claims.text[a:b] for a, b in chain[first : last + 1])
                kind = _kind(digits, lengths[first : last + 1], cue)
                if kind and claims.free(chain[first][0], chain[last][1]):
                    claims.take(chain[first][0], chain[last][1], kind, digits)
                    break
