"""What goes out over HTTP to the fake Bot API server: long texts, refusals, patience, and who blocked the bot."""

import pytest
from django.utils import timezone

from bot.channels.telegram import bot_api, transport
from bot.conversations import breaker, rights
from bot.conversations.models import Conversation, Delivery, ForgottenMessage
from bot.conversations.texts import say
from bot.testing import telegram as told
from bot.testing.telegram_updates import membership_update
from tests.integration.telegram_setting import CHAT, an_update, bot_says, deliver, fake_telegram, found, post

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db
DOORS = (("Iets te doen", "/neighbourhood_activity"), ("Een brief", '/letter_not_understood{"a":"' + "x" * 200 + '"}'))


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_telegram(settings, monkeypatch) as server:
        yield server


# --- sending -----------------------------------------------------------------------------------------------------


def test_a_text_is_sent_as_it_is(fake):
    """Markup is text, and Arabic keeps its marks of direction."""
    texts = ["\u200fمرحبا، أنا Buurtpraat. رقم 06", "<b>_*[x](tg://user?id=1)*_</b>", "👨‍👩‍👧‍👦 é"]
    bot_says(*texts)
    assert deliver() == [("sent", "")] * 3
    assert [message["text"] for message in fake.sent(CHAT)] == texts


def test_a_very_long_text_goes_in_parts_with_the_buttons_under_the_last(fake):
    """10,000 characters with emoji: more UTF-16 units than characters."""
    text = ("Dit is een zin met een 😀. " * 400)[:10_000]
    bot_says(text, buttons=DOORS)
    assert deliver() == [("sent", "")]
    sent = fake.sent(CHAT)
    assert len(sent) >= 3
    assert "".join("".join(m["text"].split()) for m in sent) == "".join(text.split())
    assert ["reply_markup" in m for m in sent] == [False] * (len(sent) - 1) + [True]


def test_a_part_that_was_sent_is_not_sent_again(fake):
    """After a 429 in the middle the rest follows."""
    bot_says("Dit is een zin. " * 400)
    fake.will("sendMessage", told.Answer(carry_out=True), told.too_many(3))
    assert deliver() == [("pending", "too_many")]
    assert deliver(waits_over=True) == [("sent", "")]
    assert sum(message["text"].count("zin") for message in fake.sent(CHAT)) == 400


def test_429_waits_as_long_as_telegram_says_and_keeps_the_order(fake):
    """Nothing is sent before, and a later message does not overtake."""
    bot_says("een", "twee")
    fake.will("sendMessage", told.too_many(7))
    began = timezone.now()
    assert deliver() == [("pending", "too_many"), ("pending", "")]
    due = Delivery.objects.order_by("message__position").first().due_at
    assert 6.9 <= (due - began).total_seconds() <= 60
    deliver()
    assert len(fake.called("sendMessage")) == 1
    assert deliver(waits_over=True) == [("sent", "")] * 2
    assert [message["text"] for message in fake.sent(CHAT)] == ["een", "twee"]


def test_two_chats_asked_for_patience_at_once_means_everybody(fake, monkeypatch):
    """Telegram does not say whether a limit is the chat's or the bot's; one alone is only its own."""
    monkeypatch.setattr(transport, "_throttled", [])
    bot_says("een")
    fake.will("sendMessage", told.too_many(7), told.too_many(7))
    deliver()
    assert breaker.closed_until("telegram") is None
    bot_says("twee", chat=CHAT + 1)
    deliver(CHAT + 1)
    assert breaker.closed_until("telegram") > timezone.now()


def test_who_blocked_the_bot_gets_no_more_sends(fake):
    """403 is for good, until they come back."""
    bot_says("een", "twee")
    fake.block(CHAT)
    assert deliver() == [("failed", "blocked")] * 2
    assert found().blocked_at
    assert len(fake.called("sendMessage")) == 1


@pytest.mark.parametrize("sign", ["member", "message"])
def test_who_lets_the_bot_in_again_is_written_to_again(fake, sign):
    """By Telegram's word, or by simply writing."""
    post(an_update(1, text="hoi"))
    post(membership_update(2, CHAT, True))
    assert found().blocked_at
    post(membership_update(3, CHAT, False) if sign == "member" else an_update(4, text="daar ben ik"))
    assert found().blocked_at is None
    bot_says("welkom terug")
    assert deliver() == [("sent", "")]


def test_a_stranger_who_blocks_the_bot_leaves_no_trace(fake):
    """No conversation is made for it."""
    post(membership_update(2, CHAT, True))
    assert not Conversation.objects.exists()


def test_a_send_without_an_answer_is_sent_again_once(fake, monkeypatch):
    """Nobody knows whether it arrived: one more copy at most."""
    monkeypatch.setattr(bot_api, "TIMEOUT", 1.0)  # for connecting too: a busy machine must not be what cannot
    bot_says("een")
    fake.will("sendMessage", *[told.silence(3)] * 2)
    assert deliver() == [("pending", "no_answer")]
    assert deliver(waits_over=True) == [("failed", "no_answer")]
    assert deliver(waits_over=True) == [("failed", "no_answer")]
    assert len(fake.called("sendMessage")) == 2


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (told.bad_request(), "failed", "no_chat"),
        (told.bad_request("BUTTON_DATA_INVALID"), "failed", "bad_request"),
        (told.server_error(), "pending", "server_error"),
        (told.server_error(500), "pending", "server_error"),
        (told.broken_json(), "pending", "bad_answer"),
        (told.Answer(200, b'{"ok":true}'), "pending", "bad_answer"),
        (told.Answer(200, b'{"ok":true,"result":{}}'), "pending", "bad_answer"),
        (told.cut_off(), "pending", "no_answer"),
        (told.Answer(401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}'), "pending", "channel_down"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_refusal_is_understood(fake, answer, state, code):
    """400 is for good though python-telegram-bot calls it a network error; a broken server is tried again."""
    bot_says("een")
    fake.will("sendMessage", answer)
    assert deliver() == [(state, code)]


def test_a_wrong_token_makes_messages_wait_long(fake):
    """A person must mend it."""
    bot_says("een")
    fake.token = "1:other"
    deliver()
    assert (Delivery.objects.get().due_at - timezone.now()).total_seconds() > 600


def test_while_telegram_cannot_be_reached_messages_wait(fake, settings):
    """Not sent for certain, so tried more often than an unknown outcome."""
    settings.TELEGRAM_API_BASE = "http://127.0.0.1:9"
    bot_says("een")
    for _ in range(4):
        assert deliver(waits_over=True) == [("pending", "unreachable")]


def test_the_farewell_is_sent_before_everything_is_wiped(fake):
    """Afterwards no address is left to send it to."""
    post(an_update(1, text="hoi"))
    rights.wipe(found())
    assert [m["text"] for m in fake.sent(CHAT)] == [say("rights.wiped_telegram", "nl").text]
    assert not Conversation.objects.exists()
    assert ForgottenMessage.objects.exists()


def test_a_farewell_that_fails_stops_no_wipe(fake):
    """Such as for somebody who blocked the bot."""
    post(an_update(1, text="hoi"))
    fake.will("sendMessage", told.blocked())
    rights.wipe(found())
    assert not Conversation.objects.exists()
