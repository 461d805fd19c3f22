"""How many turns a second, and how long each takes: residents arrive at a rising rate through both real webhooks.

    uv run python bench/load.py --json var/load.json --picture var/load.png
    uv run python bench/load.py --rates 10 --seconds 60 --profile var/profile    (where the time goes, by py-spy)

Everything is real, as ``./run`` starts it, with the trained model; only the providers are fakes. A turn's time runs from the
moment the provider calls our webhook to the moment our reply reaches the provider. Arrivals are random (Poisson), never wait for
answers, and come from ``--residents`` people; nobody writes while still waiting for an answer.
The generator and the fakes run on the same cores: their share is the row "generator and fakes".
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import http.client
import json
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.town import Resident, Town, texts, town
from bench.turns import percentile
from bot.testing.telegram_updates import message_update
from bot.testing.whatsapp_bodies import body, change, message
from tests.faults.looking import database, processes

PY_SPY = (str(ROOT / ".uv" / "bin" / "uv"), "tool", "run", "py-spy")
NAMES = ("web", "turns", "delivery", "rasa", "actions")
_SENDERS, _GOOD_MS, _WAIT_SECONDS = 12, 500, 20


@dataclass
class Stage:
    """One rate: what was offered, what was answered, how long it took (ms), and what a turn cost (CPU ms a process)."""

    rate: float
    seconds: float = 0
    sent: int = 0
    answered: int = 0
    p50: float = 0
    p95: float = 0
    p99: float = 0
    webhook_p95: float = 0
    cpu: dict[str, float] = field(default_factory=dict)
    others_cpu_share: float = 0

    @property
    def good(self) -> bool:
        return self.answered >= 0.98 * self.sent and self.p95 <= _GOOD_MS


class Wire:
    """Kept connections to the two webhooks, one a thread."""

    def __init__(self, place: Town) -> None:
        self._place, self._local = place, threading.local()
        self._host = urlsplit(place.system.base).netloc

    def post(self, channel: str, made: dict[str, Any]) -> int:
        raw, headers = json.dumps(made).encode(), {"Content-Type": "application/json"}
        _, secret = self._place.telegram.webhook if channel == "telegram" else self._place.whatsapp.webhook
        if channel == "telegram":
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        else:
            headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self._host, timeout=20)
        self._local.connection.request("POST", f"/channels/{channel}/webhook", raw, headers)
        answer = self._local.connection.getresponse()
        answer.read()
        return answer.status


class Crowd:
    """Residents who write when told to, and the moments they wrote and were answered."""

    def __init__(self, place: Town, count: int, seed: int) -> None:
        self._place, self._wire = place, Wire(place)
        self.people = deque(Resident(place, n, seed) for n in range(count))
        self._texts, self._number = texts(seed), time.time_ns() // 1_000_000
        self._jobs: queue.Queue = queue.Queue()
        self.wrote: dict[str, float] = {}
        self.webhook_ms: list[float] = []
        self.failed = 0
        for _ in range(_SENDERS):
            threading.Thread(target=self._send, daemon=True).start()

    def write(self) -> None:
        """The one who was silent longest writes."""
        resident = self.people[0]
        self.people.rotate(-1)
        self._jobs.put((resident, self._made(resident, next(self._texts))))

    def _made(self, resident: Resident, text: str) -> dict[str, Any]:
        self._number += 1
        if resident.channel == "telegram":
            return message_update(self._number, resident.chat, {"message_id": self._number % 10**9, "text": text})
        return body(change([message(resident.phone, text)]))

    def _send(self) -> None:
        while True:
            resident, made = self._jobs.get()
            began = time.monotonic()
            self.wrote[resident.address] = began
            try:
                self.failed += self._wire.post(resident.channel, made) != 200
            except (OSError, http.client.HTTPException):
                self.failed += 1
                self._wire._local.__dict__.pop("connection", None)
            self.webhook_ms.append((time.monotonic() - began) * 1000)

    def answers(self) -> dict[str, float]:
        """The moment of the first reply to each, since they wrote."""
        found: dict[str, float] = {}
        for call in list(self._place.telegram.calls):
            if call.method == "sendMessage":
                self._first(found, str(call.params["chat_id"]), call.at)
        for call in list(self._place.whatsapp.calls):
            if call.params.get("to") and call.params.get("type"):
                self._first(found, call.params["to"], call.at)
        return found

    def _first(self, found: dict[str, float], address: str, at: float) -> None:
        if at > self.wrote.get(address, float("inf")):
            found.setdefault(address, at)

    def forget(self) -> None:
        self.wrote.clear()
        self.webhook_ms.clear()
        self._place.telegram.calls.clear()
        self._place.whatsapp.calls.clear()


def _cpu(process: psutil.Process, with_children: bool = False) -> float:
    times = process.cpu_times()
    total = times.user + times.system
    if with_children:
        total += times.children_user + times.children_system
        total += sum(_cpu(child) for child in process.children())
    return total


def cpu_seconds(place: Town) -> dict[str, float]:
    """What each part has used so far."""
    used = {name: _cpu(psutil.Process(place.system.pid(name))) for name in NAMES}
    first = int((database(place.system).data / "postmaster.pid").read_text().split()[0])
    return {**used, "postgres": _cpu(psutil.Process(first), with_children=True), "generator and fakes": _cpu(psutil.Process())}


def memory_mib(place: Town) -> dict[str, float]:
    """Sum of PSS of every process, and each part's; what processes share is counted once."""
    names = {place.system.pid(name): name for name in NAMES} | {place.system.process.pid: "supervisor"}
    found: dict[str, float] = {}
    for process in processes(place.system):
        try:
            name, pss = names.get(process.pid, "postgres"), process.memory_full_info().pss / 2**20
        except psutil.NoSuchProcess:
            continue
        found[name] = round(found.get(name, 0) + pss, 1)
    return {**found, "all": round(sum(found.values()), 1)}


def stage(place: Town, crowd: Crowd, rate: float, seconds: float, rng: random.Random, bar: Progress, task: Any) -> Stage:
    """Offer ``rate`` messages a second for so long, wait for the answers, and count."""
    crowd.forget()
    used, machine, began = cpu_seconds(place), psutil.cpu_times(), time.monotonic()
    due, count = 0.0, 0
    while due < seconds:
        due += rng.expovariate(rate)
        time.sleep(max(0.0, began + due - time.monotonic()))
        crowd.write()
        count += 1
        bar.update(task, advance=1 / rate)
    deadline = time.monotonic() + _WAIT_SECONDS
    while len(answers := crowd.answers()) < count and time.monotonic() < deadline:
        time.sleep(0.25)
    took, now, then = time.monotonic() - began, cpu_seconds(place), psutil.cpu_times()
    times = [(at - crowd.wrote[who]) * 1000 for who, at in answers.items()]
    ours = sum(now.values()) - sum(used.values())
    busy = (then.user + then.system + then.nice) - (machine.user + machine.system + machine.nice)
    return Stage(
        rate, round(took, 1), count, len(answers), percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99),
        percentile(crowd.webhook_ms, 0.95), {name: 1000 * (now[name] - used[name]) / max(1, count) for name in now},
        round(max(0.0, busy - ours) / took / psutil.cpu_count(), 2),
    )  # fmt: skip


def table(stages: list[Stage]) -> Table:
    """For a terminal."""
    made = Table("turns/s", "sent", "answered", "p50 ms", "p95 ms", "p99 ms", "webhook p95", "others' load",
                 *stages[0].cpu, "all", caption="beside the parts: processor time a turn, in ms")  # fmt: skip
    for s in stages:
        made.add_row(
            f"{s.rate:g}", str(s.sent), str(s.answered), f"{s.p50:.0f}", f"{s.p95:.0f}", f"{s.p99:.0f}", f"{s.webhook_p95:.0f}",
            f"{100 * s.others_cpu_share:.0f} %", *(f"{ms:.1f}" for ms in s.cpu.values()), f"{sum(s.cpu.values()):.0f}",
            style="green" if s.good else "red",
        )  # fmt: skip
    return made


def picture(stages: list[Stage], file: Path) -> None:
    """Latency over load."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    rates = [s.rate for s in stages]
    for name in ("p50", "p95", "p99"):
        axes.plot(rates, [getattr(s, name) for s in stages], marker="o", label=name)
    axes.axhline(_GOOD_MS, color="grey", linestyle="--", linewidth=1)
    axes.set(xlabel="turns a second offered", ylabel="from webhook to reply, ms", yscale="log",
             title="Latency over load (generator and fakes on the same cores)")  # fmt: skip
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=120)


@contextmanager
def profiled(place: Town, folder: Path | None) -> Iterator[None]:
    """Let py-spy watch every Python process meanwhile; one file of collapsed stacks each."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    watching = [
        subprocess.Popen(
            [*PY_SPY, "record", "--nonblocking", "--rate", "200", "--format", "raw", "--pid", str(place.system.pid(name)),
             "--duration", "86400", "--output", str(folder / f"{name}.txt")],
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )
        for name in NAMES
    ]  # fmt: skip
    try:
        yield
    finally:
        for watcher in watching:
            watcher.send_signal(signal.SIGINT)
        for watcher in watching:
            watcher.wait(60)


def main() -> int:
    """Climb until answers come too late, and say what held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rates", type=float, nargs="+", default=[2, 5, 10, 15, 20, 25, 30, 40])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--residents", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--profile", type=Path, help="a folder for collapsed stacks; needs py-spy (uv tool)")
    asked = parser.parse_args()
    console, rng, stages = Console(width=160), random.Random(asked.seed), []
    began = time.monotonic()
    with town() as place:
        ready = time.monotonic() - began
        time.sleep(5)
        idle = memory_mib(place)
        crowd = Crowd(place, asked.residents, asked.seed)
        with Progress(console=console) as bar:
            task = bar.add_task("warming up", total=asked.seconds)
            stage(place, crowd, 2, asked.seconds, rng, bar, task)
            for rate in asked.rates:
                task = bar.add_task(f"{rate:g} turns/s", total=asked.seconds)
                with profiled(place, asked.profile):
                    stages.append(stage(place, crowd, rate, asked.seconds, rng, bar, task))
                if stages[-1].answered < 0.5 * stages[-1].sent:
                    break
        after = memory_mib(place)
    console.print(table(stages))
    held = max((s.rate for s in stages if s.good), default=0)
    console.print(f"p95 within {_GOOD_MS} ms up to {held:g} turns/s; ready after {ready:.0f} s; idle {idle}; afterwards {after}")
    if asked.json:
        found = {
            "stages": [asdict(s) for s in stages],
            "held": held,
            "ready_seconds": ready,
            "idle_mib": idle,
            "after_mib": after,
        }
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if asked.picture:
        picture(stages, asked.picture)
    return int(held < 25)


if __name__ == "__main__":
    sys.exit(main())
