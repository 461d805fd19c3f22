"""Pictures of the texts for translators."""

import struct

from bot.testing.browser import PHONE
from bot.testing.message_pictures import picture_name, take


def _size(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


def test_every_way_of_a_text_has_a_picture_and_a_row_in_the_index(system, tmp_path):
    """Not longer than a text and its buttons: nothing else of the page is on it."""
    *pictures, index = take(system.base, "ar", tmp_path / "ar", only="handover.d")
    names = [path.name for path in pictures]
    assert picture_name("handover.declined") in names
    assert sorted(names) == sorted(path.name for path in (tmp_path / "ar").glob("*.png"))
    for path in pictures:
        wide, high = _size(path.read_bytes())
        assert 100 < wide <= PHONE["viewport"]["width"]
        assert 40 < high < PHONE["viewport"]["height"]
    html = index.read_text(encoding="utf-8")
    assert all(name in html for name in names)


def test_a_key_that_no_text_has_gives_no_picture(system, tmp_path):
    assert take(system.base, "ar", tmp_path / "none", only="nothing.like.this") == []
    assert not (tmp_path / "none").exists()
