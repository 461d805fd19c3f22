"""Spoiled webhook bodies: never an error, never a resident's words in the log."""

import copy
import json
import logging
from functools import reduce

import pytest
from django.utils import timezone

from bot.channels.telegram.parsing import parse_update
from bot.channels.whatsapp import batches, parsing, receiving
from bot.channels.whatsapp.items import Ignored
from bot.channels.whatsapp.parsing import parse_body
from bot.conversations.models import Message, WaitingBody
from bot.testing.mutations import mutations, places
from bot.testing.telegram_updates import callback_update, edited_update, membership_update, message_update
from bot.testing.whatsapp_bodies import PHONE_ID, body, change, message, status
from tests.integration import telegram_setting as tg
from tests.integration import whatsapp_setting as wa

SECRET_WORD, NUMBER = "zilveruitje", "31600000077"
WHATSAPP = [
    body(change([message(NUMBER, content, from_user_id="NL.1")], contacts=[{"wa_id": NUMBER, "user_id": "NL.1"}]))
    for content in (
        SECRET_WORD,
        {"type": "image", "image": {"id": "1", "caption": SECRET_WORD, "mime_type": "image/jpeg"}},
        {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "1.0", "title": SECRET_WORD}}},
        {"type": "button", "button": {"payload": "1.0", "text": SECRET_WORD}},
        {"type": "edit", "edit": {"original_message_id": "w", "message": {"type": "text", "text": {"body": SECRET_WORD}}}},
        {"type": "system", "system": {"type": "user_changed_number", "wa_id": "31600000078", "body": SECRET_WORD}},
        {"type": "order", "order": {"text": SECRET_WORD}},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": SECRET_WORD}, "phones": [{"phone": NUMBER}]}]},
    )
] + [body(change(statuses=[status("w", "failed", 131026, biz_opaque_callback_data="1")]))]
KEYBOARD = {"inline_keyboard": [[{"text": SECRET_WORD, "callback_data": "a"}]]}
TELEGRAM = [
    message_update(1, tg.CHAT, {"message_id": 1, "text": SECRET_WORD}, "tr"),
    message_update(2, tg.CHAT, {"message_id": 2, "photo": [{"file_id": "p", "width": 1, "height": 1}], "caption": SECRET_WORD}),
    edited_update(3, tg.CHAT, {"message_id": 1, "text": f"{SECRET_WORD} en meer"}),
    callback_update(4, tg.CHAT, {"message_id": 9, "reply_markup": KEYBOARD}, "a"),
    membership_update(5, tg.CHAT, True),
]  # fmt: skip


def test_ten_thousand_spoiled_bodies_are_read_without_an_error():
    """Both parsers, alone."""
    now = timezone.now()
    for spoiled in mutations(WHATSAPP, 10_000):
        assert Ignored("unreadable") not in parse_body(spoiled, PHONE_ID, now)
    for spoiled in mutations(TELEGRAM, 10_000):
        parse_update(spoiled)


@pytest.mark.django_db
def test_spoiled_bodies_are_answered_with_200_and_leave_no_word_in_the_log(settings, monkeypatch, caplog):
    """Through both doors into the database; a later good one is stored as ever."""
    caplog.set_level(logging.DEBUG)
    with wa.fake_whatsapp(settings, monkeypatch), tg.fake_telegram(settings, monkeypatch):
        statuses = [wa.post(json.dumps(spoiled).encode()).status_code for spoiled in mutations(WHATSAPP, 250, seed=2)]
        statuses += [tg.post(json.dumps(spoiled).encode()).status_code for spoiled in mutations(TELEGRAM, 250, seed=3)]
        wa.post(body(change([message("31600000099", "een goed bericht")])))
    assert set(statuses) == {200}
    assert "een goed bericht" in wa.said()
    words = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert not [line for line in words if SECRET_WORD in line or NUMBER in line or "item_failed" in line]


def _odd(spoil):
    """A body of three messages, of which the second was spoiled by ``spoil``."""
    three = [message(f"3160000009{n}", f"bericht {n}") for n in range(3)]
    return body(change([three[0], spoil(three[1]), three[2]], statuses=[status("w", "failed", 131026)]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "odd",
    ["300000000000000", 300_000_000_000_000, "9" * 15, 10**400, "9" * 5000, -1, float("inf")],
    ids=lambda odd: str(odd)[:16],
)
def test_a_time_that_is_none_costs_neither_its_message_nor_the_others(settings, monkeypatch, odd):
    """Meta would have repeated the body for days, and the other residents' messages would never have come."""
    with wa.fake_whatsapp(settings, monkeypatch):
        assert wa.post(_odd(lambda one: one | {"timestamp": odd})).status_code == 200
        assert sorted(wa.said()) == ["bericht 0", "bericht 1", "bericht 2"]


@pytest.mark.django_db
def test_a_number_longer_than_python_reads_costs_nothing_else(settings, monkeypatch):
    """Its digits stand bare in the JSON."""
    raw = json.dumps(_odd(lambda one: one | {"odd": 123454321})).encode().replace(b"123454321", b"9" * 5000)
    with wa.fake_whatsapp(settings, monkeypatch):
        assert wa.post(raw).status_code == 200
        assert sorted(wa.said()) == ["bericht 0", "bericht 1", "bericht 2"]


@pytest.mark.parametrize("code", ["--5", "-", "9" * 5000, "٣", "1.5", 10**20, None, {}], ids=lambda code: ascii(code)[:16])
def test_a_code_that_is_none_is_read_as_no_code(code):
    """The failure itself is heard."""
    spoiled = status("w", "failed") | {"errors": [{"code": code}]}
    (item,) = parse_body(body(change(statuses=[spoiled])), PHONE_ID, timezone.now())
    assert (item.state, item.code) == ("failed", None)


def test_an_item_that_nobody_thought_of_costs_none_of_the_others(monkeypatch):
    """Whatever goes wrong while it is read."""

    def read(raw, sender, now, read=parsing.read_message):
        return read(raw, sender, now) if raw["text"]["body"] != "bericht 1" else 1 / 0

    monkeypatch.setattr(parsing, "read_message", read)
    items = parse_body(_odd(dict), PHONE_ID, timezone.now())
    assert [type(item).__name__ for item in items].count("Said") == 2
    assert Ignored("unreadable") in items


@pytest.mark.django_db
def test_a_stored_body_stays_until_it_is_taken_in(monkeypatch):
    """An error of ours is no bad JSON: the body is tried again; what is no JSON goes."""
    batches.store_for_later(b"{}")
    batches.store_for_later(b"{")
    good, bad = WaitingBody.objects.order_by("pk")

    def trip(raw, phone_id, now):
        raise ValueError("ours")

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "parse_body", trip)
        with pytest.raises(ValueError, match="ours"):
            batches.take_waiting(good.pk)
    batches.take_waiting(bad.pk)
    assert list(WaitingBody.objects.all()) == [good]
    batches.take_waiting(good.pk)
    assert not WaitingBody.objects.exists()


ODD_NUMBERS = (-1, 2**31, 2**33 - 1, 2**63 - 1, 2**64, -(10**400), float("inf"), "9" * 5000)


@pytest.mark.django_db
def test_a_number_beyond_all_bounds_is_no_error_of_telegrams_either(settings, monkeypatch):
    """Each date, id and size of every kind of update; the chat's later messages would have waited behind it for a day."""
    group = message_update(9, -100_123, {"message_id": 1, "text": "/start"})
    group["message"]["chat"]["type"] = "group"
    numbers = {"id", "date", "edit_date", "message_id", "update_id", "width", "height"}
    with tg.fake_telegram(settings, monkeypatch):
        for update in (*TELEGRAM, group):
            for path in [path for path in places(update) if path[-1] in numbers]:
                for odd in ODD_NUMBERS:
                    spoiled = copy.deepcopy(update)
                    reduce(lambda inner, key: inner[key], path[:-1], spoiled)[path[-1]] = odd
                    assert tg.post(json.dumps(spoiled).encode()).status_code == 200, (path, str(odd)[:20])
        raw = json.dumps(message_update(8, tg.CHAT, {"message_id": 8, "text": "hoi", "odd": 123454321})).encode()
        assert tg.post(raw.replace(b"123454321", b"9" * 5000)).status_code == 200
    assert "hoi" in [stored.text for stored in Message.objects.all()]
