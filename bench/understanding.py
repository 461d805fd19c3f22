"""What each half of the classifier brings: n-grams, the sentence encoder, and both, on held-out lines of our own data.

    OMP_NUM_THREADS=1 uv run python bench/understanding.py

One fifth of the lines is held out by a fixed seed; lines by the same author resemble each other, so this ranks
pipelines and says little about residents (`aanspraak evaluate` on real messages does).
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import yaml
from sklearn.metrics import f1_score

from bot.language.classifier import IntentModel
from bot.language.encoder import encode_many

ROOT = Path(__file__).resolve().parents[1]
_VARIANTS = {
    "n-grams alone": {"vector_weight": 0.0},
    "encoder alone": {"min_count": 10**6, "vector_weight": 4.0},
    "both, as shipped": {},
}


def examples() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts, intents and languages of all of data/nlu."""
    rows = []
    for path in sorted((ROOT / "data" / "nlu").glob("*/*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            rows += [
                (line.removeprefix("- ").strip(), block["intent"], path.parent.name) for line in block["examples"].splitlines()
            ]
    texts, intents, languages = zip(*rows)
    return list(texts), np.array(intents), np.array(languages)


def measure(options: dict, texts: list[str], vectors: np.ndarray, intents: np.ndarray, languages: np.ndarray) -> str:
    """Train on four fifths, score the rest: one line of the table."""
    held = np.random.RandomState(0).rand(len(texts)) < 0.2
    encoder_only = options.get("min_count", 0) > 1000
    train = [t if not encoder_only else "x" for t, h in zip(texts, held) if not h]
    began = time.perf_counter()
    model = IntentModel(**{**options, "min_count": 1 if encoder_only else options.get("min_count", 3)})
    model.fit(train, vectors[~held], list(intents[~held]))
    seconds = time.perf_counter() - began
    asked = [(t if not encoder_only else "x", v) for t, v, h in zip(texts, vectors, held) if h]
    found = np.array([model.rank(text, vector)[0][0] for text, vector in asked])
    scores = [
        f1_score(intents[held][languages[held] == tag], found[languages[held] == tag], average="macro", zero_division=0)
        for tag in sorted(set(languages))
    ]
    return "  ".join(f"{score:.3f}" for score in scores) + f"  {seconds:6.1f}"


if __name__ == "__main__":
    texts, intents, languages = examples()
    vectors = encode_many(texts, ROOT / "var" / "cache" / "sentence-vectors.npz")
    print(f"{'macro-F1':18} " + "  ".join(f"{tag:5}" for tag in sorted(set(languages))) + "  fit s")
    for name, options in _VARIANTS.items():
        print(f"{name:18} {measure(options, texts, vectors, intents, languages)}", flush=True)
