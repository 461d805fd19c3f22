"""Long polling against the fake Bot API server, and what an operator is told about token and webhook."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from django.core.checks import run_checks
from django.db import OperationalError

from bot.channels.telegram import polling, receiving, webhook
from bot.testing import telegram as told
from tests.integration.telegram_setting import (
    CHAT,
    PATH,
    SECRET,
    fake_telegram,
    poller,
    said,
)

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db
# Polling and a live server work in other threads: they see only what is committed.
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_telegram(settings, monkeypatch) as server:
        yield server


# --- polling -----------------------------------------------------------------------------------------------------


@committed
def test_polling_stores_and_then_confirms(fake):
    """It takes the channel back from a webhook first; an odd update stops nothing."""
    fake.webhook = ("https://elsewhere.example/", "x")
    with poller():
        fake.wait_for(lambda: fake.called("getUpdates"))
        assert fake.webhook is None
        fake.deliver({"update_id": 910_000_000, "message": {"chat": []}})
        fake.say(CHAT, "hoi")
        fake.say(CHAT, "merhaba", language="tr")
        fake.wait_for(lambda: not fake.waiting())
        # Confirmed, it is forgotten: after a week without updates their numbers begin anew, perhaps far below.
        fake._next_update = 1000
        fake.say(CHAT, "na een week")
        fake.wait_for(lambda: len(said()) == 3)
    assert said() == ["hoi", "merhaba", "na een week"]
    query = fake.called("getUpdates")[0]
    assert query["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert int(query["timeout"]) == 25


@committed
def test_what_could_not_be_stored_is_not_confirmed(fake, monkeypatch):
    """With the database down nothing is lost: it is fetched again, and stored once."""
    take_in, failures, unconfirmed = receiving.take_in, iter([OperationalError(), OperationalError()]), []

    def sometimes(raw):
        unconfirmed.append(len(fake.waiting()))
        if error := next(failures, None):
            raise error
        take_in(raw)

    monkeypatch.setattr(receiving, "take_in", sometimes)
    monkeypatch.setattr(polling, "_FIRST_DELAY", 0.05)
    with poller():
        fake.say(CHAT, "hoi")
        fake.wait_for(lambda: not fake.waiting())
    assert (unconfirmed, said()) == ([1, 1, 1], ["hoi"])


@committed
def test_an_update_that_we_trip_over_stops_nobody_elses(fake, monkeypatch):
    """The process ended over it, and began with it again, for as long as Telegram kept it."""
    take_in = receiving.take_in

    def trips(raw):
        if raw["message"]["text"] == "struikel":
            raise ValueError
        take_in(raw)

    monkeypatch.setattr(receiving, "take_in", trips)
    with poller():
        fake.say(CHAT, "struikel")
        fake.say(CHAT, "hoi")
        fake.wait_for(lambda: not fake.waiting())
    assert said() == ["hoi"]


@committed
def test_polling_outlives_a_telegram_that_stumbles(fake, monkeypatch):
    """Refusals, broken answers and cut connections: it waits a little longer each time and goes on."""
    monkeypatch.setattr(polling, "_FIRST_DELAY", 0.02)
    fake.will("getMe", told.server_error(), told.cut_off())
    fake.will("getUpdates", told.too_many(0), told.server_error(), told.broken_json(), told.cut_off())
    with poller():
        fake.say(CHAT, "hoi")
        fake.wait_for(lambda: not fake.waiting())
    assert said() == ["hoi"]


@committed
def test_a_second_poller_waits_its_turn(fake, monkeypatch):
    """One process at a time; the next takes over when the first ends."""
    monkeypatch.setattr(polling, "_LOCK_SECONDS", 0.05)
    with ExitStack() as second:
        with poller():
            fake.wait_for(lambda: fake.called("getUpdates"))
            second.enter_context(poller())
            time.sleep(0.3)
            assert len(fake.called("getMe")) == 1
        fake.wait_for(lambda: len(fake.called("getMe")) == 2)


@committed
def test_a_wrong_token_ends_polling_with_what_to_do(fake, settings):
    """And without showing the token."""
    settings.TELEGRAM_TOKEN = "123456789:wrong"
    with poller() as raised:
        fake.wait_for(lambda: raised)
    assert "@BotFather" in str(raised[0])
    assert "wrong" not in str(raised[0])


def _process(fake, *command, **env):
    merged = {**os.environ, "TELEGRAM_TOKEN": fake.token, "TELEGRAM_API_BASE": fake.base, **env}
    return subprocess.Popen(
        [sys.executable, "-m", *command], env=merged, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_polling_process_ends_cleanly_without_waiting_for_the_poll(fake):
    """In the middle of a long poll."""
    process = _process(fake, "bot.channels.telegram.polling")
    fake.wait_for(lambda: fake.called("getUpdates"), 60)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=120)
    assert (process.returncode, time.monotonic() - began < 20) == (0, True)
    assert "Traceback" not in log
    assert fake.token not in log


@pytest.mark.parametrize(
    ("env", "what"),
    [
        ({"TELEGRAM_TOKEN": ""}, "TELEGRAM_TOKEN"),
        ({"TELEGRAM_TOKEN": "1:x"}, "@BotFather"),
        ({"TELEGRAM_MODE": "webhook"}, "webhook"),
    ],
)
def test_a_polling_process_that_cannot_go_on_says_why_in_one_line(fake, env, what):
    """Its last line."""
    process = _process(fake, "bot.channels.telegram.polling", **env)
    _, log = process.communicate(timeout=120)
    assert process.returncode == 1
    assert what in log.strip().splitlines()[-1]
    assert "Traceback" not in log


# --- settings ----------------------------------------------------------------------------------------------------


def test_the_webhook_is_set_with_our_address_and_secret_and_deleted_again(fake, settings, capsys):
    """Only the kinds of update that are read are asked for."""
    settings.PUBLIC_BASE_URL = "https://chat.example.nl"
    assert webhook.main(["set"]) == 0
    assert fake.webhook == (f"https://chat.example.nl{PATH}", SECRET)
    assert "callback_query" in fake.called("setWebhook")[0]["allowed_updates"]
    assert webhook.main(["delete"]) == 0
    assert fake.webhook is None
    assert fake.token not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "changes", "what"),
    [
        ([], {}, "set or delete"),
        (["set"], {}, "PUBLIC_BASE_URL"),
        (["set"], {"TELEGRAM_TOKEN": ""}, "TELEGRAM_TOKEN"),
        (["delete"], {"TELEGRAM_TOKEN": "1:wrong"}, "@BotFather"),
        (["delete"], {"TELEGRAM_API_BASE": "http://127.0.0.1:9"}, "Try again later"),
    ],
)
def test_a_webhook_that_cannot_be_set_says_why_in_one_line(fake, settings, capsys, arguments, changes, what):
    """Exit 1, without the token."""
    for name, value in changes.items():
        setattr(settings, name, value)
    assert webhook.main(arguments) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert what in line
    assert "1:wrong" not in line


@pytest.mark.parametrize(
    ("changes", "found_ids"),
    [
        ({}, []),
        ({"TELEGRAM_TOKEN": ""}, []),
        ({"TELEGRAM_TOKEN": "my token"}, ["telegram.E001"]),
        ({"TELEGRAM_MODE": "webhook"}, ["telegram.E002"]),
        ({"TELEGRAM_MODE": "webhook", "PUBLIC_BASE_URL": "https://a.nl"}, []),
        ({"TELEGRAM_MODE": "webhook", "PUBLIC_BASE_URL": "https://a.nl", "TELEGRAM_WEBHOOK_SECRET": "a b"}, ["telegram.E003"]),
        ({"TELEGRAM_API_BASE": "http://api.example.org"}, ["telegram.E004"]),
    ],
)
def test_the_system_check_says_what_is_wrong_and_what_to_do(fake, settings, changes, found_ids):
    """Each with an id and a hint; the token is never shown."""
    for name, value in changes.items():
        setattr(settings, name, value)
    checked = run_checks(tags=["telegram"])
    assert [message.id for message in checked] == found_ids
    assert all(message.hint and "my token" not in str(message) for message in checked)
