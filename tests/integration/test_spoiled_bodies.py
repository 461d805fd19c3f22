"""Spoiled webhook bodies: never an error, never a resident's words in the log."""

import json
import logging

import pytest
from django.utils import timezone

from bot.channels.telegram.parsing import parse_update
from bot.channels.whatsapp.parsing import parse_body
from bot.testing.mutations import mutations
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
        parse_body(spoiled, PHONE_ID, now)
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
