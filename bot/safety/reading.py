"""What a message says about safety and rights: plain functions over folded text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

from bot.language.fold import fold
from bot.language.gates import Gates
from bot.language.tags import ANSWERED_IN, SIBLINGS

from .patterns import COMMANDS, CRISES, FEARS, PatternFile, finder, load_all

__all__ = [
    "SafetyHit", "declines", "is_about_another", "named", "read_answer", "read_command", "read_fear", "read_safety",
    "reads_along",
]  # fmt: skip

# A long message is read in full: a cue at its end must not be missed; the bound only stops abuse.
_MAX_CHARS = 12_000
_SHORT = 300
_SENTENCE_END, _CLAUSE_END = re.compile(r"[.!?…;؟۔።]+(?!\d)|\n+"), re.compile(r"[.!?…;؟۔።,:–—،؛፣፤]+(?!\d)|\n+")
_MOST_PARTS, _LONG_PART = 40, 1_000
_LIFE = ("crisis_suicidal", "crisis_violence")
# What cannot be had back, or throws away a request, and whose words everybody here knows ("stop", "unsubscribe", "wis").
_FINAL, _UNIVERSAL, _HARDLY = ("withdraw_consent", "delete_my_data"), ("nl", "en"), 3
_DARIJA = ("ary-Arab", "ary-Latn")


@dataclass(frozen=True)
class SafetyHit:
    """A crisis cue: ``level`` act (help at once) or ask (one check question), ``who`` self or other.

    ``denied``: it was only named to say that it is not so.
    """

    kind: str
    level: str
    who: str
    by: str | None = None
    denied: bool = field(default=False, compare=False)

    def as_dict(self) -> dict[str, str]:
        """The shape that ``/model/parse`` shows under "safety"."""
        return {"kind": self.kind, "level": self.level, "who": self.who}


class _Text:
    """Folded text with the pieces that the patterns of ``files`` ask for."""

    def __init__(self, folded: str, files: tuple[PatternFile, ...]) -> None:
        self.files, self._pieces = files, finder(files).read(folded)

    def has(self, gates: Gates) -> bool:
        """Whether any of ``gates`` is found."""
        return gates.found_in(self._pieces)

    def without(self, idioms: Gates) -> _Text:
        """The text with jokes, batteries and films taken out."""
        folded = self._pieces.folded
        for idiom in idioms.worth_trying(self._pieces):
            folded = idiom.regex.sub(" ", folded)
        return self if folded == self._pieces.folded else _Text(folded, self.files)

    @cached_property
    def is_distant(self) -> bool:
        """Years ago, a film, a joke: worth a question first. In any language, since Dutch words are mixed in.

        A long message tells much besides: there nothing lessens a danger.
        """
        return len(self._pieces.folded) <= _SHORT and any(self.has(file.distant) for file in self.files)

    def without_dutch_idioms(self, kind: str) -> _Text:
        """The text as Dutch means it, where Dutch reads a danger: all patterns know its loan words, few its idioms."""
        dutch = next((file.crises[kind] for file in self.files if file.tag == "nl"), None)
        return self.without(dutch.no) if dutch and (self.has(dutch.act) or self.has(dutch.ask)) else self

    def without_denials(self, kind: str) -> _Text:
        """The text with "it is not cut off" taken out, in every language: another's patterns may know the Dutch word in it."""
        left = self
        for file in self.files:
            left = left.without(file.crises[kind].denied)
        return left


def _read(text: str, files: Iterable[PatternFile] | None = None) -> _Text:
    return _Text(fold(text[:_MAX_CHARS]), tuple(files or load_all()))


def _hit(file: PatternFile, kind: str, text: _Text, said: _Text) -> SafetyHit | None:
    """What ``file`` reads in ``said``; who it is about and how distant it is, in the whole ``text``."""
    crisis = file.crises[kind]
    said = said.without(crisis.no)
    denied = False
    if said.has(crisis.act):
        left = said.without_denials(kind)
        still = left.has(crisis.act)
        level = "act" if still and not text.is_distant else "ask"
        denied = not still and not left.has(crisis.ask)
    elif said.has(crisis.ask):
        level = "ask"
    else:
        return None
    by = next((who for who, gates in crisis.actors.items() if text.has(gates)), None)
    return SafetyHit(kind, level, "other" if text.has(file.other) else "self", by, denied)


def read_safety(text: str, files: Iterable[PatternFile] | None = None) -> SafetyHit | None:
    """The most serious crisis cue in ``text``, in any language, or None.

    Act before ask; among equals, danger to life first (the order of ``CRISES``). Read as a whole, and where that finds nothing
    to act on sentence by sentence: what stands in the next one makes no joke of a danger. A danger to life also stands for
    itself between commas; what is said of food or power there is too often half a thought.
    """
    whole = _read(text, files)
    hits = _hits(whole)
    if not any(hit.level == "act" or hit.denied for hit in hits):
        found = [hit for part in _parts(_SENTENCE_END, text) for hit in _hits(_read(part, whole.files))]
        apart = (hit for part in _parts(_CLAUSE_END, text) for hit in _hits(_read(part, whole.files), _LIFE))
        found += [hit for hit in apart if hit.level == "act"]
        hits += [replace(hit, level="ask") for hit in found] if whole.is_distant else found
    return _worst(hits) if hits else None


def _parts(end: re.Pattern[str], text: str) -> list[str]:
    """Nothing where there is only one part. Of very many the last ones stay together; what is repeated is read once.

    A part as long as a message of its own is left out: the whole was read.
    """
    found = [part for part in end.split(text[:_MAX_CHARS], maxsplit=_MOST_PARTS) if part.strip()]
    return [part for part in dict.fromkeys(found) if len(part) < _LONG_PART] if len(found) > 1 else []


def _hits(read: _Text, kinds: Sequence[str] = CRISES) -> list[SafetyHit]:
    said = {kind: read.without_dutch_idioms(kind) for kind in kinds}
    return [hit for file in read.files for kind in kinds if (hit := _hit(file, kind, read, said[kind]))]


def _worst(hits: list[SafetyHit]) -> SafetyHit:
    worst = min(hits, key=lambda h: (h.level != "act", CRISES.index(h.kind)))
    # Whoever reads the same danger may know better of whom it is said, and by whom it is done.
    alike = [hit for hit in hits if hit.kind == worst.kind]
    who = "other" if any(hit.who == "other" for hit in alike) else "self"
    denied = all(hit.denied for hit in hits)
    return replace(worst, who=who, by=next((hit.by for hit in alike if hit.by), None), denied=denied)


def read_command(text: str, language: str = "") -> str | None:
    """A right or a wish that is carried out whoever holds the conversation, or None.

    A bare word takes back or wipes only where it says so in ``language`` (the conversation's), one like it, Dutch or English:
    the Spanish "para" (stop) is money in Turkish.
    """
    read = _read(text)
    near = _near(language) if _is_bare(text) else None
    return next((name for name in COMMANDS if any(_commands(read, file, name, near) for file in read.files)), None)


def _commands(read: _Text, file: PatternFile, name: str, near: frozenset[str] | None) -> bool:
    heard = near is None or name not in _FINAL or file.tag in near
    return heard and read.has(file.commands[name])


def _is_bare(text: str) -> bool:
    """One word, or two of which one is hardly any ("para ya"): too little to tell a language by."""
    words = fold(text[:_MAX_CHARS]).split()
    return len(words) <= 2 and sum(len(word) > _HARDLY for word in words) <= 1


@cache
def _near(language: str) -> frozenset[str]:
    alike = (tag for group in (*SIBLINGS, _DARIJA) if language in group for tag in group)
    typed = (tag for tag, answered in ANSWERED_IN.items() if answered == language)
    return frozenset((language, *alike, *typed, *_UNIVERSAL))


def reads_along(text: str) -> bool:
    """Whether the message says, beside whatever else, that somebody reads this phone."""
    read = _read(text)
    return any(read.has(file.commands["phone_read"]) for file in read.files)


def read_fear(text: str, files: Iterable[PatternFile] | None = None) -> str | None:
    """Fear for the children or for the right to stay, or None."""
    read = _read(text, files)
    return next((name for name in FEARS if any(read.has(file.fears[name]) for file in read.files)), None)


def is_about_another(text: str) -> bool:
    """Whether the speaker writes of somebody else: a husband, a neighbour, a child."""
    read = _read(text)
    return any(read.has(file.other) for file in read.files)


def named(text: str, file: PatternFile) -> set[str]:
    """Every fear and command that one file hears in ``text`` (for checking the file)."""
    read = _read(text, [file])
    return {name for name, gates in {**file.fears, **file.commands}.items() if read.has(gates)}


def read_answer(text: str, tag: str) -> bool | None:
    """An explicit yes (True) or no (False) as a whole answer in the conversation's language; else None.

    Only that language's own list counts: Polish "no" means yes.
    """
    folded, answers = fold(text[:_MAX_CHARS]), _file(tag)
    if answers is None:
        return None
    if folded in answers.yes:
        return True
    return False if folded in answers.no else None


def declines(text: str, tag: str) -> bool:
    """A no to answering, not to what was asked: "I'd rather not say", "not now", "I'd rather not"."""
    answers = _file(tag)
    return answers is not None and fold(text[:_MAX_CHARS]) in answers.unsaid


def _file(tag: str) -> PatternFile | None:
    return next((file for file in load_all() if file.tag == tag), None)
