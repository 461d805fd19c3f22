"""Telegram over HTTP against the fake Bot API server: what comes in by webhook and by polling, and what goes out."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from django.core.checks import run_checks
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from bot.channels.telegram import bot_api, polling, receiving, transport, views, webhook
from bot.conversations import breaker, inbox, outbox, rights, turns
from bot.conversations.models import Conversation, Delivery, ForgottenMessage, Message, Resident
from bot.conversations.outbox import Reply
from bot.conversations.texts import say
from bot.testing import telegram as told
from bot.testing.telegram_updates import callback_update, edited_update, membership_update, message_update
from tests.integration.telegram_setting import CHAT, PATH, SECRET, deliver, fake_telegram, found, poller, post, said

pytestmark = pytest.mark.django_db
# Polling and a live server work in other threads: they see only what is committed.
committed = pytest.mark.django_db(transaction=True)
DOORS = (("Iets te doen", "/neighbourhood_activity"), ("Een brief", '/letter_not_understood{"a":"' + "x" * 200 + '"}'))


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_telegram(settings, monkeypatch) as server:
        yield server


def _update(number=1, chat=CHAT, language="", **content):
    return message_update(910_000_000 + number, chat, {"message_id": number, **content}, language)


def _bot_says(*texts, buttons=(), chat=CHAT):
    conversation = inbox.open_conversation("telegram", str(chat))
    return outbox.post(conversation, [Reply(text, tuple(buttons)) for text in texts])


# --- the webhook's door ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], f"{SECRET} ", "é", "ÿ"])
def test_without_the_secret_nothing_is_stored(fake, secret):
    """403, whatever the header holds."""
    assert post(_update(text="hoi"), secret).status_code == 403
    assert not Conversation.objects.exists()


def test_a_secret_in_the_address_counts_for_nothing(fake):
    """Addresses end up in logs."""
    answer = Client().post(f"{PATH}?secret={SECRET}", _update(text="hoi"), content_type="application/json")
    assert answer.status_code == 403


def test_without_a_secret_of_ours_nobody_gets_in(fake, settings):
    """An empty setting must not match an empty header."""
    settings.TELEGRAM_WEBHOOK_SECRET = ""
    assert post(_update(text="hoi"), "").status_code == 403


def test_the_answer_is_empty(fake):
    """Telegram would carry out a JSON body that names a method."""
    answer = post(_update(text="hoi"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert said() == ["hoi"]


@pytest.mark.parametrize("body", ["", "{", '"mock json"', "[]", "null", "[" * 60_000, b'{"message": "\xff"}', "7"])
def test_authentic_nonsense_is_taken_and_dropped(fake, body):
    """It would be sent again for a day, and be no better."""
    answer = post(body)
    assert (answer.status_code, answer.content) == (200, b"")
    assert not Conversation.objects.exists()


def test_other_methods_and_bodies_too_large_are_refused(fake):
    """405 and 413."""
    assert Client().get(PATH).status_code == 405
    for size in (1_000_001, 4_000_000):
        assert post(b" " * size).status_code == 413


def test_while_the_database_is_down_telegram_is_asked_to_come_again(fake, monkeypatch):
    """503 with Retry-After; the repeat is stored exactly once."""

    def down(_):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(views, "take_in", down)
        answer = post(_update(text="hoi"))
    assert answer.status_code == 503
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert [post(_update(text="hoi")).status_code for _ in range(2)] == [200, 200]
    assert said() == ["hoi"]


def test_an_update_is_stored_within_100_ms(fake):
    """Also with the network calls it brings about: those wait for nobody."""
    fake.will("sendChatAction", *[told.silence(0.3)] * 5)
    post(_update(1, text="hoi"))
    times = []
    for number in range(2, 7):
        began = time.perf_counter()
        post(_update(number, text="hoi"))
        times.append(time.perf_counter() - began)
    assert sorted(times)[2] < 0.1


# --- what is stored ----------------------------------------------------------------------------------------------


def test_the_same_update_twice_is_one_message(fake):
    """Also under another update id."""
    for number in (1, 1, 2):
        post(_update(1, text="hoi") | {"update_id": 910_000_000 + number})
    assert said() == ["hoi"]


def test_a_lower_update_id_is_not_old(fake):
    """After a week without updates Telegram begins at random."""
    post(_update(500, text="een"))
    post(_update(3, text="twee"))
    assert said() == ["een", "twee"]


def test_a_deep_link_is_kept_with_the_conversation(fake):
    """The first one: later links do not replace it."""
    post(_update(1, text="/start poster_7"))
    post(_update(2, text="/start other"))
    assert found().start_param == "poster_7"
    assert said() == ["Hoi", "Hoi"]


def test_a_deep_link_that_comes_later_fills_an_empty_place(fake):
    """Whoever wrote before scanning the poster."""
    post(_update(1, text="hoi"))
    post(_update(2, text="/start poster_7"))
    assert found().start_param == "poster_7"


@pytest.mark.parametrize(("language", "tag"), [("ar", "ar"), ("en-GB", "en"), ("fr", "nl"), ("", "nl")])
def test_start_says_hello_in_the_apps_language(fake, language, tag):
    """Dutch when it is none of ours; Rasa never sees "/start"."""
    post(_update(1, language=language, text="/start ' OR 1=1"))
    assert said() == [say("chat.start_words", tag).text]
    assert (found().language, found().start_param) == (tag, "")


def test_files_are_stored_as_media_and_a_slash_as_text(fake):
    """With the caption as text."""
    post(_update(1, photo=[{"file_id": "x"}], caption="mijn brief"))
    post(_update(2, voice={"file_id": "y"}))
    post(_update(3, text="/restart"))
    kinds = [(m.kind, m.text) for m in Message.objects.order_by("position")]
    assert kinds == [("media", "mijn brief"), ("media", ""), ("text", "/restart")]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"sticker": {"emoji": "😡"}}, "turn.emoji"), ({"text": "\x00\x00"}, "turn.empty"), ({"text": ""}, "turn.empty"),
        ({"voice": {"file_id": "v"}}, "turn.voice"), ({"location": {"latitude": 1}}, "turn.other"),
        ({"photo": [{"file_id": "p"}]}, "turn.media"),
    ],
)  # fmt: skip
def test_what_has_no_words_is_answered_kindly_and_once(fake, content, key):
    """It is kept that something came, nothing empty is handed to Rasa, and a repeat gets no second answer."""
    for _ in range(2):
        assert post(_update(1, **content)).status_code == 200
    turns.drain(found().pk)
    assert [(m.author, m.kind, m.key) for m in Message.objects.all()] == [("resident", "media", ""), ("bot", "text", key)]


def test_while_a_helper_holds_the_chat_a_sticker_is_only_passed_on(fake):
    """The computer is silent, shows no typing, and the helper sees that something came."""
    post(_update(1, text="hoi"))
    fake.wait_for(lambda: fake.called("sendChatAction"))
    Message.objects.update(handled_at=timezone.now())
    Conversation.objects.update(held_by="Fatma")
    post(_update(2, sticker={"emoji": "👍"}))
    post(callback_update(3, CHAT, {"message_id": 9, "date": 0}, "99.0"))
    fake.wait_for(lambda: fake.called("answerCallbackQuery"))
    turns.drain(found().pk)
    assert [m.kind for m in Message.objects.order_by("position")] == ["text", "media", "tap"]
    assert len(fake.called("sendChatAction")) == 1


def _in_a_group(number, text, language="", chat=-100123):
    group = {"id": chat, "type": "supergroup", "title": "Buurt"}
    update = _update(number, text=text, language=language, **{"from": {"id": 7, "is_bot": False, "language_code": language}})
    return update | {"message": update["message"] | {"chat": group}}


def test_groups_channels_and_bots_leave_no_trace(fake):
    """No conversation and no answer."""
    post(_in_a_group(1, "hoi allemaal"))
    channel = {"id": -100123, "type": "channel", "title": "Buurt"}
    post({"update_id": 1, "channel_post": {"message_id": 1, "chat": channel, "text": "/start"}})
    post(_update(1, text="hoi", **{"from": {"id": 1, "is_bot": True}}))
    assert not Conversation.objects.exists()
    assert not fake.calls


def test_who_calls_us_in_a_group_is_told_where_to_write(fake):
    """Once an hour, in the language of their app; a command for another bot is none of our business."""
    post(_in_a_group(1, "/start@other_bot", chat=-9))
    for number in (2, 3):
        post(_in_a_group(number, "/start", "tr", chat=-100777))
    [message] = fake.wait_for(lambda: fake.sent(-100777))
    assert message["text"] == say("turn.group", "tr").text
    assert not fake.sent(-9)
    assert not Conversation.objects.exists()


def test_an_edit_takes_the_place_of_the_words_and_gets_no_second_answer(fake):
    """Telegram also reports edits that changed no word."""
    post(_update(5, text="ik heb een vraag"))
    for text in ("ik heb een vraag", "ik heb nog een vraag", "ik heb nog een vraag"):
        post(edited_update(910_000_009, CHAT, {"message_id": 5, "text": text}))
    assert said() == ["ik heb nog een vraag"]
    assert said("bot") == []  # no turn had read it yet


def test_an_edit_of_an_answered_message_is_only_acknowledged_and_its_crisis_is_answered(fake):
    """Never a second answer to the old question; safety reads the new words."""
    post(_update(5, text="ik heb een vraag"))
    Message.objects.update(handled_at=timezone.now())
    for text in ("ik heb nog een vraag", "ik wil dood"):
        post(edited_update(910_000_009, CHAT, {"message_id": 5, "text": text}))
    keys = [m.key for m in Message.objects.filter(author="bot").order_by("position")]
    assert keys == ["turn.edited", "utter_crisis_suicidal"]
    assert said() == ["ik wil dood"]


def test_an_edit_of_a_wiped_message_brings_nothing_back(fake):
    """Nor does a redelivery of the message itself."""
    post(_update(5, text="ik heb een vraag"))
    rights.wipe(found())
    post(_update(5, text="ik heb een vraag"))
    post(edited_update(910_000_009, CHAT, {"message_id": 5, "text": "iets anders"}))
    assert not Conversation.objects.exists()
    assert not Resident.objects.exists()


# --- buttons -----------------------------------------------------------------------------------------------------


def test_buttons_travel_as_ids_of_at_most_64_bytes(fake):
    """One below the other when a title is long; the payload, however long, stays here."""
    _bot_says("Waar kan ik mee helpen?", buttons=(*DOORS, ("Een lange titel op een knop", "/help")))
    assert deliver() == [("sent", "")]
    [params] = fake.called("sendMessage")
    rows = params["reply_markup"]["inline_keyboard"]
    assert [[key["text"] for key in row] for row in rows] == [["Iets te doen"], ["Een brief"], ["Een lange titel op een knop"]]
    offered = [b["id"] for b in Message.objects.get().buttons]
    assert [key["callback_data"] for row in rows for key in row] == offered
    assert all(id_.startswith(f"1.{n}.") and len(id_.encode()) <= 64 for n, id_ in enumerate(offered))
    assert (params["link_preview_options"], "parse_mode" in params) == ({"is_disabled": True}, False)


@committed
def test_a_tap_becomes_a_message_and_is_acknowledged_once(fake, live_server):
    """Over HTTP both ways; a repeat of the tap does nothing."""
    fake.webhook = (f"{live_server.url}{PATH}", SECRET)
    _bot_says("Waar kan ik mee helpen?", buttons=DOORS)
    deliver()
    update = callback_update(1, CHAT, {"message_id": 9, "date": 0}, Message.objects.get().buttons[1]["id"])
    assert [fake.deliver(update), fake.deliver(update), fake.tap(CHAT, "Een brief")] == [200, 200, 200]
    message = Message.objects.filter(author="resident").first()
    assert (message.kind, message.text) == ("tap", "Een brief")
    assert message.payload.startswith("/letter_not_understood")
    fake.wait_for(lambda: len(fake.called("answerCallbackQuery")) == 2)  # two taps, one of them twice
    assert len(said()) == 2


@pytest.mark.parametrize("data", ["9.9", "/want_human", "1.0'; DROP", "é" * 32, "💥"])
def test_a_forged_or_gone_button_is_answered_once(fake, data):
    """A changed client can send anything: that a tap came is stored, what it wanted is not."""
    update = callback_update(1, CHAT, {"message_id": 9, "date": 0}, data)
    assert [post(update).status_code for _ in range(2)] == [200, 200]
    fake.wait_for(lambda: fake.called("answerCallbackQuery"))
    turns.drain(found().pk)
    stored = [(m.kind, m.text, m.payload, m.key) for m in Message.objects.filter(author="resident")]
    assert stored == [("tap", "", "", "")]
    assert [m.key for m in Message.objects.filter(author="bot")] == ["turn.button_gone"]
    assert len(fake.called("answerCallbackQuery")) == 1


def test_a_tap_that_telegram_calls_too_old_still_counts(fake):
    """The fake knows no such query and refuses, as Telegram does after some minutes."""
    _bot_says("Waar kan ik mee helpen?", buttons=DOORS)
    post(callback_update(1, CHAT, {"message_id": 9, "date": 0}, Message.objects.get().buttons[0]["id"]))
    fake.wait_for(lambda: fake.called("answerCallbackQuery"))
    assert said() == ["Iets te doen"]


# --- sending -----------------------------------------------------------------------------------------------------


def test_a_text_is_sent_as_it_is(fake):
    """Markup is text, and Arabic keeps its marks of direction."""
    texts = ["\u200fمرحبا، أنا Buurtpraat. رقم 06", "<b>_*[x](tg://user?id=1)*_</b>", "👨‍👩‍👧‍👦 é"]
    _bot_says(*texts)
    assert deliver() == [("sent", "")] * 3
    assert [message["text"] for message in fake.sent(CHAT)] == texts


def test_a_very_long_text_goes_in_parts_with_the_buttons_under_the_last(fake):
    """10,000 characters with emoji: more UTF-16 units than characters."""
    text = ("Dit is een zin met een 😀. " * 400)[:10_000]
    _bot_says(text, buttons=DOORS)
    assert deliver() == [("sent", "")]
    sent = fake.sent(CHAT)
    assert len(sent) >= 3
    assert "".join("".join(m["text"].split()) for m in sent) == "".join(text.split())
    assert ["reply_markup" in m for m in sent] == [False] * (len(sent) - 1) + [True]


def test_a_part_that_was_sent_is_not_sent_again(fake):
    """After a 429 in the middle the rest follows."""
    _bot_says("Dit is een zin. " * 400)
    fake.will("sendMessage", told.Answer(carry_out=True), told.too_many(3))
    assert deliver() == [("pending", "too_many")]
    assert deliver(waits_over=True) == [("sent", "")]
    assert sum(message["text"].count("zin") for message in fake.sent(CHAT)) == 400


def test_429_waits_as_long_as_telegram_says_and_keeps_the_order(fake):
    """Nothing is sent before, and a later message does not overtake."""
    _bot_says("een", "twee")
    fake.will("sendMessage", told.too_many(7))
    began = timezone.now()
    assert deliver() == [("pending", "too_many"), ("pending", "")]
    due = Delivery.objects.order_by("message__position").first().due_at
    assert 6.9 <= (due - began).total_seconds() <= 9
    deliver()
    assert len(fake.called("sendMessage")) == 1
    assert deliver(waits_over=True) == [("sent", "")] * 2
    assert [message["text"] for message in fake.sent(CHAT)] == ["een", "twee"]


def test_two_chats_asked_for_patience_at_once_means_everybody(fake, monkeypatch):
    """Telegram does not say whether a limit is the chat's or the bot's; one alone is only its own."""
    monkeypatch.setattr(transport, "_throttled", [])
    _bot_says("een")
    fake.will("sendMessage", told.too_many(7), told.too_many(7))
    deliver()
    assert breaker.closed_until("telegram") is None
    _bot_says("twee", chat=CHAT + 1)
    deliver(CHAT + 1)
    assert breaker.closed_until("telegram") > timezone.now()


def test_who_blocked_the_bot_gets_no_more_sends(fake):
    """403 is for good, until they come back."""
    _bot_says("een", "twee")
    fake.block(CHAT)
    assert deliver() == [("failed", "blocked")] * 2
    assert found().blocked_at
    assert len(fake.called("sendMessage")) == 1


@pytest.mark.parametrize("sign", ["member", "message"])
def test_who_lets_the_bot_in_again_is_written_to_again(fake, sign):
    """By Telegram's word, or by simply writing."""
    post(_update(1, text="hoi"))
    post(membership_update(2, CHAT, True))
    assert found().blocked_at
    post(membership_update(3, CHAT, False) if sign == "member" else _update(4, text="daar ben ik"))
    assert found().blocked_at is None
    _bot_says("welkom terug")
    assert deliver() == [("sent", "")]


def test_a_stranger_who_blocks_the_bot_leaves_no_trace(fake):
    """No conversation is made for it."""
    post(membership_update(2, CHAT, True))
    assert not Conversation.objects.exists()


def test_a_send_without_an_answer_is_sent_again_once(fake, monkeypatch):
    """Nobody knows whether it arrived: one more copy at most."""
    monkeypatch.setattr(bot_api, "TIMEOUT", 0.2)
    _bot_says("een")
    fake.will("sendMessage", *[told.silence(0.6)] * 2)
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
    _bot_says("een")
    fake.will("sendMessage", answer)
    assert deliver() == [(state, code)]


def test_a_wrong_token_makes_messages_wait_long(fake):
    """A person must mend it."""
    _bot_says("een")
    fake.token = "1:other"
    deliver()
    assert (Delivery.objects.get().due_at - timezone.now()).total_seconds() > 600


def test_while_telegram_cannot_be_reached_messages_wait(fake, settings):
    """Not sent for certain, so tried more often than an unknown outcome."""
    settings.TELEGRAM_API_BASE = "http://127.0.0.1:9"
    _bot_says("een")
    for _ in range(4):
        assert deliver(waits_over=True) == [("pending", "unreachable")]


def test_the_farewell_is_sent_before_everything_is_wiped(fake):
    """Afterwards no address is left to send it to."""
    post(_update(1, text="hoi"))
    rights.wipe(found())
    assert [m["text"] for m in fake.sent(CHAT)] == [say("rights.wiped_telegram", "nl").text]
    assert not Conversation.objects.exists()
    assert ForgottenMessage.objects.exists()


def test_a_farewell_that_fails_stops_no_wipe(fake):
    """Such as for somebody who blocked the bot."""
    post(_update(1, text="hoi"))
    fake.will("sendMessage", told.blocked())
    rights.wipe(found())
    assert not Conversation.objects.exists()


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
    assert said() == ["hoi", "merhaba"]
    query = fake.called("getUpdates")[0]
    assert query["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert int(query["timeout"]) == 25


@committed
def test_what_could_not_be_stored_is_not_confirmed(fake, monkeypatch):
    """With the database down nothing is lost: it is fetched again, and stored once."""
    take_in, failures = receiving.take_in, iter([OperationalError(), OperationalError()])

    def sometimes(raw):
        if error := next(failures, None):
            raise error
        take_in(raw)

    monkeypatch.setattr(receiving, "take_in", sometimes)
    monkeypatch.setattr(polling, "_FIRST_DELAY", 0.05)
    with poller():
        fake.say(CHAT, "hoi")
        fake.wait_for(lambda: len(fake.called("getUpdates")) >= 2)
        assert fake.waiting()
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


def test_the_polling_process_ends_cleanly_within_3_s_of_a_signal(fake):
    """In the middle of a long poll."""
    process = _process(fake, "bot.channels.telegram.polling")
    fake.wait_for(lambda: fake.called("getUpdates"), 30)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=10)
    assert (process.returncode, time.monotonic() - began < 3) == (0, True)
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
    _, log = process.communicate(timeout=30)
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
