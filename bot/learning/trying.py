"""The process behind "try it": it holds the running model and a candidate in memory, and ends when nobody uses it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from pathlib import Path
from threading import Lock, Thread, Timer
from typing import Any

from bot.training import quiet_environment

__all__ = ["answer", "ask", "stop"]

_ROOT = Path(__file__).resolve().parents[2]
_IDLE_SECONDS = 600
_MOST_WAITING = 200


class _Process:
    """One process for one set of models; answers are kept until they are fetched."""

    def __init__(self, models: tuple[str, ...]) -> None:
        self.models, self.used = models, time.monotonic()
        self._answers: dict[str, dict[str, Any]] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot.dialogue.tryout", *models], cwd=_ROOT, env=quiet_environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            word, _, rest = line.partition(" ")
            if word == "answer":
                found = json.loads(rest)
                self._answers[found["id"]] = found
                while len(self._answers) > _MOST_WAITING:
                    self._answers.pop(next(iter(self._answers)))

    def ask(self, talk: str, text: str, lang: str) -> str:
        number, self.used = uuid.uuid4().hex, time.monotonic()
        order = {"id": number, "talk": talk, "text": text, "lang": lang}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return number

    def fetch(self, number: str) -> dict[str, Any] | None:
        return self._answers.pop(number, None)

    def end(self) -> None:
        self._process.stdin.close()  # it reads the end of its orders, and goes
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


_lock = Lock()
_running: _Process | None = None


def _watch() -> None:
    """End the process when nobody has asked for a while."""
    with _lock:
        if _running is None:
            return
        if time.monotonic() - _running.used < _IDLE_SECONDS:
            timer = Timer(_IDLE_SECONDS / 4, _watch)
            timer.daemon = True
            timer.start()
            return
    stop()


def stop() -> None:
    """End the process; its talks go with it."""
    global _running
    with _lock:
        ended, _running = _running, None
    if ended:
        ended.end()


def ask(models: tuple[str, ...], talk: str, text: str, lang: str) -> str:
    """Put a message to all of ``models``; returns the number under which ``answer`` finds what they made of it."""
    global _running
    if _running and (_running.models != models or not _running.alive):
        stop()
    with _lock:
        new = _running is None
        _running = _running or _Process(models)
        number = _running.ask(talk, text, lang)
    if new:
        _watch()
    return number


def answer(number: str, seconds: float = 0.0) -> dict[str, Any] | None:
    """The answer, waiting up to ``seconds`` for it; None when it is not there yet. Raises LookupError when none will come."""
    deadline = time.monotonic() + seconds
    while True:
        if _running is None or not _running.alive:
            raise LookupError(number)
        if found := _running.fetch(number):
            return found
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.05)
