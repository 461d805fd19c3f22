"""Training, comparing and promoting for maintainers at the desk: in processes of their own, with their progress in one file.

A job of the queue starts the same commands that a maintainer would type; the web process only reads how far they are.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bot import settings
from bot.training import quiet_environment

__all__ = ["KINDS", "AlreadyWorking", "Work", "begin", "carry_out", "now"]

KINDS = ("train", "compare", "promote", "rollback")
# A process that says nothing for so long has ended without saying so; loading Rasa takes a minute on a busy machine.
_SILENT_SECONDS = 600
_ROOT = Path(__file__).resolve().parents[2]
_LAST_LINES = 8


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


def _steps(kind: str, arguments: Sequence[str], by: str) -> list[list[str]]:
    if kind == "train":  # and hold it against the promoted one, so that the page can say what it is worth
        return [["train", "--plain"], ["compare", "--plain"]]
    return [[kind, *arguments, *(["--plain"] if kind != "rollback" else []), *(["--by", by] if kind != "compare" else [])]]


def carry_out(kind: str, by: str, arguments: Sequence[str]) -> Work:
    """The job itself. A comparison that ends with 1 has worked: it only says that promoting needs a reason."""
    work = _write(Work(kind, "running", by, began=time.time()))
    steps, message = _steps(kind, arguments, by), ""
    for number, command in enumerate(steps):
        code, message = _command(work, command, number / len(steps), (number + 1) / len(steps))
        compared = command[0] == "compare" and "report" in message
        if code and not compared:
            return _write(replace(work, state="failed", message=message))
    return _write(replace(work, state="done", fraction=1.0, message=message))
