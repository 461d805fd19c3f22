"""A provider that is away for an hour, on a clock of our own: afterwards everything arrives, in order, once; and a message
that a provider never takes does not keep the others from arriving."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bot.conversations import delivery
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Delivery, Provider
from bot.conversations.outbox import Reply, post

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, monkeypatch):
        self.at = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.at)

    def run(self, minutes, each=lambda: None, step=5):
        """Let time pass as the delivery worker's sweep sees it."""
        for _ in range(0, minutes * 60, step):
            self.at += timedelta(seconds=step)
            each()
            for pk in delivery.due_conversations():
                delivery.deliver(pk)


class Moody:
    """A provider that refuses what ``refuses`` says; ``got`` is what it took."""

    def __init__(self):
        self.refuses, self.got, self.asked = (lambda text: False), [], 0

    def send(self, conversation, message):
        self.asked += 1
        if self.refuses(message.text):
            raise delivery.SendFailed("server_error")
        self.got.append((conversation.pk, message.text))
        return f"id.{message.pk}"


@pytest.fixture
def clock(monkeypatch, db):
    return Clock(monkeypatch)


@pytest.fixture
def provider(monkeypatch):
    moody = Moody()
    monkeypatch.setattr(delivery, "_transports", {"telegram": moody})
    return moody


def people(count):
    pks = [receive(Incoming("telegram", f"70{n}", text="hoi", provider_id=f"n{n}")).conversation_id for n in range(count)]
    return list(Conversation.objects.select_related("resident").filter(pk__in=pks).order_by("pk"))


def say(conversation, text):
    post(conversation, [Reply(text)])
    delivery.deliver(conversation.pk)


def test_after_an_hour_without_the_provider_everything_arrives_once_and_in_order(clock, provider):
    """What was said before and during the outage; nobody is asked again and again meanwhile, and nothing is given up."""
    talking = people(3)
    provider.refuses = lambda text: True
    for minutes, text in ((0, "een"), (25, "twee"), (34, "drie")):
        clock.run(minutes)
        for conversation in talking:
            say(conversation, text)
    clock.run(1)
    assert (provider.got, set(Delivery.objects.values_list("state", flat=True))) == ([], {"pending"})
    assert provider.asked < 120
    provider.refuses = lambda text: False
    clock.run(6)
    for conversation in talking:
        assert [text for pk, text in provider.got if pk == conversation.pk] == ["een", "twee", "drie"]
    assert len(provider.got) == 9
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Provider.objects.get().closed_until is None


def test_a_message_that_is_never_taken_is_parked_and_the_others_go_on(clock, provider):
    """After eight attempts it stands on the list of what did not arrive; what follows it in its own chat arrives too."""
    first, second = people(2)
    provider.refuses = lambda text: text == "gif"
    say(first, "gif")
    say(first, "daarna")
    clock.run(30, lambda: say(second, "hoi"), step=60)
    assert (first.pk, "daarna") in provider.got
    assert [text for pk, text in provider.got if pk == second.pk] == ["hoi"] * 30
    assert list(Delivery.objects.filter(state="failed").values_list("error", "attempts")) == [("server_error", 8)]
