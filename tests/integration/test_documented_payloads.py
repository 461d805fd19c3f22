"""Every kind of body that the providers document: exactly the right number of stored messages, 2xx, a repeat changes nothing.

Made from the fields of Meta's webhook reference and of Bot API 10.1; no log line holds a word, a name, a number or an id of it.
"""

import json
import logging

import pytest

from bot.channels.whatsapp import transport as whatsapp
from bot.conversations import turns
from bot.conversations.models import Conversation, ForgottenMessage, Message, Resident
from bot.language.locales import compile_all
from bot.testing.rasa import FakeRasa
from bot.testing.telegram_updates import callback_update, edited_update, membership_update, message_update
from bot.testing.whatsapp_bodies import PHONE_ID, body, change, message, status
from tests.integration import telegram_setting, whatsapp_setting
from tests.integration.telegram_setting import fake_telegram
from tests.integration.whatsapp_setting import PHONE, USER_ID, fake_whatsapp

pytestmark = pytest.mark.django_db(transaction=True)
CHAT = 7_000_000_001
WORD, NAME, OTHER = "zwierbolwoord", "Wilhelmina Kraanvogel", "31687654321"
PRIVATE = (WORD, NAME, OTHER, PHONE, USER_ID, str(CHAT), "wamid.", "geheim-bestand")
FILE = {"id": "geheim-bestand", "mime_type": "image/jpeg", "sha256": "x", "caption": WORD, "url": "https://lookaside.fbsbx.com/x"}
PERSON = {
    "name": {"formatted_name": NAME, "first_name": NAME},
    "phones": [{"phone": f"+{OTHER}", "wa_id": OTHER, "type": "CELL"}],
}
CONTACT = {"profile": {"name": NAME, "username": "kraan"}, "wa_id": PHONE, "user_id": USER_ID, "parent_user_id": "NL.ENT.1"}


@pytest.fixture(autouse=True)
def providers(settings, monkeypatch, transactional_db):
    """Both channels on, and a Rasa that says back what it was told."""
    compile_all()
    with fake_telegram(settings, monkeypatch), fake_whatsapp(settings, monkeypatch), FakeRasa() as rasa:
        settings.RASA_URL = rasa.url
        yield


def of(kind, content, **more):
    """A message of one kind, as most are: under its own name."""
    return {"type": kind, kind: content, **more}


def interactive(kind, **content):
    return of("interactive", {"type": kind, kind: content})


def system(kind, **content):
    return of("system", {"type": kind, "body": f"{NAME} changed", **content})


ERROR = {"code": 131051, "title": "Message type unknown", "message": WORD, "error_data": {"details": WORD}}
# What somebody sends, and how many messages of theirs that is.
WHATSAPP = {
    "text": ({"type": "text", "text": {"body": WORD, "preview_url": True}}, 1),
    "text, a reply": (of("text", {"body": WORD}, context={"from": OTHER, "id": "wamid.OLD", "quoted": True}), 1),
    "text, forwarded often": (of("text", {"body": WORD}, context={"forwarded": True, "frequently_forwarded": True}), 1),
    "text about a product": (of("text", {"body": WORD}, context={"referred_product": {"catalog_id": "1"}}), 1),
    "text from an advert": (of("text", {"body": WORD}, referral={"source_id": "77", "source_url": "https://x.nl"}), 1),
    "text with an identity": (of("text", {"body": WORD}, identity={"acknowledged": True, "hash": "x"}), 1),
    "image": (of("image", FILE), 1),
    "image that failed": (of("image", FILE, errors=[ERROR]), 1),
    "video": (of("video", FILE), 1),
    "video note": (of("video", {**FILE, "video_note": True}), 1),
    "document": (of("document", {**FILE, "filename": f"{NAME}.pdf"}), 1),
    "audio": (of("audio", FILE), 1),
    "voice": (of("audio", {**FILE, "voice": True}), 1),
    "sticker": (of("sticker", {**FILE, "animated": True}), 1),
    "media placeholder": ({"type": "media_placeholder"}, 1),
    "location": (of("location", {"latitude": 51.9, "longitude": 4.4, "name": NAME, "address": WORD}), 1),
    "contacts": (of("contacts", [PERSON, PERSON]), 1),
    "order": (of("order", {"catalog_id": "1", "text": WORD, "product_items": [{"quantity": 1}]}), 1),
    "button reply": (interactive("button_reply", id="5.0", title=WORD), 1),
    "list reply": (interactive("list_reply", id="5.0", title=WORD, description=WORD), 1),
    "a form": (interactive("nfm_reply", response_json=json.dumps({"name": NAME}), body="Sent", name="flow"), 1),
    "call permission": (interactive("call_permission_reply", response="accept", expiration_timestamp="1"), 1),
    "quick reply of a template": (of("button", {"payload": "x", "text": WORD}), 1),
    "poll": (of("poll", {"name": WORD, "options": [{"name": WORD}]}), 1),
    "event": (of("event", {"name": WORD, "start_time": "1"}), 1),
    "unsupported": (of("unsupported", {"type": "video_note"}, errors=[ERROR]), 1),
    "unknown": ({"type": "unknown", "errors": [ERROR]}, 1),
    "reaction": (of("reaction", {"message_id": "wamid.OUT", "emoji": "❤"}), 0),
    "reaction taken back": (of("reaction", {"message_id": "wamid.OUT", "emoji": ""}), 0),
    "reaction taken back, older": (of("reaction", {"message_id": "wamid.OUT"}), 0),
    "edit of what we never had": (of("edit", {"original_message_id": "wamid.GONE", "message": of("text", {"body": WORD})}), 0),
    "deletion of what we never had": (of("revoke", {"original_message_id": "wamid.GONE"}), 0),
    "number changed": (system("user_changed_number", wa_id=OTHER), 0),
    "number changed, older": (system("customer_changed_number", new_wa_id=OTHER, customer=PHONE), 0),
    "identity changed": (system("customer_identity_changed", identity="x", customer=PHONE), 0),
    "user id changed": (system("user_changed_user_id", user_id="NL.2", previous_user_id=USER_ID), 0),
    "chat opened": ({"type": "request_welcome"}, 0),
    "in a group": (of("text", {"body": WORD}, group_id="G1"), 0),
    "a reply in a group": (of("text", {"body": WORD}, context={"group_id": "G1", "from": OTHER}), 0),
}  # fmt: skip
STATES = {
    "sent": status("wamid.OUT", "sent", pricing={"billable": True, "category": "service"}, conversation={"id": "x"}),
    "delivered": status("wamid.OUT", "delivered", recipient_user_id=USER_ID),
    "read": status("wamid.OUT", "read", recipient_participant_user_id=USER_ID, recipient_type="group"),
    "played": status("wamid.OUT", "played"),
    "deleted": status("wamid.OUT", "deleted"),
    "warning": status("wamid.OUT", "warning"),
    "failed": status("wamid.OUT", "failed", 131026),
    "failed without a reason": status("wamid.OUT", "failed"),
    "a payment": status("wamid.OUT", "captured", type="payment", payment={"reference_id": WORD}),
}
FIELDS = {
    "smb_message_echoes": {"message_echoes": [message(PHONE, WORD, to=OTHER)]},
    "message_echoes": {"message_echoes": [message(PHONE, WORD, to=OTHER)]},
    "history": {"history": [{"threads": [{"id": PHONE, "messages": [message(PHONE, WORD)]}]}]},
    "smb_app_state_sync": {"state_sync": [{"type": "contact", "contact": {"full_name": NAME, "phone_number": OTHER}}]},
    "calls": {"calls": [{"id": "wacid.1", "from": PHONE, "event": "connect"}]},
    "flows": {"event": "FLOW_STATUS_CHANGE", "message": WORD},
    "user_preferences": {"user_preferences": [{"wa_id": PHONE, "category": "marketing_messages", "value": "stop"}]},
    "user_id_update": {"user_id_update": [{"wa_id": PHONE, "user_id": {"previous": USER_ID, "current": "NL.2"}}]},
    "group_participants_update": {"groups": [{"group_id": "G1", "added_participants": [{"wa_id": PHONE}]}]},
    "messaging_handovers": {"messaging_handovers": [{"recipient": {"phone_number_id": PHONE_ID}}]},
    "standby": {"messages": [message(PHONE, WORD)]},
    "account_update": {"event": "VERIFIED_ACCOUNT"},
    "account_alerts": {"alert_info": {"alert_type": "OBA_APPROVED"}},
    "account_review_update": {"decision": "APPROVED"},
    "business_capability_update": {"max_daily_conversation_per_phone": 1000},
    "message_template_status_update": {"event": "PAUSED", "message_template_name": "new_message", "reason": "LOW_QUALITY"},
    "message_template_quality_update": {"new_quality_score": "RED", "message_template_name": "new_message"},
    "template_category_update": {"new_category": "MARKETING", "message_template_name": "new_message"},
    "phone_number_quality_update": {"event": "FLAGGED", "current_limit": "TIER_1K"},
    "phone_number_name_update": {"decision": "APPROVED", "requested_verified_name": NAME},
    "security": {"event": "PIN_CHANGED", "requester": NAME},
    "payment_configuration_update": {"configuration_name": NAME},
    "tracking_events": {"events": [{"event_name": "x"}]},
    "": {},
}
WHATSAPP_BODIES = {
    **{kind: (body(change([message(PHONE, content)], contacts=[CONTACT])), count) for kind, (content, count) in WHATSAPP.items()},
    **{f"by user id: {kind}": (body(change([message(USER_ID, content)])), count) for kind, (content, count) in WHATSAPP.items()},
    **{f"status {name}": (body(change(statuses=[state], contacts=[CONTACT])), 0) for name, state in STATES.items()},
    **{f"field {name}": (body({"field": name, "value": value}), 0) for name, value in FIELDS.items()},
    "errors of the number": (body(change(errors=[ERROR])), 0),
    "another number's": (body(change([message(PHONE, WORD)], phone_id="999")), 0),
    "our own": (body(change([message("15550100999", WORD)])), 0),
    "a batch of everything": (
        body(change([message(PHONE, content) for content, _ in WHATSAPP.values()], list(STATES.values()))),
        sum(count for _, count in WHATSAPP.values()),
    ),
}

SIZES = [{"file_id": "geheim-bestand", "width": 90, "height": 90}, {"file_id": "geheim-bestand", "width": 900, "height": 900}]
SENT = {"file_id": "geheim-bestand", "file_unique_id": "u", "mime_type": "video/mp4", "file_name": NAME, "width": 1, "height": 1}
USER = {"id": 6, "is_bot": False, "first_name": NAME}
GROUP = {"id": -100123, "type": "supergroup", "title": NAME}
TELEGRAM = {
    "text": ({"text": WORD, "entities": [{"type": "bold", "offset": 0, "length": 3}], "effect_id": "5"}, 1),
    "text, a reply": ({"text": WORD, "reply_to_message": {"message_id": 1, "text": WORD}, "quote": {"text": WORD}}, 1),
    "text, a reply to another chat": ({"text": WORD, "external_reply": {"origin": {"type": "user", "sender_user": USER}}}, 1),
    "text, forwarded": ({"text": WORD, "forward_origin": {"type": "hidden_user", "sender_user_name": NAME}}, 1),
    "text, forwarded, older": ({"text": WORD, "forward_from": USER, "forward_date": 1}, 1),
    "text by another bot's words": ({"text": WORD, "via_bot": {"id": 5, "is_bot": True, "first_name": "x"}}, 1),
    "text in a topic": ({"text": WORD, "message_thread_id": 3, "is_topic_message": True}, 1),
    "text while away": ({"text": WORD, "is_from_offline": True, "paid_star_count": 1}, 1),
    "command": ({"text": "/start", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}, 1),
    "photo": ({"photo": SIZES, "caption": WORD, "has_media_spoiler": True}, 1),
    "live photo": ({"live_photo": SENT, "photo": SIZES}, 1),
    "animation": ({"animation": SENT, "document": SENT}, 1),
    "audio": ({"audio": {**SENT, "performer": NAME, "title": WORD}}, 1),
    "document": ({"document": SENT, "caption": WORD}, 1),
    "paid media": ({"paid_media": {"star_count": 1, "paid_media": [{"type": "preview"}]}}, 1),
    "sticker": ({"sticker": {**SENT, "emoji": "😢", "type": "regular"}}, 1),
    "story": ({"story": {"chat": {"id": 6, "type": "private", "first_name": NAME}, "id": 3}}, 1),
    "video": ({"video": SENT}, 1),
    "video note": ({"video_note": SENT}, 1),
    "voice": ({"voice": SENT}, 1),
    "checklist": ({"checklist": {"title": WORD, "tasks": [{"id": 1, "text": WORD}]}}, 1),
    "contact": ({"contact": {"phone_number": f"+{OTHER}", "first_name": NAME, "vcard": NAME}}, 1),
    "dice": ({"dice": {"emoji": "🎲", "value": 3}}, 1),
    "game": ({"game": {"title": WORD, "description": WORD, "photo": SIZES}}, 1),
    "giveaway, forwarded": ({"giveaway": {"chats": [GROUP], "winner_count": 1}}, 1),
    "giveaway's winners": ({"giveaway_winners": {"chat": GROUP, "winners": [USER]}}, 1),
    "invoice": ({"invoice": {"title": WORD, "total_amount": 1}}, 1),
    "location": ({"location": {"latitude": 51.9, "longitude": 4.4, "live_period": 60}}, 1),
    "venue": ({"venue": {"title": NAME, "address": WORD}, "location": {"latitude": 1, "longitude": 1}}, 1),
    "poll": ({"poll": {"id": "1", "question": WORD, "options": [{"text": WORD}]}}, 1),
    "a kind of the future": ({"hologram": {"file_id": "geheim-bestand"}}, 1),
    "caption of a kind of the future": ({"hologram": {"file_id": "geheim-bestand"}, "caption": WORD}, 1),
}  # fmt: skip
NEWS = {
    "pinned_message": {"message_id": 1, "text": WORD}, "successful_payment": {"currency": "EUR", "total_amount": 1},
    "refunded_payment": {"currency": "XTR"}, "passport_data": {"data": [{"type": "x"}]}, "web_app_data": {"data": WORD},
    "users_shared": {"request_id": 1, "users": [USER]}, "chat_shared": {"request_id": 1, "chat_id": -5},
    "write_access_allowed": {"web_app_name": "x"}, "proximity_alert_triggered": {"traveler": USER, "watcher": USER},
    "message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}, "chat_background_set": {"type": {"type": "fill"}},
    "boost_added": {"boost_count": 1}, "gift": {"gift": {"id": "1"}, "text": WORD}, "unique_gift": {"gift": {"name": "x"}},
    "gift_upgrade_sent": {"gift": {"id": "1"}}, "checklist_tasks_done": {"marked_as_done_task_ids": [1]},
    "checklist_tasks_added": {"tasks": [{"text": WORD}]}, "poll_option_added": {"option": {"text": WORD}},
    "paid_message_price_changed": {"paid_message_star_count": 1}, "suggested_post_declined": {"comment": WORD},
    "new_chat_members": [USER], "left_chat_member": USER, "connected_website": "example.org", "delete_chat_photo": True,
    "video_chat_ended": {"duration": 3}, "managed_bot_created": {"bot": USER},
}  # fmt: skip


INLINE = {"id": "1", "from": USER, "inline_message_id": "x", "data": "9.9"}
MEMBER = {"chat": GROUP, "from": USER, "new_chat_member": {"status": "administrator"}}
ANONYMOUS = {"sender_chat": GROUP, "from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}


def update(**kind):
    return {"update_id": 910_000_001, **kind}


def sent(message_id=5, **content):
    return message_update(910_000_001, CHAT, {"message_id": message_id, **content})


OTHERS = {
    name: update(**{name: value})
    for name, value in {
        "channel_post": {"message_id": 1, "chat": {**GROUP, "type": "channel"}, "text": WORD},
        "edited_channel_post": {"message_id": 1, "chat": {**GROUP, "type": "channel"}, "text": WORD},
        "business_connection": {"id": "b", "user": USER, "user_chat_id": 6, "is_enabled": True},
        "business_message": {**sent(text=WORD)["message"], "business_connection_id": "b"},
        "edited_business_message": {**sent(text=WORD)["message"], "business_connection_id": "b"},
        "deleted_business_messages": {"business_connection_id": "b", "chat": USER, "message_ids": [1]},
        "guest_message": sent(text=WORD)["message"],
        "message_reaction": {"chat": {"id": CHAT, "type": "private"}, "message_id": 1, "new_reaction": [{"emoji": "❤"}]},
        "message_reaction_count": {"chat": GROUP, "message_id": 1, "reactions": []},
        "inline_query": {"id": "1", "from": USER, "query": WORD},
        "chosen_inline_result": {"result_id": "1", "from": USER, "query": WORD},
        "shipping_query": {"id": "1", "from": USER, "invoice_payload": WORD},
        "pre_checkout_query": {"id": "1", "from": USER, "invoice_payload": WORD},
        "purchased_paid_media": {"from": USER, "paid_media_payload": WORD},
        "poll": {"id": "1", "question": WORD}, "poll_answer": {"poll_id": "1", "user": USER, "option_ids": [0]},
        "chat_member": {"chat": GROUP, "from": USER}, "chat_join_request": {"chat": GROUP, "from": USER, "bio": WORD},
        "chat_boost": {"chat": GROUP}, "removed_chat_boost": {"chat": GROUP}, "managed_bot": {"user": USER},
    }.items()
}  # fmt: skip
TELEGRAM_BODIES = {
    **{kind: (sent(**content), count) for kind, (content, count) in TELEGRAM.items()},
    **{f"news: {name}": (sent(**{name: value}), 0) for name, value in NEWS.items()},
    **{f"update: {name}": (made, 0) for name, made in OTHERS.items()},
    "edit of what we never had": (edited_update(910_000_001, CHAT, {"message_id": 4, "text": WORD}), 0),
    "a live location moves": (edited_update(910_000_001, CHAT, {"message_id": 4, "location": {"latitude": 1}}), 0),
    "a button": (callback_update(910_000_001, CHAT, {"message_id": 9, "date": 1, "text": WORD}, "9.9"), 1),
    "a button under a message that is gone": (callback_update(910_000_001, CHAT, {"message_id": 9, "date": 0}, "9.9"), 1),
    "a button of a game": (update(callback_query={"id": "1", "from": USER, "game_short_name": "x", "chat_instance": "1"}), 0),
    "a button under an inline message": (update(callback_query=INLINE), 0),
    "blocked": (membership_update(910_000_001, CHAT, True), 0),
    "let in again": (membership_update(910_000_001, CHAT, False), 0),
    "made an administrator": (update(my_chat_member=MEMBER), 0),
    "a group becomes a supergroup": (sent(chat={**GROUP, "type": "group"}, migrate_to_chat_id=-100123), 0),
    "in a group": (sent(chat=GROUP, text=WORD), 0),
    "by an anonymous administrator": (sent(chat=GROUP, text=WORD, **ANONYMOUS), 0),
    "by a bot": (sent(text=WORD, **{"from": {"id": 5, "is_bot": True, "first_name": NAME}}), 0),
}  # fmt: skip


def _clear():
    whatsapp.wait()
    for model in (Resident, ForgottenMessage):
        model.objects.all().delete()


def _work_off():
    for pk in Conversation.objects.values_list("pk", flat=True):
        turns.drain(pk)


def _stored():
    return Message.objects.filter(author="resident")


def _wrong(post, made, count, answered):
    """What is not as it must be with one body, posted twice and worked off."""
    _clear()
    answers = [post(made), post(made)]
    if any((a.status_code, a.content) != (200, b"") for a in answers):
        yield f"answered {[a.status_code for a in answers]}"
    if _stored().count() != count:
        yield f"{_stored().count()} stored, not {count}"
    _work_off()
    if _stored().filter(handled_at=None).exists():
        yield "a turn does not end"
    if answered and any(m.replies.count() != 1 for m in _stored()):
        yield "not one answer"


def _betrayed(caplog):
    """Log lines with anything private in them; the SQL that a test's own debugging shows is no log of ours."""
    lines = [f"{r.getMessage()} {r.__dict__.get('fields', '')}" for r in caplog.records if not r.name.startswith("django.db")]
    return [line for line in lines if any(p in line for p in PRIVATE)]


CHANNELS = {
    "whatsapp": (whatsapp_setting.post, WHATSAPP_BODIES, WHATSAPP),
    "telegram": (telegram_setting.post, TELEGRAM_BODIES, TELEGRAM),
}


@pytest.mark.parametrize(("post", "bodies", "by_a_person"), CHANNELS.values(), ids=CHANNELS.keys())
def test_every_documented_body_is_stored_as_often_as_somebody_said_something(post, bodies, by_a_person, caplog):
    """Once each, however often it comes; who sends something gets one answer, also to what we cannot read."""
    caplog.set_level(logging.INFO)
    found = {kind: list(_wrong(post, made, count, kind in by_a_person)) for kind, (made, count) in bodies.items()}
    _clear()
    assert {kind: wrong for kind, wrong in found.items() if wrong} == {}
    assert _betrayed(caplog) == []


def test_a_line_that_betrays_something_would_be_seen(caplog):
    """The check above is no empty one."""
    caplog.set_level(logging.INFO)
    logging.getLogger("somebody's").info("from %s", CHAT)
    assert len(_betrayed(caplog)) == 1
