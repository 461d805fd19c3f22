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
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.crowd import NAMES, Crowd, cpu_seconds, memory_mib
from bench.town import Town, town
from bench.turns import percentile

PY_SPY = (str(ROOT / ".uv" / "bin" / "uv"), "tool", "run", "py-spy")
_GOOD_MS, _WAIT_SECONDS = 500, 20


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
