"""Which messages say much the same: the encoder's vectors, or character n-grams where it knows nothing of the language."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from bot.language.encoder import SentenceEncoder
from bot.language.fold import fold

__all__ = ["alike", "group_for", "vectors_of"]

# docs/decisions/0002-understanding.md: the encoder never learnt these.
_BY_LETTERS = {"ary-Arab", "ary-Latn", "rif", "so", "ti"}
_DIMENSIONS = 1024
# Cosines: the encoder's lie close together, those of letters do not. Low enough to spare decisions, since only messages that
# were read as the same intent are compared, and a reviewer takes out what does not belong.
_ALIKE = {True: 0.35, False: 0.90}


def _by_letters(texts: list[str]) -> np.ndarray:
    from sklearn.feature_extraction.text import HashingVectorizer

    reader = HashingVectorizer(
        analyzer="char_wb", ngram_range=(3, 3), preprocessor=fold, n_features=_DIMENSIONS, alternate_sign=False
    )
    return reader.transform(texts).toarray().astype(np.float32)


def _by_meaning(texts: list[str]) -> np.ndarray:
    encoder = SentenceEncoder()
    found = np.stack([encoder.encode(text) for text in texts]).astype(np.float32)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def vectors_of(texts: Sequence[str], tag: str) -> np.ndarray:
    """Unit vectors, one row a text. The encoder runs in a process that ends with it: a worker keeps its memory."""
    if tag in _BY_LETTERS:
        return _by_letters(list(texts))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_by_meaning, list(texts)).result()


def alike(one: np.ndarray, other: np.ndarray, tag: str) -> bool:
    """Whether two vectors of the same language are near enough for one decision."""
    return one.shape == other.shape and float(one @ other) >= _ALIKE[tag in _BY_LETTERS]


def group_for(vector: np.ndarray, leaders: dict[uuid.UUID, np.ndarray], tag: str) -> uuid.UUID:
    """The group whose first member is nearest, or a new one; ``leaders`` gets the new one."""
    near = [(float(vector @ leader), group) for group, leader in leaders.items() if alike(vector, leader, tag)]
    if near:
        return max(near, key=lambda pair: pair[0])[1]
    group = uuid.uuid4()
    leaders[group] = vector
    return group
