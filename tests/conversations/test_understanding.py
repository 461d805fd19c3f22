"""Everyday messages that no training data holds, through the very model that answers residents."""

from pathlib import Path

import httpx
import pytest
import yaml

from bot.language.fold import fold
from bot.safety import CRISES
from tests.conversations.words import TAGS
from tests.environment import ROOT

MESSAGES = yaml.safe_load((Path(__file__).with_name("messages.yml")).read_text(encoding="utf-8"))
WANTED = 0.80
INTENTS = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
CRISIS = {
    "nl": ("ik ga er een eind aan maken", "crisis_suicidal"),
    "en": ("my boyfriend hit me and i am scared", "crisis_violence"),
    "tr": ("yarın elektriği kesiyorlar", "crisis_energy_cutoff"),
    "ar": ("ما عنا اكل اليوم والولاد جوعانين", "crisis_no_food_today"),
}


@pytest.fixture(scope="module")
def parse(system):
    """Rasa's own HTTP API, as a municipality's own tools would use it."""
    address = f"http://127.0.0.1:{system.port + 1005}/model/parse"
    with httpx.Client(params={"token": system.secret("RASA_TOKEN")}, timeout=30) as client:
        yield lambda text: client.post(address, json={"text": text}).json()


@pytest.mark.parametrize("tag", TAGS)
def test_everyday_messages_are_understood(parse, tag, capsys):
    """At least four in five of messages that were made for this test; the misses are printed."""
    pairs = [(text, intent) for intent, texts in MESSAGES[tag].items() for text in texts]
    found = [(text, intent, parse(text)["intent"]["name"]) for text, intent in pairs]
    misses = [(text, intent, got) for text, intent, got in found if got != intent]
    accuracy = 1 - len(misses) / len(pairs)
    with capsys.disabled():
        print(f"\n{tag}: {accuracy:.3f} of {len(pairs)}")
        for text, intent, got in misses:
            print(f"  {intent} was taken for {got}: {text}")
    assert accuracy >= WANTED


@pytest.mark.parametrize("tag", TAGS)
def test_every_intent_is_asked_for_in_every_language(tag):
    """A topic without a message here is a topic nobody has tried."""
    assert set(MESSAGES[tag]) == set(INTENTS)
    assert sum(map(len, MESSAGES[tag].values())) >= 60


@pytest.mark.parametrize("tag", TAGS)
def test_no_message_was_copied_from_the_training_data(tag):
    """Otherwise the score would say nothing."""
    files = (yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"] for path in (ROOT / "data/nlu" / tag).glob("*.yml"))
    known = {fold(line.removeprefix("- ")) for file in files for block in file for line in block["examples"].splitlines()}
    assert [t for texts in MESSAGES[tag].values() for t in texts if fold(t) in known] == []


@pytest.mark.parametrize("tag", TAGS)
def test_a_parse_tells_the_language_and_an_empty_safety(parse, tag):
    """The contract's shape beside Rasa's own."""
    answer = parse(MESSAGES[tag]["want_human"][0])
    assert answer["language"]["code"] == tag
    assert 0 < answer["language"]["confidence"] <= 1
    assert set(answer["language"]) == {"code", "confidence"}
    assert "safety" in answer
    assert answer["safety"] is None
    assert {"name", "confidence"} <= set(answer["intent"])
    assert answer["intent"]["name"] == "want_human"


@pytest.mark.parametrize("tag", TAGS)
def test_a_crisis_shows_in_the_parse(parse, tag):
    """Kind, level and whom it is about; at level act the intent is the kind."""
    text, kind = CRISIS[tag]
    answer = parse(text)
    assert answer["safety"] == {"kind": kind, "level": "act", "who": "self"}
    assert answer["intent"]["name"] == kind


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("kind", CRISES)
def test_every_crisis_among_the_everyday_messages_is_seen(parse, tag, kind):
    """Recall first: none of them is left to the classifier."""
    assert [parse(text)["safety"]["kind"] for text in MESSAGES[tag][kind]] == [kind] * len(MESSAGES[tag][kind])


def test_rasa_answers_nobody_without_the_token(system):
    """The engine's API is for those who hold the secret."""
    address = f"http://127.0.0.1:{system.port + 1005}"
    assert httpx.post(f"{address}/model/parse", json={"text": "hoi"}).status_code == 401
    assert httpx.post(f"{address}/webhooks/turns/webhook", json={"sender": "a", "text": "hoi"}).status_code in {401, 403}
