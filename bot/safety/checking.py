"""Hold a pattern file against its own examples and against the understanding data."""

from __future__ import annotations

from collections.abc import Iterator

from bot.language.examples import examples

from .patterns import CRISES, FEARS, PatternFile, load
from .reading import named, read_safety

__all__ = ["example_problems", "nlu_problems"]


def _crisis_problems(file: PatternFile) -> Iterator[str]:
    for kind in CRISES:
        for wanted, sentences in (file.examples.get(kind) or {}).items():
            for sentence in sentences:
                hit = read_safety(sentence, [file])
                got = hit.level if hit else "none"
                # Help where a check would do, or another crisis found first, harms nobody; a miss does.
                fine = got == wanted or (wanted == "ask" and got == "act") or (wanted != "none" and hit and hit.kind != kind)
                if not fine or (wanted == "none" and hit and hit.kind == kind):
                    yield f"{kind}: wanted {wanted}, got {got} ({hit.kind if hit else '-'}): {sentence}"


def _pattern_problems(file: PatternFile) -> Iterator[str]:
    for name in FEARS:
        for wanted, sentences in (file.examples.get(name) or {}).items():
            for sentence in sentences:
                if (name in named(sentence, file)) != (wanted == "hit"):
                    yield f"{name}: wanted {wanted}: {sentence}"
    for name, sentences in (file.examples.get("commands") or {}).items():
        for sentence in sentences if name != "change_language" else ():
            found = named(sentence, file) - set(FEARS)
            if found if name == "none" else name not in found:
                yield f"command {name}: got {sorted(found)}: {sentence}"


def example_problems(tag: str) -> list[str]:
    """Each example of ``content/safety/<tag>.yml`` that its own patterns read otherwise."""
    file = load(tag)
    return [*_crisis_problems(file), *_pattern_problems(file)]


def nlu_problems(tag: str) -> list[str]:
    """Understanding examples that the patterns miss (crises) or take for a crisis (all others)."""
    file, problems = load(tag), []
    for row in examples(tag):
        hit = read_safety(row.text, [file])
        if row.intent in CRISES and (hit is None or hit.kind != row.intent):
            problems.append(f"missed {row.intent} ({hit.kind if hit else '-'}): {row.text}")
        elif row.intent not in CRISES and hit:
            problems.append(f"{row.intent} read as {hit.kind}/{hit.level}: {row.text}")
    return problems
