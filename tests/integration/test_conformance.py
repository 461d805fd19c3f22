"""`aanspraak conformance`: it passes what is right, and says what is not. On payloads of our own."""

# ruff: noqa: E501 -- a case is one line, as in an index
import json

import pytest

from bot.testing.conformance.cases import BadFolder, read_cases
from bot.testing.conformance.runner import run_cases
from bot.testing.telegram_updates import callback_update, edited_update, message_update
from bot.testing.whatsapp_bodies import PHONE_ID, body, change, message, status

pytestmark = pytest.mark.django_db(transaction=True)
SETUP = {
    "whatsapp": {"verify_token": "demo-verify", "app_secret": "demo-secret", "phone_number_id": PHONE_ID},
    "telegram": {"secret_token": "demo-secret", "header": "X-Telegram-Bot-Api-Secret-Token", "bot_username": "demo_bot"},
}
PHONE, CHAT = "31600000001", 7_000_000_001
FILES = {
    "whatsapp/text.json": body(change([message(PHONE, "hoi", at=1)])),
    "whatsapp/image.json": body(change([message(PHONE, {"type": "image", "image": {"id": "1"}}, at=1)])),
    "whatsapp/revoke.json": body(change([message(PHONE, {"type": "revoke", "revoke": {"original_message_id": "wamid.1"}})])),
    "whatsapp/read.json": body(change(statuses=[status("wamid.OUT1", "read")])),
    "whatsapp/sent.json": body(change(statuses=[status("wamid.OUT2", "sent")])),
    "telegram/text.json": message_update(10, CHAT, {"message_id": 5, "text": "hoi"}),
    "telegram/tap.json": callback_update(11, CHAT, {"message_id": 9, "date": 0}, "forged"),
    "telegram/edit.json": edited_update(12, CHAT, {"message_id": 5, "text": "anders"}),
}
RIGHT = [
    {"file": "whatsapp/text.json", "expect": {"inbound": 1, "replies": 1, "kind": "text", "text": "hoi"}},
    {"file": "whatsapp/image.json", "expect": {"inbound": 1, "replies": 1, "kind": "image"}},
    {"file": "whatsapp/revoke.json", "setup": {"prior_inbound": "a text"}, "expect": {"inbound": 0, "replies": 0}},
    {"file": "whatsapp/read.json", "setup": {"outbound": ["wamid.OUT1"]}, "expect": {"inbound": 0, "effects": ["outbound -> read"]}},
    {"sequence": ["whatsapp/read.json", "whatsapp/sent.json"], "runner": "give both the same outbound wamid",
     "expect": {"replies": 0, "effects": ["final state read"]}},
    {"sequence": ["whatsapp/text.json"] * 3, "runner": "one after the other, then three at the same moment", "expect": {"inbound": 1}},
    {"sequence": ["whatsapp/text.json"] * 3, "runner": "3 new wamids, posted concurrently", "expect": {"inbound": 3, "replies": "1..3"}},
    {"sequence": ["whatsapp/text.json"], "runner": "timestamp = now - 30 h", "expect": {"inbound": 1, "replies": 0}},
    {"file": "whatsapp/text.json", "request": {"method": "POST", "headers": {}}, "expect": {"http": [403], "inbound": 0}},
    {"file": "whatsapp/text.json", "request": {"runner": "database refused, then back", "signed": True}, "expect": {"http": [503], "inbound": 0}},
    {"file": "whatsapp/text.json", "request": {"runner": "pad with messages until 2.9 MB"}, "expect": {"http": [200], "inbound": "60.."}},
    {"request": {"method": "GET", "query": {"hub.mode": "subscribe", "hub.verify_token": "demo-verify", "hub.challenge": "7"}},
     "id": "wa-verify", "expect": {"http": [200], "body": "7", "content_type": "text/plain"}},
    {"file": "telegram/text.json", "expect": {"inbound": 1, "replies": 1}},
    {"file": "telegram/tap.json", "id": "tg-callback", "expect": {"inbound": 1, "kind": "button", "reply_id": "forged",
     "effects": ["answerCallbackQuery exactly once"]}},
    {"file": "telegram/edit.json", "setup": {"prior_inbound": "the original"}, "expect": {"inbound": 0, "replies": "0..1"}},
    {"sequence": ["telegram/text.json"] * 2, "runner": "second with update_id + 1", "expect": {"inbound": 1, "replies": 1}},
]  # fmt: skip
WRONG = [
    ({"file": "whatsapp/text.json", "expect": {"inbound": 2}}, "1 stored, not 2"),
    ({"file": "whatsapp/text.json", "expect": {"inbound": 1, "text": "dag"}}, "the words are not those expected"),
    ({"file": "whatsapp/text.json", "expect": {"inbound": 1, "replies": "2..3"}}, "1 replies"),
    ({"file": "whatsapp/image.json", "expect": {"inbound": 1, "kind": "voice"}}, "stored as image, not voice"),
    ({"file": "whatsapp/read.json", "setup": {"outbound": ["wamid.OUT1"]}, "expect": {"effects": ["outbound -> failed"]}}, "outbound is read"),
    ({"file": "whatsapp/text.json", "request": {"headers": {}}, "expect": {"http": [200]}}, "answered 403"),
    ({"file": "telegram/tap.json", "id": "tg-callback", "expect": {"reply_id": "other"}}, "the button's id"),
    ({"file": "telegram/missing.json", "expect": {}}, "could not be run: FileNotFoundError"),
]  # fmt: skip
ANSWERS = [
    ({"api": "graph", "status": 429, "body": {"error": {"code": 130429, "message": "x"}}, "expect": {"class": "throttled"}}, ""),
    ({"api": "graph", "status": 0, "body": None, "expect": {"class": "unknown"}}, ""),
    ({"api": "telegram", "status": 403, "body": {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked"},
      "expect": {"class": "permanent-contact"}}, ""),
    ({"api": "graph", "status": 401, "body": {"error": {"code": 190, "message": "x"}}, "expect": {"class": "permanent-channel"}}, ""),
    ({"api": "graph", "status": 200, "body": {"messages": [{"id": "w"}], "contacts": [{"input": "1", "wa_id": "1"}]},
      "expect": {"class": "permanent"}}, "the message is sent"),
]  # fmt: skip


def _folder(path, cases, answers=()):
    for name in ("whatsapp", "telegram"):
        (path / name).mkdir()
    for name, content in FILES.items():
        (path / name).write_text(json.dumps(content))
    (path / "META.json").write_text(json.dumps({"runner_setup": SETUP}))
    rows = [{"id": f"case-{n}", "kind": "x", **case} for n, case in enumerate(cases)]
    (path / "index.jsonl").write_text("\n".join(map(json.dumps, rows)))
    when = {"graph": "POST /{phone_id}/messages", "telegram": "sendMessage"}
    lines = [{"id": f"answer-{n}", "when": when[a["api"]], **a} for n, a in enumerate(answers)]
    (path / "api_responses.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return path


@pytest.fixture(autouse=True)
def _logged_quietly(caplog):
    caplog.set_level("CRITICAL")


def test_what_is_right_passes(tmp_path):
    """Every form of case: files, sequences, requests, what must be there before."""
    outcomes = run_cases(_folder(tmp_path, RIGHT))
    assert [(o.case.raw.get("runner"), o.reasons, o.note) for o in outcomes if not o.passed or o.note] == []
    assert len(outcomes) == len(RIGHT)


def test_what_is_not_as_expected_fails_with_a_reason(tmp_path):
    """A difference, or a case that cannot be run: never a pass, and never the end of the others."""
    outcomes = run_cases(_folder(tmp_path, [case for case, _ in WRONG]))
    assert [o.passed for o in outcomes] == [False] * len(WRONG)
    for outcome, (_, reason) in zip(outcomes, WRONG):
        assert reason in outcome.reasons[0]


def test_answers_to_our_sends_are_judged_by_what_becomes_of_the_message(tmp_path):
    """By its state, not by what the code calls it."""
    outcomes = run_cases(_folder(tmp_path, [], [answer for answer, _ in ANSWERS]))
    found = [" ".join(o.reasons)[: len(reason)] if reason else " ".join(o.reasons) for o, (_, reason) in zip(outcomes, ANSWERS)]
    assert found == [reason for _, reason in ANSWERS]


def test_words_that_make_no_sense_are_said_so(tmp_path):
    """The case runs as it is, with a note."""
    [outcome] = run_cases(_folder(tmp_path, [RIGHT[0] | {"runner": "hum a tune"}]))
    assert outcome.passed
    assert "not understood" in outcome.note


def test_a_folder_without_an_index_is_refused(tmp_path):
    """With what is missing."""
    with pytest.raises(BadFolder, match=r"index\.jsonl"):
        read_cases(tmp_path)
