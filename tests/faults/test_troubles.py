"""A full disk, a slow Rasa, a clock that jumps, a helper who falls ill overnight: over PostgreSQL, with a fake Rasa."""

import datetime as dt
import threading
import time

import httpx
import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from bot.conversations import delivery, languages, rasa_pool, turns
from bot.conversations.inbox import Incoming, find_conversation, receive
from bot.conversations.lease import hold, waiting_conversations
from bot.conversations.models import Conversation, Delivery, Message, TurnResult
from bot.conversations.outbox import Reply, post
from bot.conversations.texts import say
from bot.handover import service, watch
from bot.handover.models import Handover
from bot.language.locales import compile_all
from bot.neighbourhood.hours import is_closed_day
from bot.testing.rasa import FakeRasa, _echo
from tests.integration.handover_helpers import make_helper, make_team, stored

pytestmark = pytest.mark.django_db(transaction=True)
AMSTERDAM = timezone.get_default_timezone()


@pytest.fixture
def rasa(settings, transactional_db):
    compile_all()
    with FakeRasa() as fake:
        settings.RASA_URL = fake.url
        yield fake


def said(conversation_id):
    return [m.key or m.text for m in Message.objects.filter(conversation=conversation_id, author="bot")]


# --- a full disk -------------------------------------------------------------------------------------------------


@pytest.fixture
def full_disk(rasa):
    """PostgreSQL refuses every new message as it does when it finds no room; ``full_disk(False)`` makes room again."""

    def fill(full=True):
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER IF EXISTS no_room ON conversations_message")
            if full:
                cursor.execute(
                    "CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                    " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
                )
                cursor.execute("CREATE TRIGGER no_room BEFORE INSERT ON conversations_message EXECUTE FUNCTION no_room()")

    yield fill
    fill(False)
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION IF EXISTS no_room")


def test_on_a_full_disk_nothing_is_taken_in_and_the_sender_is_told_to_come_again(client, full_disk):
    """No 202 for what is not stored; the page keeps the words and sends them again, and then all goes on."""
    token = client.post("/chat/api/sessions", {}, content_type="application/json").json()["session"]
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    full_disk()
    for _ in range(2):
        answer = client.post("/chat/api/messages", {"text": "hoi", "id": "n1"}, content_type="application/json", **headers)
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        assert "No space" not in answer.content.decode()
    full_disk(False)
    again = client.post("/chat/api/messages", {"text": "hoi", "id": "n1"}, content_type="application/json", **headers)
    assert (again.status_code, again.json()) == (202, {"id": 1})
    turns.drain(Conversation.objects.get().pk)
    assert said(Conversation.objects.get().pk) == ["echo: hoi"]


def test_an_answer_that_found_no_room_comes_later_and_once(full_disk, rasa):
    """Rasa ran and its result is kept: neither asked again nor answered twice; the sweep finds the message."""
    pk = receive(Incoming("webchat", "a", text="hoi")).conversation_id
    full_disk()
    with pytest.raises(OperationalError, match="No space left"):
        turns.drain(pk)
    assert waiting_conversations(older_than_seconds=0) == [pk]
    full_disk(False)
    turns.drain(pk)
    turns.drain(pk)
    assert (said(pk), len(rasa.calls), waiting_conversations(older_than_seconds=0)) == (["echo: hoi"], 1, [])


# --- no database -------------------------------------------------------------------------------------------------


def test_without_a_database_the_page_is_told_so_in_words(client, rasa, monkeypatch):
    """Also by a process that just began, in the resident's language where that is on, and by the stream."""
    token = client.post("/chat/api/sessions", {}, content_type="application/json").json()["session"]
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT_LANGUAGE": "tr"}

    def gone(*_):
        raise OperationalError("no server")

    with monkeypatch.context() as away:
        away.setattr(BaseDatabaseWrapper, "_cursor", gone)
        languages.forget()
        posted = client.post("/chat/api/messages", {"text": "hoi"}, content_type="application/json", **headers)
        streamed = client.get("/chat/api/stream", **headers)
    for answer in (posted, streamed):
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        assert answer.json()["error"] == {"code": "unavailable", "message": say("chat.error.unavailable", "tr").text}


# --- a slow Rasa -------------------------------------------------------------------------------------------------


def test_a_turn_that_takes_too_long_is_said_kindly_and_answered_once(rasa, monkeypatch):
    """The worker waits no longer than its time-out; what Rasa leaves afterwards counts, and it is not asked twice."""
    monkeypatch.setattr(rasa_pool, "_client", httpx.Client(timeout=httpx.Timeout(0.3, connect=2)))

    awake = threading.Event()

    def slowly(body):
        awake.wait(60)
        return _echo(body)

    rasa.answer = slowly
    pk = receive(Incoming("webchat", "a", text="hoi")).conversation_id
    Message.objects.update(created_at=timezone.now() - dt.timedelta(seconds=10))
    turns.drain(pk)
    assert said(pk) == ["turn.slow"]
    awake.set()
    while not TurnResult.objects.exists():
        time.sleep(0.05)
    turns.drain(pk)
    assert (said(pk), len(rasa.calls)) == (["turn.slow", "echo: hoi"], 1)
    rasa_pool._client.close()


def test_danger_is_answered_while_rasa_is_slow(rasa, monkeypatch):
    """It asks no model, and does not wait behind the message that does."""
    monkeypatch.setattr(rasa_pool, "_client", httpx.Client(timeout=httpx.Timeout(0.2, connect=2)))
    awake = threading.Event()
    rasa.answer = lambda body: awake.wait(60)
    receive(Incoming("webchat", "a", text="hoi"))
    pk = receive(Incoming("webchat", "a", text="ik wil dood")).conversation_id
    turns.drain(pk)
    assert [m.reply_to.position for m in Message.objects.filter(author="bot") if "113" in m.text] == [2]
    awake.set()
    rasa_pool._client.close()


# --- a clock that jumps ------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """``clock(hours=1)``: the machine's clock is that far off from now on."""
    real, off = timezone.now, [dt.timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + off[0])

    def jump(**by):
        off[0] = dt.timedelta(**by)

    return jump


@pytest.mark.parametrize("hours", [1, -1, 24 * 400, -24 * 400])
def test_a_clock_that_jumps_in_the_middle_of_a_turn_doubles_nothing(rasa, clock, hours):
    """A lease that seems over is taken by another worker, and the turn is still one."""

    def jumps(body):
        clock(hours=hours)
        turns.drain(body["metadata"]["conversation_id"])  # as another worker's sweep would
        return _echo(body)

    rasa.answer = jumps
    pk = receive(Incoming("webchat", "a", text="hoi")).conversation_id
    turns.drain(pk)
    clock(hours=0)
    receive(Incoming("webchat", "a", text="dag"))
    rasa.answer = _echo
    turns.drain(pk)
    assert said(pk) == ["echo: hoi", "echo: dag"]


def test_after_a_clock_that_was_ahead_everything_goes_on(rasa, clock, monkeypatch):
    """A lease and a due time from the future end with the jump at the latest; new conversations notice nothing."""
    sent = []
    provider = type("Provider", (), {"send": lambda self, c, m: sent.append(m.text) or f"id.{m.pk}"})()
    monkeypatch.setattr(delivery, "_transports", {"telegram": provider})
    pk = receive(Incoming("telegram", "7", text="hoi", provider_id="n")).conversation_id
    clock(hours=1)
    with hold(pk):  # a worker that is killed with it: nobody gives it back
        Conversation.objects.update(lease="00000000-0000-0000-0000-000000000000")
    post(Conversation.objects.get(), [Reply("een")])
    clock(hours=0)
    other = receive(Incoming("telegram", "8", text="dag", provider_id="m")).conversation_id
    turns.drain(other)
    delivery.deliver(other)
    assert sent == ["echo: dag"]
    clock(hours=1, minutes=1)
    assert pk in waiting_conversations(older_than_seconds=0)
    turns.drain(pk)
    delivery.deliver(pk)
    assert sent == ["echo: dag", "een", "echo: hoi"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


# --- a helper who is ill in the morning --------------------------------------------------------------------------


@pytest.fixture
def at(monkeypatch):
    """``at(day, hour)``: it is then, in Amsterdam; Monday is day 0 (Easter's and King's Day are no such days)."""
    monday = timezone.localdate() + dt.timedelta(days=(7 - timezone.localdate().weekday()) % 7)
    while any(is_closed_day(monday + dt.timedelta(days=n)) for n in range(2)):
        monday += dt.timedelta(days=7)

    def move(day, hour, minute=0):
        moment = dt.datetime.combine(monday + dt.timedelta(days=day), dt.time(hour, minute), AMSTERDAM)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return move


def test_a_helper_ill_overnight_is_no_silence_for_the_resident(rasa, at):
    """In the evening: when Mark is back. In the morning: that he is late. A tap ends the hold, and the bot is there again."""
    at(0, 15)
    team = make_team(hours={str(day): ["09:00", "17:00"] for day in range(1, 6)})
    mark, noor = make_helper(team, "Mark"), make_helper(team, "Noor")
    pk = receive(Incoming("webchat", "a", text="hoi")).conversation_id
    turns.drain(pk)
    handover = stored(Conversation.objects.get(pk=pk))
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Dag, ik ben Mark. Tot morgen!")

    at(0, 21, 30)
    receive(Incoming("webchat", "a", text="kunt u de brief nog meenemen?"))
    turns.drain(pk)
    assert said(pk)[-1] == "handover.helper_away"
    at(1, 3)
    assert watch.look(timezone.now()) == 0

    handover.refresh_from_db()
    assert handover.waiting_since is not None
    due = timezone.localtime(handover.due_at)
    assert (due.weekday(), due.hour >= 9) == (1, True)
    at(1, due.hour, due.minute)
    later = timezone.now() + dt.timedelta(minutes=2)
    assert (watch.look(later), watch.look(later)) == (1, 0)
    last = Message.objects.filter(conversation=pk, author="bot").last()
    assert last.key == "handover.late_answer"
    assert "Mark" in last.text

    receive(Incoming("webchat", "a", kind="tap", button_id=last.buttons[0]["id"]))
    turns.drain(pk)
    handover.refresh_from_db()
    assert (handover.state, handover.holder) == ("open", None)
    assert find_conversation("webchat", "a").held_by == ""
    receive(Incoming("webchat", "a", text="en is er vandaag iets te doen?"))
    turns.drain(pk)
    assert said(pk)[-1] == "echo: en is er vandaag iets te doen?"
    assert service.accept(handover.pk, noor).holder == noor
    assert Handover.objects.count() == 1
