"""Pipelines side by side on the same split of our own data: macro-F1 per way of writing, training, parsing, memory.

    uv run python bench/understanding.py                     (all; Rasa's default did not end within an hour here)
    uv run python bench/understanding.py ngrams two-stage    (some)
    uv run python bench/understanding.py --of 4 rasa-default two-stage    (trained on every fourth line: Rasa's default ends)

Each pipeline is a Rasa config in bench/pipelines/, trained and asked through Rasa in a process of its own, on four fifths of
data/nlu drawn by a fixed seed within each way of writing and intent; the last fifth is the test. Lines by the same author
resemble each other and hold hard pairs on purpose: this ranks pipelines; `aanspraak evaluate` on messages by others scores them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import yaml
from rich.progress import track

from bot.language.examples import Example, examples

ROOT = Path(__file__).resolve().parents[1]
PIPELINES = Path(__file__).with_name("pipelines")


def split(seed: int = 0, of: int = 1) -> tuple[list[Example], list[Example]]:
    """(training, test) rows: a fifth of each intent in each way of writing tests; every ``of``-th of the rest trains."""
    groups: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for row in examples():
        groups[row.tag, row.intent].append(row)
    train, test, rng = [], [], random.Random(seed)
    for rows in groups.values():
        rng.shuffle(rows)
        cut = len(rows) // 5
        test, train = test + rows[:cut], train + rows[cut::of]
    return train, test


def write_nlu(rows: list[Example], path: Path) -> None:
    """Rows as one file of Rasa's training data."""
    intents: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        intents[row.intent].append(row.text)
    blocks = [{"intent": name, "examples": "".join(f"- {text}\n" for text in texts)} for name, texts in intents.items()]
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True), encoding="utf-8")


def measure(name: str, of: int) -> dict:
    """Train and ask one pipeline in this process."""
    import psutil
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.model_training import train_nlu
    from rasa.utils.log_utils import configure_structlog
    from sklearn.metrics import f1_score

    import bot.dialogue.components as components

    configure_structlog(40)
    train, test = split(of=of)
    with tempfile.TemporaryDirectory() as folder:
        components._CACHE = Path(folder) / "vectors.npz"  # from nothing
        write_nlu(train, Path(folder) / "nlu.yml")
        began = time.perf_counter()
        model = train_nlu(str(PIPELINES / f"{name}.yml"), str(Path(folder) / "nlu.yml"), folder)
        seconds = time.perf_counter() - began
        agent = Agent.load(model)
        before = psutil.Process().memory_info().rss

        async def ask() -> tuple[list[str], list[float]]:
            await agent.processor.parse_message(UserMessage("hoi hoi"))
            got, times = [], []
            for row in test:
                start = time.perf_counter()
                parsed = await agent.processor.parse_message(UserMessage(row.text))
                times.append((time.perf_counter() - start) * 1000)
                got.append(parsed["intent"]["name"] or "")
            return got, times

        got, times = asyncio.run(ask())
    scores = {}
    for tag in sorted({row.tag for row in test}):
        pairs = [(row.intent, found) for row, found in zip(test, got) if row.tag == tag]
        wanted = [intent for intent, _ in pairs]
        scores[tag] = f1_score(wanted, [f for _, f in pairs], labels=sorted(set(wanted)), average="macro", zero_division=0)
    times.sort()
    return {
        "name": name, "scores": scores, "train": seconds, "p50": statistics.median(times),
        "p95": times[int(len(times) * 0.95)], "memory": before / 1e6,
    }  # fmt: skip


def table(found: list[dict]) -> str:
    """Markdown, one row a pipeline; ``mean`` leaves out what is only understood (rif, ru)."""
    tags = sorted(found[0]["scores"])
    offered = [tag for tag in tags if tag not in {"rif", "ru"}]
    head = ["pipeline", "mean", "weakest", *tags, "train s", "p50 ms", "p95 ms", "MB"]
    rows = [head, ["---"] * len(head)]
    for one in found:
        scores = [one["scores"][tag] for tag in offered]
        cells = [f"{sum(scores) / len(scores):.3f}", f"{min(scores):.3f}", *(f"{one['scores'][tag]:.2f}" for tag in tags)]
        rows.append([one["name"], *cells, *(f"{one[key]:.0f}" for key in ("train", "p50", "p95", "memory"))])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pipelines", nargs="*", default=sorted(path.stem for path in PIPELINES.glob("*.yml")))
    parser.add_argument("--of", type=int, default=1, help="train on every so many-th line only")
    parser.add_argument("--one", action="store_true", help="measure here and print JSON")
    asked = parser.parse_args()
    if asked.one:
        print("\n" + json.dumps(measure(asked.pipelines[0], asked.of)))
        sys.exit()
    env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}
    results = []
    for name in track(asked.pipelines, "measuring"):
        command = [sys.executable, __file__, "--one", name, "--of", str(asked.of)]
        out = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        results.append(json.loads(out.decode().strip().splitlines()[-1]))
        print(table(results), flush=True)
