"""How long the promoted model takes to read one message: ordinary ones, a button's payload, and hostile ones.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 uv run python -m bench.parsing      (one thread each, as ./run has it)

In this process, as ``/model/parse`` does it: safety, language, intent and slots. Limits: median 20 ms and p95 35 ms for ordinary
messages, 3 ms for a payload, 200 ms for whatever a keyboard can send.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from itertools import pairwise
from pathlib import Path

import psutil

from bench.turns import percentile
from bot.dialogue.parsing import parse_all
from bot.training import current_model
from bot.warm import compile_now

EVALUATION = Path(__file__).resolve().parents[1] / "content" / "evaluation"
HOSTILE = ["ik snap deze brief niet " * 160, "😀🏠💶" * 500, "z̸̢̛͓̈́̕a̶̧͔͗l̵̩̈́g̷͎̓o̸̜͝ " * 100, "\u200b\u200d\u202e\u2066" * 400 + "hoi",
           "привет مرحبا hello ሰላም " * 80, "a" * 4_000, "ﷺ" * 1_000, "7" * 4_000]  # fmt: skip


def timed(texts: list[str]) -> list[float]:
    """Milliseconds of each, after one of each kind to warm up."""
    model, stamps = current_model(), []
    if model is None:
        raise SystemExit("There is no model yet: uv run aanspraak train")
    parse_all(
        ["hoi", "ik maak me zorgen over de huur van volgende maand", *texts],
        model,
        lambda done: stamps.append(time.perf_counter()),
    )
    return [(after - before) * 1000 for before, after in pairwise(stamps[1:])]


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    compile_now()  # as every process does when it starts
    rows = [
        json.loads(line)["text"] for path in sorted(EVALUATION.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]
    ordinary = random.Random(0).sample(rows, 400)
    taps = ['/handover{"consent": "yes"}', "/want_human", '/choose{"door": "letter"}'] * 20
    kinds = {"held-out messages": ordinary, "payloads of buttons": taps, "hostile messages": HOSTILE}
    times = timed([text for texts in kinds.values() for text in texts])
    for name, texts in kinds.items():
        some, times = times[: len(texts)], times[len(texts) :]
        middle, slow = statistics.median(some), percentile(some, 0.95)
        print(f"{name:20} n={len(some):3}  median {middle:6.1f} ms  p95 {slow:6.1f}  most {max(some):6.1f}")
    print(f"memory of this process {psutil.Process().memory_info().rss / 2**20:.0f} MiB")
