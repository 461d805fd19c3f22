"""What databases and screens cannot hold is taken out of a text."""

import time

import pytest

from bot.privacy.mask import clean


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("een\r\ntwee\tdrie", "een\ntwee\tdrie"),
        ("e\u0301", "é"),
        ("\ud83d\ude00 \ud800", "😀 \ufffd"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("سلام\u200f", "سلام\u200f"),
    ],
)
def test_clean_keeps_what_databases_and_screens_can_hold(typed, kept):
    """Control characters, lone surrogates and direction overrides go; line ends and tabs stay."""
    assert clean(typed) == kept


def test_clean_cuts_between_visible_characters():
    """A family emoji or a letter with its mark is kept whole or not at all."""
    assert clean("ab👨‍👩‍👧", 4) == "ab"
    assert clean("abcde", 3) == "abc"
    assert clean("aक्ष", 2) == "a"


def test_clean_survives_megabytes_of_marks():
    """A tower of accents is cut down before it is normalised, which would take minutes."""
    start = time.process_time()
    assert len(clean("a" + "\u0301\u0323" * 1_000_000)) < 12
    assert time.process_time() - start < 10
