"""A provider that is away for an hour, on a clock of our own: afterwards everything arrives, in order, once; and a message
that a provider never takes does not keep the others from arriving."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bot.conversations import delivery
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Delivery, Provider
from bot.conversations.outbox import Reply, post
from bot.conversations.refused import SendFailed

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
    """A provider that refuses what ``refuses`` says; ``got`` is what it took, ``asked`` all that it was sent."""

    def __init__(self):
        self.refuses, self.got, self.sent = (lambda text: False), [], []
        self.failure = {"code": "server_error"}

    @property
    def asked(self):
        return len(self.sent)

    def send(self, conversation, message):
        self.sent.append((conversation.pk, message.text))
        if self.refuses(message.text):
            raise SendFailed(**self.failure)
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


# Telegram's time-outs, WhatsApp's (which leave time for a status), and two answers of theirs.
SILENT, WAITING = {"code": "no_answer", "unknown": True}, {"code": "no_answer", "unknown": True, "retry_after": 60.0}
ODD, AWAY, BUSY = {**WAITING, "code": "bad_answer"}, {"code": "server_error"}, {"code": "too_many", "retry_after": 30.0}


@pytest.mark.parametrize("failure", [SILENT, WAITING])
def test_after_an_hour_without_any_answer_everything_arrives_in_order(clock, provider, failure):
    """Nobody knows what became of a send: nothing is given up, and nothing sent more than now and then, since it may arrive."""
    talking = people(3)
    provider.refuses, provider.failure = (lambda text: True), failure
    for minutes, text in ((0, "een"), (25, "twee"), (34, "drie")):
        clock.run(minutes)
        for conversation in talking:
            say(conversation, text)
    clock.run(1)
    assert (provider.got, set(Delivery.objects.values_list("state", flat=True))) == ([], {"pending"})
    assert max(provider.sent.count(sent) for sent in provider.sent) <= 6
    provider.refuses = lambda text: False
    clock.run(16)  # by then one of them is tried, and brings the others along
    for conversation in talking:
        assert [text for pk, text in provider.got if pk == conversation.pk] == ["een", "twee", "drie"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Provider.objects.get().closed_until is None


@pytest.mark.parametrize("failure", [SILENT, WAITING])
def test_a_day_without_any_answer_doubles_nothing_a_dozen_times(clock, provider, failure):
    """Each of these may have arrived on the phone."""
    provider.refuses, provider.failure = (lambda text: True), failure
    for conversation in people(4):
        say(conversation, "hoi")
    clock.run(24 * 60, step=30)
    assert max(provider.sent.count(sent) for sent in provider.sent) <= 18


def test_what_waits_long_holds_nothing_up_once_somebody_writes(clock, provider):
    """Hours into an outage each try is hours apart; then the provider is back, and a resident writes that life is at stake."""
    talking = people(3)
    provider.refuses, provider.failure = (lambda text: True), SILENT
    for conversation in talking:
        say(conversation, "een")
    clock.run(5 * 60, step=30)
    assert Delivery.objects.order_by("due_at").first().due_at > clock.at + timedelta(minutes=10)
    provider.refuses = lambda text: False
    clock.run(2)
    say(talking[0], "bel 113")
    clock.run(6)
    assert [text for pk, text in provider.got if pk == talking[0].pk] == ["een", "bel 113"]


def test_one_silence_among_answers_waits_its_minute(clock, provider):
    """In which WhatsApp's status may tell that it arrived."""
    first, second = people(2)
    provider.refuses, provider.failure = (lambda text: text == "gif" and provider.asked == 1), WAITING
    say(first, "gif")
    for _ in range(5):
        say(second, "hoi")
        clock.at += timedelta(seconds=8)
        for pk in delivery.due_conversations():
            delivery.deliver(pk)
    assert provider.sent.count((first.pk, "gif")) == 1
    clock.run(2)
    assert provider.sent.count((first.pk, "gif")) == 2


def test_news_that_comes_before_our_own_time_out_stands(clock, provider):
    """WhatsApp took it and says so, while its answer to our call never comes."""
    (conversation,) = people(1)

    def settle(text):
        sending = Delivery.objects.select_related("message__conversation").get(state="sending")
        delivery.record_sent(sending, "wamid.1")
        return True

    provider.refuses, provider.failure = settle, WAITING
    say(conversation, "hoi")
    clock.run(3)
    assert Delivery.objects.get().state == "sent"
    assert provider.asked == 1


def test_who_answers_nobody_is_left_alone(clock, provider):
    """Each such send may arrive, and takes the time of its time-out."""
    provider.refuses, provider.failure = (lambda text: True), WAITING
    for conversation in people(20):
        say(conversation, "hoi")
    assert provider.asked == 3
    clock.run(60)
    assert provider.asked < 60


@pytest.mark.parametrize(
    ("failures", "state"),
    [([SILENT, SILENT], "failed"), ([WAITING, WAITING], "failed"), ([AWAY, SILENT, SILENT], "failed"),
     ([SILENT, BUSY, SILENT], "failed"), ([WAITING, AWAY, AWAY, WAITING], "failed"), ([ODD, WAITING], "failed"),
     ([AWAY, SILENT], "sent"), ([BUSY, WAITING], "sent"), ([AWAY] * 6 + [WAITING], "sent"), ([BUSY, ODD], "sent")],
)  # fmt: skip
def test_what_may_have_arrived_is_sent_once_more_and_never_a_third_time(clock, provider, failures, state):
    """Whatever else befell it before or in between: what surely was not sent is no such time. Others are answered meanwhile."""
    first, second = people(2)
    left = list(failures)

    def refuses(text):
        if text != "gif" or not left:
            return False
        provider.failure = left.pop(0)
        return True

    provider.refuses = refuses
    say(first, "gif")
    clock.run(40, lambda: say(second, "hoi"), step=60)
    assert Delivery.objects.get(message__conversation=first).state == state
    assert [text for pk, text in provider.got if pk == first.pk] == ["gif"] * (state == "sent")
    assert provider.sent.count((first.pk, "gif")) == len(failures) + (state == "sent")


def test_answers_that_nobody_can_read_are_no_outage(clock, provider):
    """It does answer, and may take everything: no message goes out more than twice, to however many."""
    provider.refuses, provider.failure = (lambda text: True), ODD
    for conversation in people(6):
        say(conversation, "hoi")
    clock.run(60)
    assert max(provider.sent.count(sent) for sent in provider.sent) == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}


def test_a_send_whose_sender_was_killed_may_have_arrived(clock, provider):
    """Sent once more; when nobody knows of that one either, not again."""
    first, second = people(2)
    post(first, [Reply("gif")])
    killed = Delivery.objects.select_related("message__conversation").get(message__conversation=first)
    assert delivery._claim(killed)
    provider.refuses, provider.failure = (lambda text: text == "gif"), WAITING
    clock.run(10, lambda: say(second, "hoi"), step=60)
    assert (provider.sent.count((first.pk, "gif")), Delivery.objects.get(pk=killed.pk).state) == (1, "failed")
