"""Telegram's webhook against the fake Bot API server: who gets in, what is stored, and taps on buttons."""

import time

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from bot.channels.telegram import bot_api, views
from bot.conversations import rights, turns
from bot.conversations.models import Conversation, Message, Resident
from bot.conversations.texts import say
from bot.testing import telegram as told
from bot.testing.telegram_updates import callback_update, edited_update
from tests.integration.telegram_setting import CHAT, PATH, SECRET, an_update, bot_says, deliver, fake_telegram, found, post, said

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db
# Polling and a live server work in other threads: they see only what is committed.
committed = pytest.mark.django_db(transaction=True)
DOORS = (("Iets te doen", "/neighbourhood_activity"), ("Een brief", '/letter_not_understood{"a":"' + "x" * 200 + '"}'))


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_telegram(settings, monkeypatch) as server:
        yield server


# --- the webhook's door ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], f"{SECRET} ", "é", "ÿ"])
def test_without_the_secret_nothing_is_stored(fake, secret):
    """403, whatever the header holds."""
    assert post(an_update(text="hoi"), secret).status_code == 403
    assert not Conversation.objects.exists()


def test_a_secret_in_the_address_counts_for_nothing(fake):
    """Addresses end up in logs."""
    answer = Client().post(f"{PATH}?secret={SECRET}", an_update(text="hoi"), content_type="application/json")
    assert answer.status_code == 403


def test_without_a_secret_of_ours_nobody_gets_in(fake, settings):
    """An empty setting must not match an empty header."""
    settings.TELEGRAM_WEBHOOK_SECRET = ""
    assert post(an_update(text="hoi"), "").status_code == 403


def test_the_answer_is_empty(fake):
    """Telegram would carry out a JSON body that names a method."""
    answer = post(an_update(text="hoi"))
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
        answer = post(an_update(text="hoi"))
    assert answer.status_code == 503
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert [post(an_update(text="hoi")).status_code for _ in range(2)] == [200, 200]
    assert said() == ["hoi"]


def test_an_update_is_stored_without_waiting_for_telegram(fake, monkeypatch):
    """The calls that it brings about are made behind its back. (How fast: `aanspraak conformance`.)"""
    monkeypatch.setattr(bot_api, "TIMEOUT", 60)
    fake.will("sendChatAction", *[told.silence(60)] * 5)
    began = time.monotonic()
    for number in range(1, 6):
        post(an_update(number, text="hoi"))
    assert said() == ["hoi"] * 5
    assert time.monotonic() - began < 60


# --- what is stored ----------------------------------------------------------------------------------------------


def test_the_same_update_twice_is_one_message(fake):
    """Also under another update id."""
    for number in (1, 1, 2):
        post(an_update(1, text="hoi") | {"update_id": 910_000_000 + number})
    assert said() == ["hoi"]


def test_a_lower_update_id_is_not_old(fake):
    """After a week without updates Telegram begins at random."""
    post(an_update(500, text="een"))
    post(an_update(3, text="twee"))
    assert said() == ["een", "twee"]


def test_a_deep_link_is_kept_with_the_conversation(fake):
    """The first one: later links do not replace it."""
    post(an_update(1, text="/start poster_7"))
    post(an_update(2, text="/start other"))
    assert found().start_param == "poster_7"
    assert said() == ["Hoi", "Hoi"]


def test_a_deep_link_that_comes_later_fills_an_empty_place(fake):
    """Whoever wrote before scanning the poster."""
    post(an_update(1, text="hoi"))
    post(an_update(2, text="/start poster_7"))
    assert found().start_param == "poster_7"


@pytest.mark.parametrize(("language", "tag"), [("ar", "ar"), ("en-GB", "en"), ("fr", "nl"), ("", "nl")])
def test_start_says_hello_in_the_apps_language(fake, language, tag):
    """Dutch when it is none of ours; Rasa never sees "/start"."""
    post(an_update(1, language=language, text="/start ' OR 1=1"))
    assert said() == [say("chat.start_words", tag).text]
    assert (found().language, found().start_param) == (tag, "")


def test_files_are_stored_as_media_and_a_slash_as_text(fake):
    """With the caption as text."""
    post(an_update(1, photo=[{"file_id": "x"}], caption="mijn brief"))
    post(an_update(2, voice={"file_id": "y"}))
    post(an_update(3, text="/restart"))
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
        assert post(an_update(1, **content)).status_code == 200
    turns.drain(found().pk)
    assert [(m.author, m.kind, m.key) for m in Message.objects.all()] == [("resident", "media", ""), ("bot", "text", key)]


def test_while_a_helper_holds_the_chat_a_sticker_is_only_passed_on(fake):
    """The computer is silent, shows no typing, and the helper sees that something came."""
    post(an_update(1, text="hoi"))
    fake.wait_for(lambda: fake.called("sendChatAction"))
    Message.objects.update(handled_at=timezone.now())
    Conversation.objects.update(held_by="Fatma")
    post(an_update(2, sticker={"emoji": "👍"}))
    post(callback_update(3, CHAT, {"message_id": 9, "date": 0}, "99.0"))
    fake.wait_for(lambda: fake.called("answerCallbackQuery"))
    turns.drain(found().pk)
    assert [m.kind for m in Message.objects.order_by("position")] == ["text", "media", "tap"]
    assert len(fake.called("sendChatAction")) == 1


def _in_a_group(number, text, language="", chat=-100123):
    group = {"id": chat, "type": "supergroup", "title": "Buurt"}
    update = an_update(number, text=text, language=language, **{"from": {"id": 7, "is_bot": False, "language_code": language}})
    return update | {"message": update["message"] | {"chat": group}}


def test_groups_channels_and_bots_leave_no_trace(fake):
    """No conversation and no answer."""
    post(_in_a_group(1, "hoi allemaal"))
    channel = {"id": -100123, "type": "channel", "title": "Buurt"}
    post({"update_id": 1, "channel_post": {"message_id": 1, "chat": channel, "text": "/start"}})
    post(an_update(1, text="hoi", **{"from": {"id": 1, "is_bot": True}}))
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
    post(an_update(5, text="ik heb een vraag"))
    for text in ("ik heb een vraag", "ik heb nog een vraag", "ik heb nog een vraag"):
        post(edited_update(910_000_009, CHAT, {"message_id": 5, "text": text}))
    assert said() == ["ik heb nog een vraag"]
    assert said("bot") == []  # no turn had read it yet


def test_an_edit_of_an_answered_message_is_only_acknowledged_and_its_crisis_is_answered(fake):
    """Never a second answer to the old question; safety reads the new words."""
    post(an_update(5, text="ik heb een vraag"))
    Message.objects.update(handled_at=timezone.now())
    for text in ("ik heb nog een vraag", "ik wil dood"):
        post(edited_update(910_000_009, CHAT, {"message_id": 5, "text": text}))
    keys = [m.key for m in Message.objects.filter(author="bot").order_by("position")]
    assert keys == ["turn.edited", "utter_crisis_suicidal"]
    assert said() == ["ik wil dood"]


def test_an_edit_of_a_wiped_message_brings_nothing_back(fake):
    """Nor does a redelivery of the message itself."""
    post(an_update(5, text="ik heb een vraag"))
    rights.wipe(found())
    post(an_update(5, text="ik heb een vraag"))
    post(edited_update(910_000_009, CHAT, {"message_id": 5, "text": "iets anders"}))
    assert not Conversation.objects.exists()
    assert not Resident.objects.exists()


# --- buttons -----------------------------------------------------------------------------------------------------


def test_buttons_travel_as_ids_of_at_most_64_bytes(fake):
    """One below the other when a title is long; the payload, however long, stays here."""
    bot_says("Waar kan ik mee helpen?", buttons=(*DOORS, ("Een lange titel op een knop", "/help")))
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
    bot_says("Waar kan ik mee helpen?", buttons=DOORS)
    deliver()
    update = callback_update(1, CHAT, {"message_id": 9, "date": 0}, Message.objects.get().buttons[1]["id"])
    assert [fake.deliver(update), fake.deliver(update), fake.tap(CHAT, "Een brief")] == [200, 200, 200]
    message = Message.objects.filter(author="resident").first()
    assert (message.kind, message.text) == ("tap", "Een brief")
    assert message.payload.startswith("/letter_not_understood")
    fake.wait_for(lambda: len(fake.called("answerCallbackQuery")) == 2)  # two taps, one of them twice
    assert len(said()) == 2


@committed
def test_the_button_that_was_tapped_is_marked(fake, live_server):
    """A tap leaves no words in the chat. The mark goes along to another button, and never into what is stored."""
    fake.webhook = (f"{live_server.url}{PATH}", SECRET)
    bot_says("Waar kan ik mee helpen?", buttons=DOORS)
    deliver()

    def titles():
        return [key["text"] for row in fake.sent(CHAT)[0]["reply_markup"]["inline_keyboard"] for key in row]

    for tapped, shown in (("Een brief", ["Iets te doen", "✓ Een brief"]), ("Iets te doen", ["✓ Iets te doen", "Een brief"])):
        fake.tap(CHAT, tapped)
        fake.wait_for(lambda shown=shown: titles() == shown)
    Message.objects.filter(author="bot").delete()
    fake.tap(CHAT, "✓ Iets te doen")
    assert said() == ["Een brief", "Iets te doen", "Iets te doen"]


@committed
@pytest.mark.parametrize(
    "changed",
    [{"date": 0}, {"reply_markup": {"inline_keyboard": [[{"text": "x", "url": "https://x.example"}]]}}, {"reply_markup": {}}],
)
def test_a_button_that_cannot_be_marked_is_a_tap_all_the_same(fake, changed):
    """Its message is gone or inaccessible, or another program made it; nothing is changed then."""
    bot_says("Waar kan ik mee helpen?", buttons=DOORS)
    deliver()
    shown = {**fake.sent(CHAT)[0], **changed}
    assert post(callback_update(1, CHAT, shown, Message.objects.get().buttons[1]["id"])).status_code == 200
    assert said() == ["Een brief"]
    fake.wait_for(lambda: fake.called("sendChatAction"))
    assert fake.called("editMessageReplyMarkup") == []


@committed
def test_where_others_read_the_phone_no_button_is_marked(fake):
    """It would show what was chosen."""
    bot_says("Waar kan ik mee helpen?", buttons=DOORS)
    deliver()
    Resident.objects.update(discreet=True)
    post(callback_update(1, CHAT, fake.sent(CHAT)[0], Message.objects.get().buttons[1]["id"]))
    fake.wait_for(lambda: fake.called("sendChatAction"))
    assert fake.called("editMessageReplyMarkup") == []


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
    bot_says("Waar kan ik mee helpen?", buttons=DOORS)
    post(callback_update(1, CHAT, {"message_id": 9, "date": 0}, Message.objects.get().buttons[0]["id"]))
    fake.wait_for(lambda: fake.called("answerCallbackQuery"))
    assert said() == ["Iets te doen"]
