"""The understanding data: complete, clean and without doubles."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml

from bot.language.fold import fold

ROOT = Path(__file__).resolve().parents[2]
TAGS = ("nl", "en", "tr", "ar")
INTENTS = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]


def examples(tag: str) -> list[tuple[str, str]]:
    """(intent, text) of one language."""
    found = []
    for path in sorted((ROOT / "data" / "nlu" / tag).glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            found += [(block["intent"], line.removeprefix("- ").strip()) for line in block["examples"].splitlines()]
    return found


@pytest.mark.parametrize("tag", TAGS)
def test_every_intent_has_its_examples(tag):
    """All 45 intents, at least 25 examples each."""
    counts = Counter(intent for intent, _ in examples(tag))
    assert len(INTENTS) == 45
    assert {intent: counts[intent] for intent in INTENTS if counts[intent] < 25} == {}
    assert set(counts) <= set(INTENTS)


@pytest.mark.parametrize("tag", TAGS)
def test_no_text_stands_under_two_intents(tag):
    """Also not when it differs only in case, punctuation or diacritics."""
    intents = defaultdict(set)
    for intent, text in examples(tag):
        intents[fold(text)].add(intent)
    assert {text: found for text, found in intents.items() if len(found) > 1 and text} == {}


@pytest.mark.parametrize("tag", TAGS)
def test_no_example_is_repeated_or_carries_markup(tag):
    """Brackets, braces and a leading slash mean something to Rasa."""
    texts = [text for _, text in examples(tag)]
    assert [t for t, n in Counter(texts).items() if n > 1] == []
    assert [t for t in texts if t.startswith("/") or set("[]{}") & set(t)] == []
