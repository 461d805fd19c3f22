"""WhatsApp over HTTP: news of what became of our messages."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.utils import timezone

from bot.channels.whatsapp import statuses
from bot.conversations import delivery as outgoing
from bot.conversations.models import Conversation, Delivery, Message, Provider
from bot.testing import whatsapp as told
from bot.testing.whatsapp_bodies import body, change, status
from tests.integration.whatsapp_setting import DOORS, PHONE, _bot_says, _state, _tell, deliver, fake, post  # noqa: F401

pytestmark = pytest.mark.django_db


def test_a_status_that_names_our_own_id_settles_an_unknown_outcome(fake):
    """Nothing is sent twice."""
    _bot_says("dag")
    fake.will(told.cut_off())
    deliver()
    sent = fake.sent(PHONE)[0]
    post(body(change(statuses=[status(sent["id"], "sent", biz_opaque_callback_data=sent["biz_opaque_callback_data"])])))
    assert deliver(waits_over=True) == [("sent", "")]
    post(body(change(statuses=[status(sent["id"], "read")])))
    assert (_state(), fake.texts(PHONE)) == ("read", ["dag"])


@pytest.mark.parametrize(
    "order", [("sent", "delivered", "read"), ("read", "delivered", "sent"), ("read", "failed"), ("played", "sent")]
)
def test_a_state_only_moves_forward(fake, order):
    """In whatever order they come, and twice."""
    _bot_says("dag")
    deliver()
    provider_id = fake.sent(PHONE)[0]["id"]
    for state in (*order, *order):
        assert post(body(change(statuses=[status(provider_id, state)]))).status_code == 200
    assert _state() == "read"


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [(131026, "failed", "undeliverable"), (131047, "parked", "window"), (130429, "pending", "too_many"),
     (None, "failed", "unknown_reason"), (131053, "pending", "server_error"), (130472, "failed", "not_now")],
)  # fmt: skip
def test_a_failure_that_comes_later_means_the_same(fake, code, state, reason):
    """Matched on the id alone, once however often it comes; what is tried again gets another id."""
    _bot_says("dag")
    deliver()
    failed = {"id": fake.sent(PHONE)[0]["id"], "status": "failed", **({"errors": [{"code": code}]} if code else {})}
    for _ in range(2):
        post(body(change(statuses=[failed])))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (state, reason)
    if state == "pending":
        Provider.objects.update(closed_until=None)
        assert deliver(waits_over=True) == [("sent", "")]
        post(body(change(statuses=[status(fake.sent(PHONE)[1]["id"], "delivered")])))
        assert _state() == "delivered"


def _long(fake):
    """A message in two parts, with buttons under the second."""
    _bot_says("Dit is een zin van enkele woorden. " * 50, buttons=DOORS)


def test_what_became_of_the_first_part_does_not_settle_the_message(fake):
    """The second part, with the buttons, was put off: it is still sent, nothing twice, and its own failure is heard."""
    _long(fake)
    fake.will(told.Answer(200, carry_out=True), told.error(131056))
    assert deliver() == [("pending", "too_many")]
    _tell(fake.sent(PHONE)[0], "sent")
    _tell(fake.sent(PHONE)[0], "delivered")
    assert deliver(waits_over=True) == [("sent", "")]
    first, second = fake.sent(PHONE)
    assert ("interactive" in first, "interactive" in second) == (False, True)
    _tell(second, "failed", 131026)
    assert list(Delivery.objects.values_list("state", "error")) == [("failed", "undeliverable")]


@pytest.mark.parametrize(
    ("code", "state", "killed_in"),
    [(131047, "parked", "fail"), (131026, "failed", "fail"), (130429, "pending", "fail"), (130429, "pending", "announce")],
)
def test_a_failure_that_we_were_killed_at_is_acted_on_when_it_comes_again(fake, monkeypatch, code, state, killed_in):
    """Half of it is not kept: WhatsApp repeats what was not answered with 200."""
    _bot_says("dag")
    deliver()
    told_us = body(change(statuses=[status(fake.sent(PHONE)[0]["id"], "failed", code)]))
    with monkeypatch.context() as patch:
        patch.setattr(statuses, killed_in, Mock(side_effect=OperationalError))
        assert post(told_us).status_code == 503
    assert _state() == "sent"
    assert post(told_us).status_code == 200
    assert _state() == state


@pytest.mark.parametrize("late", ["sent", "delivered"])
def test_a_failed_send_is_made_again_though_its_earlier_news_comes_later(fake, late):
    """WhatsApp promises no order; what is sent again has another id, and that one counts."""
    _bot_says("dag")
    deliver()
    first = fake.sent(PHONE)[0]
    _tell(first, "failed", 130429)
    _tell(first, late)
    assert _state() == "pending"
    Provider.objects.update(closed_until=None)
    assert deliver(waits_over=True) == [("sent", "")]
    _tell(fake.sent(PHONE)[1], "delivered")
    assert (_state(), fake.texts(PHONE)) == ("delivered", ["dag", "dag"])


@pytest.mark.parametrize(("code", "state"), [(130429, "pending"), (131047, "parked"), (131026, "failed")])
def test_a_failure_told_before_we_noted_the_send_stands(fake, monkeypatch, code, state):
    """The news is quicker than our own worker; what goes out later is known by its own id."""
    usual = outgoing._transports["whatsapp"]
    sends = []

    def send(conversation, message):
        sends.append(usual.send(conversation, message))
        if len(sends) == 1:
            _tell(fake.sent(PHONE)[0], "failed", code)
        return sends[-1]

    monkeypatch.setattr(outgoing, "_transports", {"whatsapp": Mock(send=send, ids_are_global=True, pace=None)})
    _bot_says("dag")
    deliver()
    assert (_state(), Message.objects.filter(author="bot").get().provider_hash) == (state, None)
    Provider.objects.update(closed_until=None)
    Delivery.objects.filter(state__in=("parked", "failed")).update(state="pending")
    Conversation.objects.update(window_until=timezone.now() + timedelta(hours=24))
    assert deliver(waits_over=True) == [("sent", "")]
    _tell(fake.sent(PHONE)[1], "read")
    assert _state() == "read"


def test_news_of_what_we_do_not_know_and_of_residents_messages_is_dropped(fake):
    """200 and nothing else."""
    theirs = Message.objects.get().provider_id
    for provider_id in (theirs, "wamid.unknown", ""):
        assert post(body(change(statuses=[status(provider_id, "read", biz_opaque_callback_data="99")]))).status_code == 200
    assert not Delivery.objects.exists()
