"""WhatsApp over HTTP: the 24-hour window, and what waits for it to open."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.utils import timezone

from bot.channels.whatsapp import client
from bot.conversations import outbox, parking
from bot.conversations.models import Conversation, Delivery
from bot.conversations.outbox import Reply
from bot.testing import whatsapp as told
from bot.testing.whatsapp_bodies import body, change, message
from tests.integration.whatsapp_setting import (  # noqa: F401
    PHONE,
    TEMPLATE,
    _bot_says,
    _state,
    _tell,
    approved,
    deliver,
    fake,
    found,
    post,
    said,
)

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


def _silent_for(hours):
    Conversation.objects.update(window_until=timezone.now() + timedelta(hours=24 - hours))


def test_within_24_hours_an_answer_is_sent_and_after_that_it_waits(fake, approved):
    """Counted from the message's own time; free text is refused before any call."""
    _silent_for(23.9)
    _bot_says("op tijd", author="helper")
    assert deliver() == [("sent", "")]
    _silent_for(24.1)
    _bot_says("te laat", "nog later", author="helper")
    deliver()
    deliver()
    states = list(Delivery.objects.order_by("message__position").values_list("state", flat=True))
    assert states == ["sent", "parked", "parked", "sent"]
    asked = fake.sent(PHONE)[1:]
    assert [(s["type"], s["template"]["name"]) for s in asked] == [("template", "new_message")]


def test_what_waited_is_delivered_in_order_when_the_resident_writes(fake, approved):
    """And the template may be needed again another day."""
    _silent_for(25)
    _bot_says("een", "twee", author="helper")
    deliver()
    assert Conversation.objects.get().asked_back_at
    post(body(change([message(PHONE, "ja?")])))
    deliver()
    assert [text for text in fake.texts(PHONE) if text] == ["een", "twee"]
    assert Conversation.objects.get().asked_back_at is None


@committed
def test_a_worker_killed_while_it_parks_leaves_nobody_unasked(fake, approved, monkeypatch):
    """Neither between the parking and the asking, nor between the asking and its message."""
    _silent_for(25)
    _bot_says("te laat", author="helper")

    def killed(*_):
        raise SystemExit

    for name in ("_ask_back", "post"):
        with monkeypatch.context() as patch:
            patch.setattr(parking, name, killed)
            with pytest.raises(SystemExit):
                deliver(waits_over=True)
        assert (_state(), Conversation.objects.get().asked_back_at) == ("sending", None)
        Delivery.objects.update(due_at=timezone.now())  # a minute later: it is taken up again
    deliver()
    deliver()
    assert [s["type"] for s in fake.sent(PHONE)] == ["template"]


def test_a_message_that_comes_30_hours_late_opens_no_window(fake):
    """Its answer is parked, and without an approved template nothing at all is sent."""
    _silent_for(30)
    late = message(PHONE, "hallo?", at=(timezone.now() - timedelta(hours=30)).timestamp())
    post(body(change([late])))
    outbox.post(found(), [Reply("dag")])
    assert deliver() == [("parked", "window")]
    assert said() == ["hoi", "hallo?"]
    assert not fake.sent(PHONE)


def test_a_phone_that_others_read_hears_nothing_unasked(fake, approved):
    """No template either."""
    _silent_for(25)
    conversation = found()
    conversation.resident.discreet = True
    conversation.resident.save()
    _bot_says("een", author="helper")
    assert deliver() == [("parked", "window")]
    assert not fake.sent(PHONE)


def test_when_whatsapp_says_the_window_is_closed_it_is(fake):
    """131047, whatever we counted: the next one is not even tried."""
    _bot_says("een", "twee")
    fake.will(told.error(131047))
    assert deliver() == [("parked", "window")] * 2
    assert len([c for c in fake.calls if c.params.get("type") == "text"]) == 1


def test_a_late_word_that_the_window_is_closed_does_not_close_what_the_resident_opened_since(fake, approved):
    """What failed and the answer to the new message go out; nobody is asked to write who just did."""
    _bot_says("een")
    _silent_for(23.9)
    deliver()
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=9), updated_at=timezone.now() - timedelta(minutes=10))
    post(body(change([message(PHONE, "ben je er nog?")])))
    _tell(fake.sent(PHONE)[0], "failed", 131047)
    _bot_says("twee")
    assert deliver() == [("sent", "")] * 2
    assert fake.texts(PHONE) == ["een", "een", "twee"]


def test_a_word_that_the_window_is_closed_counts_for_what_was_sent_after_the_residents_last(fake):
    """Whenever it comes, and whatever we counted."""
    _bot_says("een")
    _silent_for(1)
    deliver()
    _tell(fake.sent(PHONE)[0], "failed", 131047)
    _bot_says("twee")
    assert deliver() == [("parked", "window")] * 2


def test_who_writes_while_a_send_is_refused_has_opened_the_window(fake, monkeypatch):
    """The refusal was of what was sent before."""
    _silent_for(23.9)
    _bot_says("een")
    fake.will(told.error(131047))
    usual = client.current().send_message
    sends = []

    def send_message(*args, **more):
        sends.append(args)
        if len(sends) == 1:
            post(body(change([message(PHONE, "hallo?", at=(timezone.now() + timedelta(seconds=2)).timestamp())])))
        return usual(*args, **more)

    monkeypatch.setattr(client, "current", lambda: Mock(send_message=send_message))
    assert deliver() == [("sent", "")]
    assert fake.texts(PHONE) == ["een"]


def test_the_desk_shows_until_when_an_answer_goes_through(fake):
    """And that it waits afterwards."""
    from bot.desk.sheet import _window
    from bot.handover.models import Handover

    handover, now = Handover(conversation=found()), timezone.now()
    assert _window(handover, now).startswith("WhatsApp laat je antwoord door tot")
    _silent_for(25)
    assert "wacht tot de bewoner weer schrijft" in _window(Handover(conversation=found()), now)
