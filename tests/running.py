"""The whole system as `./run` starts it, for tests of conversations, browsers and faults: real processes, real Rasa."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
_READY_SECONDS = 600  # a first start trains the model


def _is_free(port: int) -> bool:
    """Whether nobody listens there, nor on its neighbours for Rasa and the actions."""
    try:
        for each in (port, port + 1005, port + 1055):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", each))
    except OSError:
        return False
    return True


@contextmanager
def free_port() -> Iterator[int]:
    """A port that is ours until the end: a system trains for minutes before it listens, and two test runs must not meet."""
    for port in range(18100, 18900, 10):
        with (Path(tempfile.gettempdir()) / f"aanspraak-test-port-{port}").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            if _is_free(port):
                yield port
                return
    raise RuntimeError("no free port")


class Resident:
    """Somebody in the web chat, over the JSON contract."""

    def __init__(self, base: str) -> None:
        self._http = httpx.Client(base_url=f"{base}/chat/api", timeout=30)
        self.token = self._http.post("/sessions", json={}).json()["session"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"
        self.seen = 0

    def close(self) -> None:
        self._http.close()

    def post(self, body: dict) -> httpx.Response:
        return self._http.post("/messages", json=body)

    def messages(self, after: int = 0) -> list[dict]:
        return self._http.get("/messages", params={"after": after}).json()

    def wait(self, after: int, seconds: float = 60, author: str = "bot") -> list[dict]:
        """What came after this position, once somebody answered; fails when nobody does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.messages(after)
            if any(m["author"] == author for m in found):
                return [m for m in found if m["author"] == author]
            time.sleep(0.03)
        raise AssertionError(f"no {author} message after {after} within {seconds} s")

    def write(self, text: str, **wait) -> list[dict]:
        """Write, and return the replies."""
        return self.wait(self.post({"text": text}).json()["id"], **wait)

    def tap(self, title: str, **wait) -> list[dict]:
        """Tap the last offered button with this title."""
        offered = [b for m in self.messages() for b in m["buttons"] if b["title"] == title]
        assert offered, f"no button {title!r} in {[b['title'] for m in self.messages()[-3:] for b in m['buttons']]}"
        return self.wait(self.post({"payload": offered[-1]["payload"]}).json()["id"], **wait)


class Running:
    """A started system: ``base`` is its address, ``var`` its folder."""

    def __init__(self, port: int, var: Path, process: subprocess.Popen, output: Path) -> None:
        self.port, self.var, self.process, self._output = port, var, process, output
        self.base = f"http://127.0.0.1:{port}"
        self._residents: list[Resident] = []
        self._inside: dict[str, subprocess.Popen] = {}

    def inside(self, module: str) -> subprocess.Popen:
        """A process of ours with this system's settings, that reads orders and writes answers; started once."""
        if module not in self._inside or self._inside[module].poll() is not None:
            ours = {"AANSPRAAK_VAR": str(self.var), "PORT": str(self.port), "DJANGO_SETTINGS_MODULE": "bot.settings"}
            self._inside[module] = subprocess.Popen(
                [sys.executable, "-m", module], cwd=ROOT, env={**os.environ, **ours, "LOG_LEVEL": "ERROR"}, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        return self._inside[module]

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    @property
    def announced(self) -> bool:
        """Whether this very process said that it is ready: another's answer on the port is not ours."""
        return bool(re.search(r"is ready", self.output))

    def resident(self) -> Resident:
        self._residents.append(Resident(self.base))
        return self._residents[-1]

    def close(self) -> None:
        """The residents' connections and our processes inside: an unclosed one is a warning, and a warning an error."""
        for resident in self._residents:
            resident.close()
        for process in self._inside.values():
            process.terminate()
            process.communicate()

    def pid(self, name: str) -> int:
        """The process id of a child: web, turns, delivery, rasa, actions, telegram."""
        return int((self.var / "log" / f"{name}.pid").read_text())

    def secret(self, name: str) -> str:
        return (self.var / "secrets" / name).read_text().strip()

    def ready(self) -> dict:
        try:
            return httpx.get(f"{self.base}/readyz", timeout=5).json()
        except (httpx.HTTPError, json.JSONDecodeError):
            return {}

    def wait_ready(self, seconds: float = _READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.output[-2000:]}")
            if self.announced and (found := self.ready()) and all(found.values()):
                return
            time.sleep(0.2)
        raise AssertionError(f"not ready: {self.ready()} {self.output[-2000:]}")

    def stop(self, seconds: float = 60) -> float:
        """Ctrl-C; returns how many seconds the end took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(seconds)
        return time.monotonic() - began


def _start(var: Path, port: int, options: tuple[str, ...], env: dict[str, str]) -> Running:
    var.mkdir(parents=True, exist_ok=True)
    output = var / "output.txt"
    command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port), "--no-browser", *options]
    clean = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "RASA_PORT", "ACTIONS_PORT"}}
    whole = {**clean, "AANSPRAAK_VAR": str(var), "PORT": str(port), **env}
    with output.open("w") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, env=whole)
    return Running(port, var, process, output)


@contextmanager
def starting(var: Path, *options: str, **env: str) -> Iterator[Running]:
    """Start on a free port with keys and a database of its own in ``var``; stopped at the end."""
    with free_port() as port:
        system = _start(var, port, options, env)
        try:
            yield system
        finally:
            system.close()
            if system.process.poll() is None:
                system.stop()


@contextmanager
def running(var: Path, *options: str, **env: str) -> Iterator[Running]:
    """The same, once all of it is ready."""
    with starting(var, *options, **env) as system:
        system.wait_ready()
        yield system
