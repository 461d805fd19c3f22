"""Training, comparing and promoting for maintainers at the desk: in processes of their own, with their progress in one file.

A job of the queue starts the same commands that a maintainer would type; the web process only reads how far they are.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bot import settings
from bot.training import quiet_environment

from . import shelf

__all__ = ["KINDS", "NEEDS_REASON", "UNCHANGED", "AlreadyWorking", "Work", "begin", "carry_out", "now"]

KINDS = ("train", "compare", "promote", "rollback")
# A process that says nothing for so long has ended without saying so; loading Rasa takes a minute on a busy machine.
_SILENT_SECONDS = 600
_ROOT = Path(__file__).resolve().parents[2]
_LAST_LINES = 8
_NAME = re.compile(r"aanspraak-\w+\.tar\.gz")
# How ``aanspraak compare`` ends where promoting needs a reason, and ``train --plain`` where there is nothing to train.
NEEDS_REASON, UNCHANGED = 3, 4


class AlreadyWorking(Exception):
    """One thing at a time: training takes both cores already."""


@dataclass(frozen=True)
class Work:
    """What was asked for last: ``state`` is waiting, running, done or failed; ``at`` is when it was last heard of."""

    kind: str
    state: str
    by: str
    step: str = ""
    fraction: float = 0.0
    message: str = ""
    began: float = 0.0
    at: float = 0.0

    @property
    def under_way(self) -> bool:
        return self.state in {"waiting", "running"} and time.time() - self.at < _SILENT_SECONDS

    @property
    def percent(self) -> int:
        return round(self.fraction * 100)


def _file() -> Path:
    return settings.VAR / "work.json"


def _write(work: Work) -> Work:
    work = replace(work, at=time.time())
    part = _file().with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(asdict(work), ensure_ascii=False), encoding="utf-8")
    part.replace(_file())
    return work


def now() -> Work | None:
    """The work under way, or what became of the last; None when there was none. What fell silent has failed."""
    try:
        work = Work(**json.loads(_file().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    silent = work.state in {"waiting", "running"} and not work.under_way
    return replace(work, state="failed", message="It stopped without a word; the log is in var/log.") if silent else work


def begin(kind: str, by: str, arguments: Sequence[str] = ()) -> Work:
    """Put it in the queue. Raises AlreadyWorking."""
    if kind not in KINDS:
        raise ValueError(kind)
    if (work := now()) and work.under_way:
        raise AlreadyWorking(AlreadyWorking.__doc__)
    work = _write(Work(kind, "waiting", by, began=time.time()))
    from .tasks import work as job

    job.defer(kind=kind, by=by, arguments=list(arguments))
    return work


def _behind_everybody() -> None:
    """Residents' turns go first; and it ends with the worker that started it."""
    os.nice(10)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _command(work: Work, command: Sequence[str], low: float, high: float) -> tuple[int, str]:
    """Run ``aanspraak COMMAND``: its progress fills the bar from ``low`` to ``high``; (exit code, its last lines)."""
    lines, written = [], 0.0
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *command], cwd=_ROOT, env=quiet_environment(), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", preexec_fn=_behind_everybody,
    ) as process:  # fmt: skip
        for line in process.stdout or ():
            word, _, rest = line.strip().partition(" ")
            if word != "progress":
                lines = [*lines, line.strip()][-_LAST_LINES:]
            elif time.time() - written > 0.5:
                step, _, fraction = rest.rpartition(" ")
                done = low + (high - low) * float(fraction)
                written = _write(replace(work, state="running", step=step, fraction=done)).at
    return process.returncode, "\n".join(line for line in lines if line)


def _first(kind: str, arguments: Sequence[str], by: str) -> list[str]:
    if kind == "train":
        return ["train", "--plain"]
    return [kind, *arguments, *(["--plain"] if kind != "rollback" else []), *(["--by", by] if kind != "compare" else [])]


def _worth(said: str) -> list[str] | None:
    """What holds a model just trained against the promoted one, so that the page can say what it is worth; None for no news."""
    made, promoted = _NAME.search(said), shelf.promoted()
    if made is None or promoted in (None, made[0]) or not shelf.is_whole(promoted):
        return None
    return ["compare", promoted, made[0], "--plain"]


def carry_out(kind: str, by: str, arguments: Sequence[str]) -> Work:
    """The job itself. What ends with ``NEEDS_REASON`` or ``UNCHANGED`` has worked."""
    work = _write(Work(kind, "running", by, began=time.time()))
    half = 0.5 if kind == "train" else 1.0
    code, message = _command(work, _first(kind, arguments, by), 0, half)
    if kind == "train" and not code and (then := _worth(message)):
        code, message = _command(work, then, half, 1)
    if code not in (0, NEEDS_REASON, UNCHANGED):
        return _write(replace(work, state="failed", message=message))
    return _write(replace(work, state="done", fraction=1.0, message=message))
