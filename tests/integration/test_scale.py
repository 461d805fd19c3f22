"""Several Rasa behind one token, several workers on one database: any may take any turn, and each is taken once."""

import itertools
import threading
import time
from types import SimpleNamespace

import pytest

from bot import health
from bot.conversations import rasa_pool, turns
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Message, TurnResult
from bot.start import _children
from bot.testing.rasa import FakeRasa, _echo

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def two(settings, transactional_db):
    """Two Rasa that take a moment for each turn."""

    def slowly(body):
        time.sleep(0.05)
        return _echo(body)

    with FakeRasa(slowly) as first, FakeRasa(slowly) as second:
        settings.RASA_URL = f"{first.url},{second.url}"
        yield first, second


def _drain(conversation):
    from django.db import connection

    try:
        turns.drain(conversation)
    finally:
        connection.close()


def together(*conversations):
    """A worker's threads for all of these at once."""
    at_once([threading.Thread(target=_drain, args=[pk]) for pk in conversations])


def at_once(threads):
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


def test_the_least_busy_takes_the_next_turn(two):
    """Four residents at once, none answered before all were asked: two each."""
    asked = threading.Barrier(4, timeout=60)
    for rasa in two:
        rasa.answer = lambda body: (asked.wait(), _echo(body))[1]
    written = [receive(Incoming("webchat", f"r{n}", text="hoi")).conversation_id for n in range(4)]
    together(*written)
    assert [len(rasa.calls) for rasa in two] == [2, 2]


class Hesitant:
    """A lock after which others come first."""

    def __init__(self):
        self._lock = threading.Lock()

    def __enter__(self):
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()
        time.sleep(0.02)


def test_turns_that_come_together_do_not_all_see_the_same_one_idle(settings, monkeypatch):
    """Chosen and counted at once."""
    settings.RASA_URL, came, all_ask = "http://a,http://b", [], threading.Barrier(8, timeout=60)
    monkeypatch.setattr(rasa_pool, "_client", SimpleNamespace(post=lambda url: (came.append(url), all_ask.wait())))
    monkeypatch.setattr(rasa_pool, "_lock", Hesitant())
    for _ in range(8):
        at_once([threading.Thread(target=rasa_pool.post, args=["/"]) for _ in range(8)])
        assert came.count("http://a/") == came.count("http://b/")


def test_two_workers_and_two_rasa_keep_the_order_and_answer_each_once(two, monkeypatch):
    """One conversation's lease is one worker's; which Rasa takes a turn does not matter."""
    # Of two idle ones now this, now that: left to chance, one of two thousand runs asks a single one twelve times.
    monkeypatch.setattr(rasa_pool, "random", SimpleNamespace(random=itertools.cycle((0, 1, 1, 0)).__next__))
    for number in range(12):
        pk = receive(Incoming("webchat", "a", text=f"bericht {200 + number}")).conversation_id
    together(pk, pk, pk)
    turns.drain(pk)
    said = Message.objects.filter(author="bot").values_list("text", flat=True)
    assert list(said) == [f"echo: bericht {200 + n}" for n in range(12)]
    assert sum(len(rasa.calls) for rasa in two) == TurnResult.objects.count() == 12
    assert all(rasa.calls for rasa in two)


def test_where_nobody_listens_the_other_is_asked(settings, two):
    """Nothing was sent yet, so that nothing can be doubled; with nobody left the message waits."""
    settings.RASA_URL = f"{NOBODY},{two[0].url},{NOBODY}"
    pk = receive(Incoming("webchat", "a", text="hoi")).conversation_id
    turns.drain(pk)
    assert Message.objects.filter(author="bot").count() == 1
    settings.RASA_URL = f"{NOBODY}, {NOBODY}"
    receive(Incoming("webchat", "a", text="nog iets"))
    turns.drain(pk)
    assert list(Message.objects.filter(author="resident", handled_at=None).values_list("position", flat=True)) == [3]
    assert Conversation.objects.get().lease is None


def test_one_rasa_with_its_model_is_enough_to_be_ready(settings, monkeypatch):
    """And which of them has it is told apart."""
    settings.RASA_URL = "http://a,http://b"
    monkeypatch.setattr(health, "_rasa_ready", lambda address: address == "http://b")
    assert health.rasas_ready() == [False, True]
    assert health.parts()["rasa"] is True


def test_the_settings_say_how_many_start(settings):
    """Names for their logs, a port for each Rasa, one port for all web processes."""
    settings.WEB_PROCESSES = settings.TURNS_PROCESSES = settings.RASA_PROCESSES = 2
    settings.RASA_PORTS, settings.RASA_URL = (9005, 9006), "http://127.0.0.1:9005,http://127.0.0.1:9006"
    found = {child.name: child for child in _children(settings)}
    assert list(found) == ["web", "turns", "turns-2", "delivery", "actions", "rasa", "rasa-2"]
    assert found["web"].command[-2:] == ["--workers", "2"]
    assert [found[name].env["RASA_PORT"] for name in ("rasa", "rasa-2")] == ["9005", "9006"]
