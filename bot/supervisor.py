"""Starts, restarts and stops the processes. A dead child comes back; all stop only on a signal."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Child", "Supervisor", "never_failing"]

_FIRST_DELAY, _LONGEST_DELAY, _STEADY = 0.3, 20.0, 60.0
_GRACE = 5.0
_LOG_LIMIT = 5_000_000


@dataclass
class Child:
    """One process to keep alive: its name (also its log file's), its command, and what of the environment is its own."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    starts: int = 0


def _die_with_parent() -> None:
    """Linux: a child never outlives a supervisor that was killed with -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def never_failing(say: Callable[..., None]) -> Callable[..., None]:
    """The same, but a closed terminal or a full disk under it decides over nothing that runs."""

    def told(*words: object) -> None:
        with contextlib.suppress(Exception, SystemExit):  # rich ends the program at a closed pipe
            say(*words)

    return told


def _open_log(folder: Path, name: str):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


class Supervisor:
    """Keeps ``children`` alive until ``stop`` is called or a signal comes."""

    def __init__(self, children: list[Child], logs: Path, env: Mapping[str, str], say: Callable[[str], None]) -> None:
        self.children, self._logs, self._env, self._say = children, logs, dict(env), never_failing(say)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask for the end; ``run`` returns when every child is gone."""
        self._stopping.set()

    async def run(self, ready: Callable[[], asyncio.Future | object]) -> None:
        """Start all, await ``ready()`` beside them, and keep them alive until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)
        keepers = [asyncio.create_task(self._keep(child)) for child in self.children]
        watcher = asyncio.create_task(ready())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({stopping, watcher}, return_when=asyncio.FIRST_COMPLETED)
        failed = watcher.exception() if watcher.done() and not watcher.cancelled() else None
        if failed is None:
            await stopping
        watcher.cancel()
        self._stopping.set()
        await self._end(keepers)
        if failed:
            raise failed

    async def _keep(self, child: Child) -> None:
        delay = _FIRST_DELAY
        while not self._stopping.is_set():
            began = time.monotonic()
            ended = await self._live(child)
            if self._stopping.is_set():
                return
            delay = _FIRST_DELAY if time.monotonic() - began > _STEADY else min(delay * 2, _LONGEST_DELAY)
            self._say(f"{child.name} {ended}; starting it again in {delay:.1f} s")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)

    async def _live(self, child: Child) -> str:
        """One life of it, until its end; how that came. No memory, process or disk space now may be there in a while."""
        try:
            await self._start(child)
        except (OSError, RuntimeError, MemoryError, subprocess.SubprocessError) as error:  # RuntimeError: no thread to watch it
            return f"could not be started ({error})"
        with contextlib.suppress(OSError):  # it lives, also without its number in a file
            (self._logs / f"{child.name}.pid").write_text(str(child.process.pid))
        return f"ended (code {await child.process.wait()})"

    async def _start(self, child: Child) -> None:
        child.starts += 1
        with _open_log(self._logs, child.name) as log:
            child.process = await asyncio.create_subprocess_exec(
                *child.command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env={**self._env, **child.env},
                start_new_session=True, preexec_fn=_die_with_parent,  # Ctrl-C in the terminal reaches us alone
            )  # fmt: skip

    async def _end(self, keepers: list[asyncio.Task]) -> None:
        for child in self.children:
            self._signal(child, signal.SIGTERM)
        _, late = await asyncio.wait(keepers, timeout=_GRACE)
        if late:
            for child in self.children:
                self._signal(child, signal.SIGKILL)
            await asyncio.wait(late, timeout=2)

    @staticmethod
    def _signal(child: Child, number: signal.Signals) -> None:
        if child.process and child.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, number)
