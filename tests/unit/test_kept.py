"""What several processes make at once is read whole by each of them."""

import threading

from bot.language import locales
from bot.language.kept import write_whole


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


def test_a_catalogue_is_written_that_way(monkeypatch, tmp_path):
    """Never in place: who reads it meanwhile keeps the one before, or none."""
    written = []
    monkeypatch.setattr(locales, "write_whole", lambda path, content: written.append(path))
    assert locales._compile("tr", locales.po_path("tr"), tmp_path / "bot.mo")
    assert written == [tmp_path / "bot.mo"]
    assert list(tmp_path.iterdir()) == []
