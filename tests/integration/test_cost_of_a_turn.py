"""What a turn may cost: statements are counted, since milliseconds are the machine's; and a queue that is behind stays small."""

from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from bot import worker
from bot.conversations import delivery, parking, turns
from bot.conversations.delivery import register, transport_for
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Delivery, Message
from bot.conversations.outbox import tell

pytestmark = pytest.mark.django_db(transaction=True)


class Taken:
    """A provider that takes everything."""

    def send(self, conversation, message):
        return f"id.{message.pk}"


@pytest.fixture
def telegram():
    before = transport_for("telegram")
    register("telegram", Taken())
    yield
    register("telegram", before)


def write(text, number):
    return receive(Incoming("telegram", "7001", text=text, provider_id=f"n{number}")).conversation_id


def run_sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_message_that_comes_in_costs_few_statements(rasa, django_assert_max_num_queries):
    """Once the conversation is known."""
    write("hoi", 1)
    with django_assert_max_num_queries(9):
        write("merhaba", 2)


def test_a_turn_costs_few_statements(rasa, django_assert_max_num_queries):
    """From the lease to the replies stored and handed to delivery; Rasa's own are not counted."""
    pk = write("een brief van de gemeente", 1)
    with django_assert_max_num_queries(25):
        turns.drain(pk)
    assert Message.objects.filter(author="bot").count() == 1


def test_a_reply_that_is_sent_costs_few_statements(rasa, telegram, django_assert_max_num_queries):
    """From the lock to "sent"."""
    pk = write("een brief van de gemeente", 1)
    turns.drain(pk)
    with django_assert_max_num_queries(10):
        delivery.deliver(pk)
    assert Delivery.objects.get().state == "sent"


def test_a_queue_that_is_behind_is_not_buried_by_the_sweep(rasa, monkeypatch):
    """A conversation whose job waits its turn gets no second one every two seconds; a lost job is made anew."""
    every = Conversation.objects.values_list("pk", flat=True)
    monkeypatch.setitem(worker._SWEEPS, "turns", lambda: [("drain", pk) for pk in every.all()])
    run_sql("DELETE FROM procrastinate_jobs")  # of other tests
    write("hoi", 1)
    for _ in range(3):
        worker._beat("turns")
    waiting = ProcrastinateJob.objects.filter(queue_name="turns", status="todo")
    assert waiting.count() == 1
    assert worker._queued("delivery") == set()
    run_sql("UPDATE procrastinate_jobs SET status = 'doing' WHERE queue_name = 'turns'")  # a worker took it, and was killed
    worker._beat("turns")
    assert ProcrastinateJob.objects.filter(queue_name="turns", status="todo").count() == 1


def _rows_looked_at(plan):
    below = sum(_rows_looked_at(part) for part in plan.get("Plans", ()))
    return below + (plan["Actual Rows"] + plan.get("Rows Removed by Join Filter", 0)) * plan["Actual Loops"]


def _told(conversation, count, state):
    said = Message.objects.bulk_create(
        Message(conversation=conversation, position=n, author="bot", channel="telegram") for n in range(2, 2 + count)
    )
    return Delivery.objects.bulk_create(Delivery(message=message, state=state) for message in said)


def test_what_waits_for_a_provider_costs_the_others_nothing(rasa):
    """The oldest undelivered message of one conversation, while thousands of another's wait."""
    long, stuck = [Conversation.objects.get(pk=receive(Incoming("telegram", who, text="hoi")).conversation_id) for who in "ab"]
    _told(stuck, 3_000, "pending")
    *_, last = _told(long, 300, "sent")
    Delivery.objects.filter(pk=last.pk).update(state="pending")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {delivery._OLDEST}", [long.pk])
        [[found]] = cursor.fetchall()
    assert _rows_looked_at(found[0]["Plan"]) < 1_500
    assert delivery._next(long.pk).pk == last.pk


def test_who_writes_while_an_answer_is_being_parked_gets_it(rasa, settings):
    """The window opened between the look at it and the parking: the answer goes out, and not with the next message only."""
    pk = receive(Incoming("whatsapp", "31600000001", text="hoi", provider_id="n1")).conversation_id
    conversation = Conversation.objects.select_related("resident").get(pk=pk)
    tell(conversation, "turn.emoji")
    waiting = Delivery.objects.select_related("message").get()
    parking.park(waiting)
    assert Delivery.objects.get().state == "pending"
    Conversation.objects.update(window_until=None)
    parking.park(waiting)
    assert Delivery.objects.get().state == "parked"
    receive(Incoming("whatsapp", "31600000001", text="hallo", provider_id="n2"))
    assert Delivery.objects.get().state == "pending"


def test_a_resident_gets_no_more_in_a_while_than_the_provider_takes(rasa, telegram, monkeypatch, django_assert_max_num_queries):
    """Counted over the last ones alone: the three hundredth message costs what the fifth does."""
    monkeypatch.setattr(transport_for("telegram"), "pace", (3, 20.0), raising=False)
    pk = write("hoi", 1)
    conversation = Conversation.objects.select_related("resident").get(pk=pk)
    for _ in range(5):
        tell(conversation, "turn.emoji")
    delivery.deliver(pk)
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["sent"] * 3 + ["pending"] * 2
    earlier = conversation.created_at - timedelta(hours=1)
    Delivery.objects.update(updated_at=earlier, due_at=earlier)
    with django_assert_max_num_queries(20):
        delivery.deliver(pk)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_program_that_answers_our_answers_is_left_alone(rasa):
    """Ten times the same words within minutes get nine answers; other words are answered again."""
    for number in range(10):
        pk = write("je bericht is ontvangen", number)
        turns.drain(pk)
    assert Message.objects.filter(author="bot").count() == 9
    turns.drain(write("hoi", 10))
    assert Message.objects.filter(author="bot").count() == 10
