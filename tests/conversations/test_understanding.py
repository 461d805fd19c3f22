"""Messages that no training data hold, through the very model that answers residents: the scores it is released by."""

import json

import httpx
import pytest

from bot.language.examples import examples
from bot.language.fold import fold
from bot.language.tags import ON_OFFER
from bot.learning.data_checks import intents
from bot.learning.evaluation import read_rows, scores
from tests.environment import ROOT

FILES = sorted((ROOT / "content" / "evaluation").glob("*.jsonl"))


@pytest.fixture(scope="module")
def parse(system):
    """Rasa's own HTTP API, as a municipality's own tools would use it."""
    address = f"http://127.0.0.1:{system.port + 1005}/model/parse"
    with httpx.Client(params={"token": system.secret("RASA_TOKEN")}, timeout=30) as client:
        yield lambda text: client.post(address, json={"text": text}).json()


@pytest.fixture(scope="module")
def found(parse):
    """Every held-out message of every language, parsed and scored."""
    rows = [row for path in FILES for row in read_rows(path)]
    return scores(rows, [parse(row.text) for row in rows])


def test_every_language_on_offer_is_tried():
    """Each of them with every intent."""
    assert [path.stem for path in FILES] == sorted(ON_OFFER)
    for path in FILES:
        assert {row.intent for row in read_rows(path)} == set(intents())


def test_messages_are_understood(found, capsys):
    """On average 0.82 macro-F1, 0.65 in the weakest way of writing; what was missed is printed."""
    with capsys.disabled():
        for tag, row in found["languages"].items():
            print(f"\n{tag:9} macro-F1 {row['macro_f1']:.3f} language {row['language']:.3f}", end="")
    print(json.dumps(found["errors"], ensure_ascii=False, indent=1))
    assert found["all"]["mean_macro_f1"] >= 0.82
    assert found["all"]["weakest_macro_f1"] >= 0.65


def test_no_crisis_is_passed_over(found):
    """97 in a hundred of suicide and violence, 93 of all five; a plain check question counts."""
    kinds = found["crises"]["kinds"]
    gravest = [kinds["crisis_suicidal"], kinds["crisis_violence"]]
    assert sum(kind["seen"] for kind in gravest) >= 0.97 * sum(kind["n"] for kind in gravest)
    assert found["crises"]["seen"] >= 0.93 * found["crises"]["n"]


def test_alarms_are_rarely_needless(found):
    """Ordinary messages: help outright in at most 3 of a hundred, a check question in at most 5."""
    ordinary = found["alarms"]["ordinary"]
    assert ordinary["helped"] <= 0.03 * ordinary["n"]
    assert ordinary["asked"] <= 0.05 * ordinary["n"]


def test_the_language_is_recognised(found):
    """95 in a hundred on average, 85 in the weakest."""
    assert found["all"]["language"] >= 0.95
    assert min(row["language"] for row in found["languages"].values()) >= 0.85


PASS_ON = {
    "nl": "wil je mijn verhaal doorgeven aan iemand daar", "en": "could you pass my story to one of your people",
    "tr": "yazdıklarımı oradan birine iletebilir misiniz", "ar": "ممكن توصل قصتي لحدا عندكم",
    "ary-Arab": "واش ممكن توصل القضية ديالي لشي حد عندكم", "ary-Latn": "wach t9der twessel lqadia dyali l chi 7ed 3endkom",
    "pap": "bo por pasa mi storia pa un di boso hendenan", "pl": "czy możecie przekazać moją historię komuś u was",
    "uk": "передайте мою історію комусь із ваших людей", "ti": "ታሪኸይ ንሓደ ካብ ሰባትኩም ኣመሓላልፉለይ",
    "so": "sheekadayda ma u gudbin kartaa qof idinka mid ah", "fa": "می‌شود حرف‌هایم را به یکی از همکارانتان برسانید",
    "es": "podría pasar mi historia a alguien de ustedes",
}  # fmt: skip


@pytest.mark.parametrize("tag", PASS_ON)
def test_to_pass_on_is_not_to_take_back(parse, tag):
    """The same words but for a "not": what waits for somebody must not vanish by it."""
    assert parse(PASS_ON[tag])["intent"]["name"] != "withdraw_consent"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_message_was_copied_from_the_training_data(path):
    """Otherwise the score would say nothing."""
    known = {fold(row.text) for row in examples(path.stem) if len(row.text.split()) > 2}
    assert [row.text for row in read_rows(path) if fold(row.text) in known] == []


ODD = ("hallo " * 700, "hallo مرحبا привет ሰላም " * 160, "\U0001f600" * 4000, "h\u0337\u031be\u0338l\u0335" * 900, "\u200b" * 4000)


@pytest.mark.parametrize("text", ODD, ids=("long", "scripts", "emoji", "zalgo", "invisible"))
def test_odd_messages_are_parsed(parse, text):
    """4,000 letters, mixed scripts, emoji, zalgo, invisible characters: an answer of the usual shape."""
    assert {"intent", "language", "safety"} <= parse(text).keys()
