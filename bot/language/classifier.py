"""What a message is about: character n-grams first; when they are unsure, the sentence's meaning as well.

Two linear readers, plain functions without Rasa. The first knows character n-grams of every example. The second was trained
on the examples that the first finds hardest, with their sentence vectors beside the n-grams: only those need the slow encoder,
in training and in use. Measured in docs/decisions/0002-understanding.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import joblib
import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from .calibration import sharpest, softmax
from .fold import fold
from .identify import identify

__all__ = ["IntentModel", "Options", "Ranking"]

Encode = Callable[[list[str]], np.ndarray]
Ranking = list[tuple[str, float]]
_FOLDS = 3


@dataclass(frozen=True)
class Options:
    """``hardest``: how many examples get a sentence vector; ``sure``: the lead at which n-grams alone decide."""

    regularisation: float = 0.5
    min_count: int = 3
    hardest: int = 8_000
    sure: float = 0.4
    first_share: float = 0.5
    # A reader that is sure of an ordinary message must also be sure that it is no crisis.
    watched: tuple[str, ...] = ()
    watched_below: float = -0.7
    # Languages that the encoder never learnt: there its vectors make the n-grams' answer worse.
    unknown_to_encoder: tuple[str, ...] = ("ary-Arab", "ary-Latn", "rif", "so")


class IntentModel:
    """Fit on texts and intents; ranks the intents of a new message, with calibrated probabilities."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._tfidf = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(1, 5), min_df=self.options.min_count, sublinear_tf=True, preprocessor=fold,
            dtype=np.float32,
        )  # fmt: skip
        self._sharpness = {"first": 3.0, "both": 3.0}

    def _reader(self, part: tuple[csr_matrix, np.ndarray]) -> LinearSVC:
        regularisation = self.options.regularisation
        reader = LinearSVC(C=regularisation, class_weight="balanced", max_iter=300, tol=1e-2, random_state=0).fit(*part)
        reader.coef_ = reader.coef_.astype(np.float32)  # as exact as its features, in half the memory and model file
        return reader

    def _readers(self, *parts: tuple[csr_matrix, np.ndarray]) -> list[LinearSVC]:
        """One reader for each (grams, intents), side by side: liblinear leaves Python's lock alone while it works."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self._reader, parts))

    def fit(self, texts: Sequence[str], intents: Sequence[str], encode: Encode) -> IntentModel:
        """Train; ``encode`` gives vectors of shape (n, d)."""
        wanted, grams = np.array(intents), self._tfidf.fit_transform(texts).tocsr()
        # The parts come from the texts alone: new examples leave the others where they were, and their vectors of use.
        part = np.array([crc32(text.encode()) % _FOLDS for text in texts])
        apart = [part == k for k in range(_FOLDS)]
        self._first, *others = self._readers((grams, wanted), *((grams[~held], wanted[~held]) for held in apart))
        self.intents = self._first.classes_
        scores = np.full((len(wanted), len(self.intents)), -1.0)
        for held, reader in zip(apart, others):
            scores[held] = self._scores(reader, grams[held])
        known = np.array([self._is_known(text) for text in texts])
        hard = np.argsort(np.where(known, _lead(scores), np.inf))[: min(self.options.hardest, known.sum())]
        vectors = encode([texts[i] for i in hard])
        self._mean = vectors.mean(axis=0)
        both, meant = self._with_vectors(grams[hard], vectors), wanted[hard]
        held = np.random.RandomState(1).rand(len(hard)) < 0.15
        self._second, other = self._readers((both, meant), (both[~held], meant[~held]))
        together = self._scores(other, both[held]) + self.options.first_share * scores[hard][held]
        self._sharpness = {
            "first": sharpest(scores, self._index(wanted)),
            "both": sharpest(together, self._index(meant[held])),
        }
        return self

    def _index(self, intents: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.intents, intents)

    def _scores(self, reader: LinearSVC, rows: csr_matrix) -> np.ndarray:
        """Shape (n, intents); -1 for an intent that this reader has never seen."""
        scores = np.full((rows.shape[0], len(self.intents)), -1.0)
        scores[:, self._index(reader.classes_)] = reader.decision_function(rows)
        return scores

    def _with_vectors(self, grams: csr_matrix, vectors: np.ndarray) -> csr_matrix:
        # Raw cosines of the encoder lie between 0.75 and 0.92: only the difference from the mean tells anything.
        off = vectors - self._mean
        lengths = np.linalg.norm(off, axis=1, keepdims=True)
        return hstack([grams, csr_matrix((off / np.maximum(lengths, 1e-6)).astype(np.float32))]).tocsr()

    def _is_known(self, text: str) -> bool:
        return identify(text).code not in self.options.unknown_to_encoder

    def _is_sure(self, scores: np.ndarray) -> bool:
        watched = scores[np.isin(self.intents, self.options.watched)]
        return bool(_lead(scores[None, :])[0] >= self.options.sure and (watched < self.options.watched_below).all())

    def rank(self, text: str, encode: Callable[[str], np.ndarray]) -> Ranking:
        """All intents with their probability, likeliest first; ``encode`` is only called when n-grams are unsure."""
        grams = self._tfidf.transform([text]).tocsr()
        scores, stage = self._first.decision_function(grams)[0], "first"
        if not self._is_sure(scores) and self._is_known(text):
            second = self._scores(self._second, self._with_vectors(grams, encode(text)[None, :]))[0]
            scores, stage = second + self.options.first_share * scores, "both"
        shares = softmax(scores[None, :] * self._sharpness[stage])[0]
        return sorted(zip(self.intents.tolist(), shares.tolist()), key=lambda pair: -pair[1])

    def save(self, path: Path) -> None:
        joblib.dump(self, path)

    @staticmethod
    def load(path: Path) -> IntentModel:
        return joblib.load(path)


def _lead(scores: np.ndarray) -> np.ndarray:
    """How far the best intent is ahead of the second, for each row."""
    best = np.sort(scores, axis=1)
    return best[:, -1] - best[:, -2]
