"""What several processes make at once is read whole by each of them."""

import gettext
import threading
from pathlib import Path

from bot.language.kept import write_whole
from bot.language.locales import compile_all


def test_a_file_that_is_written_again_and_again_is_never_half_there(tmp_path):
    """Two systems that started together found an empty catalogue, and answered in Dutch from then on."""
    path, content, done = tmp_path / "bot.mo", b"x" * 1_000_000, threading.Event()
    write_whole(path, content)
    writer = threading.Thread(target=lambda: [write_whole(path, content) for _ in range(200)] and done.set())
    writer.start()
    sizes = set()
    while not done.is_set():
        sizes.add(len(path.read_bytes()))
    writer.join()
    assert sizes == {len(content)}


def test_catalogues_are_written_that_way(monkeypatch, tmp_path):
    """All of them, the desk's too."""
    written = []
    monkeypatch.setattr("bot.language.locales.write_whole", lambda path, content: written.append((path, content)))
    stat = Path.stat
    monkeypatch.setattr(Path, "exists", lambda path: path.suffix != ".mo" and bool(stat(path)))
    assert len(compile_all()) == len(written) > 12
    path = tmp_path / "one.mo"
    path.write_bytes(written[0][1])
    with path.open("rb") as file:
        assert gettext.GNUTranslations(file)
