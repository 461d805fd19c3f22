"""Wishes, and what is told in general: every pattern file reads its own examples, and no more than they say."""

import pytest
import yaml

from bot.language.identify import Guess
from bot.language.wishes import WISHES_DIR, read_wishes

TAGS = sorted(path.stem for path in WISHES_DIR.glob("*.yml"))


@pytest.mark.parametrize("tag", TAGS)
def test_the_patterns_read_their_own_examples(tag):
    """In the file's own language; a slot with ``none`` must stay unread."""
    raw = yaml.load((WISHES_DIR / f"{tag}.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    wrong = []
    for example in raw["examples"]:
        wanted = {slot: value for slot, value in example.items() if slot != "text"}
        found = read_wishes(example["text"], Guess(tag, 1.0))
        missed = {slot: (value, found.get(slot, "none")) for slot, value in wanted.items() if found.get(slot, "none") != value}
        if missed:
            wrong.append((example["text"], missed))
    assert wrong == []
