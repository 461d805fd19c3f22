"""The understanding data as rows: every example line of ``data/nlu/<tag>/<topic>.yml``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

__all__ = ["DATA", "Example", "examples", "lines", "tags"]

DATA = Path(__file__).resolve().parents[2] / "data" / "nlu"


@dataclass(frozen=True, slots=True)
class Example:
    """One line: which way of writing, in which topic's file, under which intent."""

    tag: str
    topic: str
    intent: str
    text: str


def tags() -> list[str]:
    """The ways of writing that have data."""
    return sorted(path.name for path in DATA.iterdir() if path.is_dir())


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """(intent, text) of every example in one file."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for block in yaml.load(path.read_text(encoding="utf-8"), Loader=loader)["nlu"]:
        for line in block["examples"].splitlines():
            yield block["intent"], line.removeprefix("- ").strip()


def examples(tag: str | None = None) -> Iterator[Example]:
    """Every example of one way of writing, or of all."""
    for path in sorted(DATA.glob(f"{tag or '*'}/*.yml")):
        for intent, text in lines(path):
            yield Example(path.parent.name, path.stem, intent, text)
