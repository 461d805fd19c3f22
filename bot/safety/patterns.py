"""The pattern files under content/safety, read once and compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

import yaml

from bot.language.fold import fold, fold_pattern
from bot.language.gates import Gate, Gates

__all__ = ["COMMANDS", "CRISES", "FEARS", "SAFETY_DIR", "PatternFile", "load", "load_all", "pieces_of"]

SAFETY_DIR = Path(__file__).resolve().parents[2] / "content" / "safety"
CRISES = (
    "crisis_suicidal",
    "crisis_violence",
    "crisis_no_food_today",
    "crisis_eviction_soon",
    "crisis_energy_cutoff",
)
FEARS = ("fear_children_taken", "fear_residence_status")
COMMANDS = ("delete_my_data", "show_my_data", "withdraw_consent", "phone_read", "want_human")
_ACTORS = ("lender", "employer", "family")


@dataclass(frozen=True)
class Crisis:
    """Compiled patterns of one kind of crisis; ``actors`` says who does it (violence only)."""

    act: tuple[Gate, ...]
    ask: tuple[Gate, ...]
    no: tuple[Gate, ...]
    actors: dict[str, tuple[Gate, ...]] = field(default_factory=dict)

    def gates(self) -> Iterator[Gate]:
        """Every gate of this kind."""
        return chain(self.act, self.ask, self.no, *self.actors.values())


@dataclass(frozen=True, eq=False)
class PatternFile:
    """One language's patterns: crises, fears, commands, and whole answers meaning yes or no."""

    tag: str
    crises: dict[str, Crisis]
    other: tuple[Gate, ...]
    fears: dict[str, tuple[Gate, ...]]
    commands: dict[str, tuple[Gate, ...]]
    change_language: tuple[str, ...]
    yes: frozenset[str]
    no: frozenset[str]
    examples: dict

    def gates(self) -> Iterator[Gate]:
        """Every gate of the file."""
        crises = (crisis.gates() for crisis in self.crises.values())
        return chain(self.other, *crises, *self.fears.values(), *self.commands.values())


def _compile(patterns: list[str] | None) -> tuple[Gate, ...]:
    return Gate.all_of(map(fold_pattern, patterns or ()))


def _crisis(raw: dict) -> Crisis:
    actors = {who: _compile(raw.get(who)) for who in _ACTORS if raw.get(who)}
    idioms = tuple(Gate.whole(fold_pattern(p)) for p in raw.get("not") or ())
    return Crisis(_compile(raw.get("act")), _compile(raw.get("ask")), idioms, actors)


@cache
def load(tag: str) -> PatternFile:
    """Read ``content/safety/<tag>.yml``; raises FileNotFoundError, re.error or KeyError on a broken file."""
    # BaseLoader (the quick one, in C): to YAML 1.1 a bare yes, no or on is a boolean; here every scalar is a word.
    raw = yaml.load((SAFETY_DIR / f"{tag}.yml").read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    commands = raw.get("commands") or {}
    return PatternFile(
        tag=raw["language"],
        crises={kind: _crisis(raw[kind]) for kind in CRISES},
        other=_compile(raw.get("other")),
        fears={kind: _compile((raw.get("fears") or {}).get(kind)) for kind in FEARS},
        commands={name: _compile(commands.get(name)) for name in COMMANDS},
        change_language=tuple(fold_pattern(p) for p in commands.get("change_language") or ()),
        yes=frozenset(fold(a) for a in raw.get("yes") or ()),
        no=frozenset(fold(a) for a in raw.get("no") or ()),
        examples=raw.get("examples") or {},
    )


@cache
def load_all() -> tuple[PatternFile, ...]:
    """Every language's patterns: a crisis is read in all of them, whatever language the conversation has."""
    return tuple(load(path.stem) for path in sorted(SAFETY_DIR.glob("*.yml")))


@cache
def pieces_of(files: tuple[PatternFile, ...]) -> Gates:
    """What must be looked for in a text before the gates of ``files`` are tried."""
    return Gates(gate for file in files for gate in file.gates())
