"""How long the sentence encoder takes for one message, with one thread and with two.

uv run python bench/encoder.py
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time

from bench.turns import percentile
from bot.language.encoder import SentenceEncoder
from bot.language.examples import examples


def measure(threads: int, count: int) -> str:
    """In this process: the engine reads its number of threads once."""
    texts = random.Random(1).sample(sorted({row.text for row in examples()}), count + 1)
    encoder, times = SentenceEncoder(threads), []
    encoder.encode(texts.pop())
    before = os.times()
    for text in texts:
        began = time.perf_counter()
        encoder.encode(text)
        times.append((time.perf_counter() - began) * 1000)
    work = (os.times().user - before.user) * 1000 / count
    median, slow = statistics.median(times), percentile(times, 0.95)
    return f"{threads} threads: median {median:5.1f} ms  p95 {slow:5.1f} ms  work {work:5.1f} ms"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(measure(int(sys.argv[1]), 300))
        sys.exit()
    for threads in ("1", "2"):
        subprocess.run([sys.executable, "-m", "bench.encoder", threads], check=True)
