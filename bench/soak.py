"""Does memory leak: 10,000 conversations in half an hour, and the slope of every part's memory with its error.

    uv run python bench/soak.py --json var/soak.json --picture var/soak.png
    uv run python bench/soak.py --conversations 500 --minutes 3    (quickly)

A whole system as ``./run`` starts it, with the trained model; only the providers are fakes. Everybody writes twice, at an even
pace, on Telegram or WhatsApp. Memory is the proportional set size (PSS): what processes share is counted once. The slope is a
straight line through the samples after the first third, its error the standard error of that line (samples close in time
resemble each other, so the real one is larger). PostgreSQL's share grows until its buffers were touched once.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.crowd import Crowd, memory_mib
from bench.town import town
from tests.faults.looking import rows

_EACH, _SAMPLE_SECONDS = 2, 15


def slope(times: list[float], values: list[float]) -> tuple[float, float]:
    """(slope, standard error) of the least-squares line, a unit of ``values`` an hour; ``times`` in seconds."""
    x, y = np.array(times) / 3600, np.array(values)
    fit = np.polyfit(x, y, 1)
    spread = ((y - np.polyval(fit, x)) ** 2).sum() / max(1, len(x) - 2)
    return float(fit[0]), float(np.sqrt(spread / ((x - x.mean()) ** 2).sum()))


def write(crowd: Crowd, messages: int, seconds: float, place) -> list[tuple[float, dict[str, float]]]:
    """Memory (seconds since the start, MiB by part) while so many messages are written evenly."""
    began, sampled = time.monotonic(), []
    with Progress() as bar:
        task = bar.add_task("writing", total=messages)
        for number in range(messages):
            time.sleep(max(0.0, began + number * seconds / messages - time.monotonic()))
            crowd.write()
            bar.advance(task)
            if time.monotonic() - began >= len(sampled) * _SAMPLE_SECONDS:
                sampled.append((time.monotonic() - began, memory_mib(place)))
                crowd.forget()
    return sampled


def main() -> int:
    """Write, sample, and say how steeply memory rises; 1 when a message was not answered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    with town() as place:
        crowd = Crowd(place, asked.conversations, 1)
        sampled = write(crowd, asked.conversations * _EACH, asked.minutes * 60, place)
        time.sleep(10)
        [[stored, answered]] = rows(place.system, """
            SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM conversations_message r WHERE r.reply_to_id = m.id))
            FROM conversations_message m WHERE author = 'resident'""")  # fmt: skip
        [[conversations]] = rows(place.system, "SELECT count(*) FROM conversations_conversation")
    settled = sampled[len(sampled) // 3 :]
    made = Table("part", "start MiB", "after a third", "end", "slope MiB an hour")
    slopes = {}
    for part in sampled[-1][1]:
        values = [memory.get(part, 0.0) for _, memory in settled]
        slopes[part] = slope([at for at, _ in settled], values)
        first = sampled[0][1].get(part, 0.0)
        made.add_row(part, f"{first:.0f}", f"{values[0]:.0f}", f"{values[-1]:.0f}", "{:+.1f} ± {:.1f}".format(*slopes[part]))
    console = Console()
    console.print(made)
    console.print(
        f"{conversations} conversations in {asked.minutes:g} minutes; {stored} messages, {stored - answered} without an answer"
    )
    if asked.json:
        asked.json.write_text(json.dumps({"sampled": sampled, "slopes": slopes, "stored": stored, "answered": answered}))
    if asked.picture:
        picture(sampled, asked.picture)
    return int(answered < stored or stored < asked.conversations * _EACH)


def picture(sampled: list[tuple[float, dict[str, float]]], file: Path) -> None:
    """Memory of each part over time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for part in sampled[-1][1]:
        axes.plot([at / 60 for at, _ in sampled], [memory.get(part, 0) for _, memory in sampled], label=part)
    axes.set(xlabel="minutes", ylabel="MiB (PSS)", title="Memory while residents write")
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
