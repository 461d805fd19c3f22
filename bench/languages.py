"""How often the language of a message of 2 to 8 words is right: on a fifth of our own lines, held out by a fixed seed.

    uv run python bench/languages.py

Lines of one author resemble each other; `aanspraak evaluate` on messages by others is the score that counts.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict

from bot.language.identify import Identifier, letters, samples

if __name__ == "__main__":
    rng, kept, held = random.Random(0), defaultdict(list), []
    for tag, lines in samples().items():
        for line in lines:
            if rng.random() < 0.2 and 2 <= len(letters(line).split()) <= 8:
                held.append((tag, line))
            else:
                kept[tag].append(line)
    began = time.perf_counter()
    identifier = Identifier.trained(kept)
    print(f"made in {time.perf_counter() - began:.1f} s")
    found, began = defaultdict(Counter), time.perf_counter()
    for tag, line in held:
        found[tag][identifier.guess(line).code] += 1
    print(f"asked in {(time.perf_counter() - began) / len(held) * 1000:.2f} ms a message")
    shares = {tag: count[tag] / sum(count.values()) for tag, count in found.items()}
    for tag, count in sorted(found.items()):
        print(f"{tag:9} n={sum(count.values()):4}  {shares[tag]:.3f}  {count.most_common(4)}")
    print(f"mean {sum(shares.values()) / len(shares):.3f}")
