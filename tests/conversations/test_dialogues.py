"""Every conversation in dialogues/, on the running system with the trained model and the real actions."""

import pytest

from bot.language.tags import ON_OFFER
from tests.conversations.dialogues import load, play


@pytest.mark.parametrize("dialogue", load(), ids=str)
def test_the_conversation_goes_as_written(system, dialogue):
    """Language, keys, wording, length and what is stored."""
    play(dialogue, system)


def test_every_language_has_its_conversations():
    """At least four each, eighty and more together."""
    counts = {tag: len(load(tag)) for tag in ON_OFFER}
    assert min(counts.values()) >= 4, counts
    assert sum(counts.values()) >= 80, counts
