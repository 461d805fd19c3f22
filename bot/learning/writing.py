"""Accepted examples into the data: lines added to ``data/nlu/<tag>/<topic>.yml``, one in five held out for scoring.

A file is only ever added to, line by line: comments, order and hand edits stay as they are, and what the file says before and
after is compared. Which lines are held out follows from the text alone, so that nobody chooses what is scored.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import yaml
from django.db import transaction

from bot.language import examples as data
from bot.language.fold import fold
from bot.privacy.logs import event

from .data_checks import NEAR, intents
from .exceptions import CannotWrite
from .models import Sample

__all__ = ["HELD_OUT", "Change", "Line", "accepted_lines", "is_held_out", "plan", "write_accepted"]

ROOT = Path(__file__).resolve().parents[2]
# One in so many, by the hash of the folded text.
HELD_OUT = 5
# As the data's own check finds near-copies, and a little stricter: it weighs the letters of a whole language anew.
_NEAR, _SENTENCE = NEAR - 0.03, 20
_HEADER = '# Accepted from messages; drafts until a native speaker has read them.\nversion: "3.1"\nnlu:\n'
_NEVER = re.compile(r"[\[\]{}⟨⟩\n\r]")


@dataclass(frozen=True)
class Line:
    """One accepted example."""

    tag: str
    intent: str
    text: str
    # Slot and value, where a reviewer says that they were read wrongly: for who writes the patterns in content/wishes.
    wishes: tuple[tuple[str, str], ...] | None = None


@dataclass
class Change:
    """What would be written: every file's new text, and what is left out because the data has it already."""

    files: dict[Path, str] = field(default_factory=dict)
    before: dict[Path, str] = field(default_factory=dict)
    trained: list[Line] = field(default_factory=list)
    held_out: list[Line] = field(default_factory=list)
    left_out: list[Line] = field(default_factory=list)

    def diff(self) -> str:
        """As a reviewer of the repository reads it."""
        parts = []
        for path in sorted(self.files):
            name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
            old, new = self.before[path].splitlines(keepends=True), self.files[path].splitlines(keepends=True)
            parts += difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", n=2)
        return "".join(parts)


def is_held_out(text: str) -> bool:
    """By the text alone: the same line always goes to the same side, whoever writes it and when."""
    return int(hashlib.sha256(fold(text).encode()).hexdigest(), 16) % HELD_OUT == 0


# --- what may be added -------------------------------------------------------------------------------------------


def _held_lines(tag: str, folder: Path) -> list[str]:
    path = folder / f"{tag}.jsonl"
    rows = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(row)["text"] for row in rows if row.strip()]


def _new_of(lines: list[Line], folder: Path) -> set[Line]:
    """Those of ``lines``, all of one language, that the data do not have: no double, no near-copy, on neither side."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # 45 MiB that the desk's pages can do without

    tag, others = lines[0].tag, {fold(row.text) or row.text for row in data.examples()}
    known = [row.text for row in data.examples(tag)] + _held_lines(tag, folder)
    taken, texts = others | {fold(text) or text for text in known}, [*known, *(line.text for line in lines)]
    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), preprocessor=fold).fit_transform(texts)
    kept, new = list(range(len(known))), set()
    for number, line in enumerate(lines, start=len(known)):
        is_near = len(line.text) >= _SENTENCE and kept and (rows[kept] @ rows[number].T).max() >= _NEAR
        if (fold(line.text) or line.text) in taken or is_near:
            continue
        taken.add(fold(line.text) or line.text)
        kept.append(number)
        new.add(line)
    return new


def _usable(line: Line) -> bool:
    """As the data's own check wants it: a known intent, one line, no markup, nothing that was masked."""
    text = line.text
    return (
        line.intent in intents()
        and line.tag in data.tags()
        and bool(text)
        and not text.startswith("/")
        and not _NEVER.search(text)
    )


# --- into the files ----------------------------------------------------------------------------------------------


def _topics() -> dict[str, str]:
    """Which topic an intent belongs to, as the Dutch data have it."""
    return {row.intent: row.topic for row in data.examples("nl")}


def _parsed(text: str) -> dict[str, list[str]]:
    found = yaml.safe_load(text) if text.strip() else {"nlu": []}
    return {block["intent"]: block["examples"].splitlines() for block in found["nlu"] or []}


def _with_lines(text: str, intent: str, texts: Sequence[str]) -> str:
    """``text`` of a file with examples behind the last one of ``intent``; every other line stays as it is."""
    lines = text.split("\n")
    start = next((i for i, line in enumerate(lines) if re.fullmatch(rf"\s*- intent:\s*{re.escape(intent)}\s*(#.*)?", line)), None)
    if start is None:
        body = (text or _HEADER).rstrip("\n")
        return "\n".join([body, f"- intent: {intent}", "  examples: |", *(f"    - {t}" for t in texts), ""])
    last = start
    for i in range(start + 1, len(lines)):
        if re.match(r"\s*- intent:", lines[i]):
            break
        if re.match(r"\s+- ", lines[i]):
            last = i
    indent = re.match(r"\s*", lines[last])[0] if last > start else "    "
    return "\n".join([*lines[: last + 1], *(f"{indent}- {t}" for t in texts), *lines[last + 1 :]])


def _add_examples(path: Path, before: str, wanted: dict[str, list[str]]) -> str:
    after = before
    for intent in sorted(wanted, key=intents().index):
        after = _with_lines(after, intent, wanted[intent])
    old, new = _parsed(before), _parsed(after)
    for intent in {*old, *wanted}:
        if new.get(intent) != [*old.get(intent, []), *(f"- {t}" for t in wanted.get(intent, []))]:
            raise CannotWrite(f"{path.name} has a form that cannot be added to safely, at {intent}. Look at it by hand.")
    return after


def _add_rows(before: str, lines: Iterable[Line]) -> str:
    rows = [json.dumps({"lang": x.tag, "intent": x.intent, "text": x.text}, ensure_ascii=False) for x in lines]
    return before + ("" if before.endswith("\n") or not before else "\n") + "".join(f"{row}\n" for row in rows)


def _wishes(lines: Iterable[Line], folder: Path) -> dict[Path, list[str]]:
    """The corrected wishes, a row each, in a folder of their own: no example of an intent, but what a pattern should read."""
    found = defaultdict(list)
    for line in sorted((x for x in lines if x.wishes is not None and _usable(x)), key=lambda x: x.text):
        row = {"lang": line.tag, "text": line.text, "wishes": dict(line.wishes)}
        found[folder / "wishes" / f"{line.tag}.jsonl"].append(json.dumps(row, ensure_ascii=False) + "\n")
    return {path: list(dict.fromkeys(rows)) for path, rows in found.items()}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def plan(lines: Iterable[Line], evaluation: Path | None = None) -> Change:
    """What the data become with ``lines``; nothing is written. Raises CannotWrite."""
    folder, change, lines = evaluation or ROOT / "content" / "evaluation", Change(), list(lines)
    if not lines:
        return change
    topics, wanted, held = _topics(), defaultdict(lambda: defaultdict(list)), defaultdict(list)
    ordered = sorted(set(lines), key=lambda x: (x.tag, x.intent, fold(x.text), x.text))
    usable = [line for line in ordered if _usable(line)]
    new = {line for _tag, same in groupby(usable, key=lambda x: x.tag) for line in _new_of(list(same), folder)}
    for line in ordered:
        if line not in new:
            change.left_out.append(line)
        elif is_held_out(line.text):
            change.held_out.append(line)
            held[folder / f"{line.tag}.jsonl"].append(line)
        else:
            change.trained.append(line)
            wanted[data.DATA / line.tag / f"{topics[line.intent]}.yml"][line.intent].append(line.text)
    for path, found in _wishes(lines, folder).items():
        change.before[path] = _read(path)
        change.files[path] = change.before[path] + "".join(row for row in found if row not in change.before[path])
    for path in {*wanted, *held}:
        change.before[path] = _read(path)
    for path, found in wanted.items():
        change.files[path] = _add_examples(path, change.before[path], found)
    for path, found in held.items():
        change.files[path] = _add_rows(change.before[path], found)
    return change


def _replace(path: Path, text: str) -> None:
    """All of it or nothing, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _write(change: Change) -> None:
    done = []
    try:
        for path, text in change.files.items():
            if _read(path) != change.before[path]:
                raise CannotWrite(f"{path.name} was changed meanwhile. Try again.")
            _replace(path, text)
            done.append(path)
    except (OSError, CannotWrite) as error:
        for path in done:
            _replace(path, change.before[path])
        if isinstance(error, OSError):
            raise CannotWrite(f"{error.strerror}: {error.filename}. Give the desk's account the right to write there.") from None
        raise


def _line(sample: Sample) -> Line:
    wishes = None if sample.decided_wishes is None else tuple(sorted(sample.decided_wishes.items()))
    return Line(sample.decided_language or sample.language, sample.decided_intent, " ".join(sample.text.split()), wishes)


def accepted_lines() -> list[Line]:
    """What people have agreed on and nobody has written yet."""
    return [_line(sample) for sample in Sample.objects.filter(state=Sample.State.ACCEPTED)]


def write_accepted(evaluation: Path | None = None) -> Change:
    """Write every accepted example and forget where it came from. Raises CannotWrite; then nothing was changed.

    Twice is once: what a run that died half-way wrote is known to the data, so that only its rows are left to forget.
    """
    with transaction.atomic():
        samples = list(Sample.objects.select_for_update().filter(state=Sample.State.ACCEPTED))
        change = plan([_line(sample) for sample in samples], evaluation)
        _write(change)
        Sample.objects.filter(pk__in=[sample.pk for sample in samples]).delete()
    if samples:
        event("learning.written", trained=len(change.trained), held_out=len(change.held_out), left_out=len(change.left_out))
    return change
