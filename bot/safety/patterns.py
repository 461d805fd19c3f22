"""The pattern files under content/safety, read once and compiled."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from bot.language.fold import fold, fold_pattern
from bot.language.gates import Finder, Gate, Gates
from bot.language.kept import CACHE, keep

__all__ = ["COMMANDS", "CRISES", "FEARS", "SAFETY_DIR", "PatternFile", "finder", "load", "load_all"]

_ROOT = Path(__file__).resolve().parents[2]
SAFETY_DIR = _ROOT / "content" / "safety"
CRISES = (
    "crisis_suicidal",
    "crisis_violence",
    "crisis_no_food_today",
    "crisis_eviction_soon",
    "crisis_energy_cutoff",
)
FEARS = ("fear_children_taken", "fear_residence_status")
# In this order: "I don't want to talk to a person" holds every word of wanting one.
COMMANDS = ("delete_my_data", "show_my_data", "withdraw_consent", "phone_read", "not_now", "want_human")
# A piece that many patterns share stands once, under ``parts:``.
_PART = re.compile(r"<([A-Z][A-Z0-9_]*)>")
_ACTORS = ("lender", "employer", "family")


@dataclass(frozen=True)
class Crisis:
    """Compiled patterns of one kind of crisis; ``actors`` says who does it (violence only).

    ``no`` says something else in the same words; ``denied`` says that it is not so, which is still worth a question.
    """

    act: Gates
    ask: Gates
    no: Gates
    denied: Gates
    actors: dict[str, Gates] = field(default_factory=dict)

    def sets(self) -> Iterator[Gates]:
        """Every set of this kind."""
        yield from (self.act, self.ask, self.no, self.denied, *self.actors.values())


@dataclass(frozen=True, eq=False)
class PatternFile:
    """One language's patterns: crises, fears, commands, and whole answers meaning yes or no.

    ``other`` says that it is about somebody else; ``distant`` that it is long past, made up or said with a laugh.
    ``unsaid`` are those noes that decline to answer: "I'd rather not say", "not now".
    """

    tag: str
    crises: dict[str, Crisis]
    other: Gates
    distant: Gates
    fears: dict[str, Gates]
    commands: dict[str, Gates]
    change_language: tuple[str, ...]
    yes: frozenset[str]
    no: frozenset[str]
    unsaid: frozenset[str]
    examples: dict

    def sets(self) -> Iterator[Gates]:
        """Every set of the file."""
        crises = (crisis.sets() for crisis in self.crises.values())
        return chain([self.other, self.distant], *crises, self.fears.values(), self.commands.values())


def _compile(patterns: list[str] | None) -> Gates:
    return Gates(Gate.all_of(map(fold_pattern, patterns or ())))


def _crisis(raw: dict) -> Crisis:
    actors = {who: _compile(raw.get(who)) for who in _ACTORS if raw.get(who)}
    idioms = Gates(Gate.whole(fold_pattern(p)) for p in raw.get("not") or ())
    denied = Gates(Gate.whole(fold_pattern(p)) for p in raw.get("denied") or ())
    return Crisis(_compile(raw.get("act")), _compile(raw.get("ask")), idioms, denied, actors)


def _spelt_out(node: Any, parts: dict[str, str]) -> Any:
    """Patterns with every ``<NAME>`` put in; parts may hold parts."""
    if isinstance(node, dict):
        return {key: _spelt_out(value, parts) for key, value in node.items()}
    if isinstance(node, list):
        return [_spelt_out(value, parts) for value in node]
    while _PART.search(node):
        node = _PART.sub(lambda part: parts[part[1]], node)
    return node


@cache
def load(tag: str) -> PatternFile:
    """Read ``content/safety/<tag>.yml``; raises FileNotFoundError, re.error or KeyError on a broken file."""
    # BaseLoader (the quick one, in C): to YAML 1.1 a bare yes, no or on is a boolean; here every scalar is a word.
    raw = yaml.load((SAFETY_DIR / f"{tag}.yml").read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    parts = raw.pop("parts", {})
    raw = _spelt_out(raw, parts) if parts else raw
    commands = raw.get("commands") or {}
    return PatternFile(
        tag=raw["language"],
        crises={kind: _crisis(raw[kind]) for kind in CRISES},
        other=_compile(raw.get("other")),
        distant=_compile(raw.get("distant")),
        fears={kind: _compile((raw.get("fears") or {}).get(kind)) for kind in FEARS},
        commands={name: _compile(commands.get(name)) for name in COMMANDS},
        change_language=tuple(fold_pattern(p) for p in commands.get("change_language") or ()),
        yes=frozenset(fold(a) for a in raw.get("yes") or ()),
        no=frozenset(fold(a) for a in raw.get("no") or ()),
        unsaid=frozenset(fold(a) for a in raw.get("unsaid") or ()),
        examples=raw.get("examples") or {},
    )


def _digest() -> str:
    own = [_ROOT / "bot" / "language" / name for name in ("fold.py", "gates.py")]
    files = [Path(__file__), *own, *sorted(SAFETY_DIR.glob("*.yml"))]
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]


def _read_all() -> tuple[PatternFile, ...]:
    return tuple(load(path.stem) for path in sorted(SAFETY_DIR.glob("*.yml")))


@cache
def load_all() -> tuple[PatternFile, ...]:
    """Every language's patterns: a crisis is read in all of them, whatever language the conversation has.

    What ten thousand patterns need takes seconds to find out, so it is kept until a file changes.
    """
    kept = keep(CACHE / f"safety-{_digest()}.pickle", lambda: pickle.dumps(_read_all()))
    return pickle.loads(kept.read_bytes())


@cache
def finder(files: tuple[PatternFile, ...]) -> Finder:
    """What reads a text for the patterns of ``files``."""
    return Finder(gates for file in files for gates in file.sets())
