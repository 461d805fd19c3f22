"""WhatsApp over HTTP: what comes in by the webhook, and what is stored."""

import base64
import time
from contextlib import suppress

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from bot.channels.whatsapp import batches, views
from bot.channels.whatsapp.views import signature
from bot.conversations import inbox, turns
from bot.conversations.models import Alias, Attachment, Conversation, Message, Resident, WaitingBody
from bot.conversations.rights import wipe
from bot.testing.whatsapp_bodies import body, change, message
from tests.integration.whatsapp_setting import PATH, PHONE, SECRET, USER_ID, VERIFY, _says, fake_whatsapp, found, post, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_whatsapp(settings, monkeypatch) as server:
        yield server


# --- the webhook's door ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "signed", ["", "sha256=", "sha256=" + "0" * 64, "sha1=x", "sha256=é☃", signature(b"other", SECRET).decode(),
               signature(b'{"a": 1}', SECRET).decode().removeprefix("sha256=")],
)  # fmt: skip
def test_without_the_right_signature_nothing_is_stored(fake, signed):
    """403, whatever the header holds; the prefix belongs to it."""
    raw = b'{"a": 1}'
    answer = Client().generic("POST", PATH, raw, "application/json", headers={"X-Hub-Signature-256": signed} if signed else {})
    assert answer.status_code == 403
    assert post(_says(PHONE, "hoi"), "another secret").status_code == 403
    assert not Conversation.objects.exists()


def test_the_signature_is_over_the_bytes_as_they_came(fake):
    """Escapes that JSON would write otherwise."""
    raw = rb'{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"1122334455667"},"messages":[{"from":"31600000001","id":"w1","text":{"body":"\u00e9\u00e9n"},"type":"text"}]}}]}]}'  # noqa: E501
    assert post(raw).status_code == 200
    assert said() == ["één"]
    assert post(raw + b" ", signature=signature(raw, SECRET).decode()).status_code == 403


def test_without_a_secret_of_ours_nobody_gets_in(fake, settings):
    """An empty setting must not sign anything."""
    settings.WHATSAPP_APP_SECRET = ""
    assert post(_says(PHONE, "hoi"), "").status_code == 403


def test_the_challenge_is_echoed_only_to_who_knows_the_word(fake):
    """As plain text, since anything can stand in it."""
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "<script>1</script>"}
    answer = Client().get(PATH, asked)
    assert (answer.status_code, answer.content) == (200, b"<script>1</script>")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for change_ in ({"hub.verify_token": "x"}, {"hub.mode": "x"}):
        assert Client().get(PATH, asked | change_).status_code == 403
    assert Client().get(PATH).status_code == 403
    assert Client().put(PATH).status_code == 405


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[1,2]", b"null", b"7", b"[" * 90_000, b'{"entry": {}}', b'{"entry":[{"changes":[{}]}]}']
)
def test_authentic_nonsense_is_taken_and_dropped(fake, raw):
    """It would be sent again for days, and be no better."""
    assert post(raw).status_code == 200
    assert not Conversation.objects.exists()


def test_while_the_database_is_down_whatsapp_is_asked_to_come_again(fake, monkeypatch):
    """503; the repeat is stored exactly once."""

    def down(_):
        raise OperationalError

    made = _says(PHONE, "hoi")
    with monkeypatch.context() as patch:
        patch.setattr(views, "take_in", down)
        assert post(made).status_code == 503
    assert [post(made).status_code for _ in range(2)] == [200, 200]
    assert said() == ["hoi"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_while_the_turn_is_deferred_costs_no_message(fake, monkeypatch):
    """What it then says comes wrapped in an error of the queue's: a 200 would have lost the message."""

    def ends(_):
        with suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    made = _says(PHONE, "hoi")
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "announce", ends)
        assert post(made).status_code == 503
    connection.close()
    assert [post(made).status_code for _ in range(2)] == [200, 200]
    assert said() == ["hoi"]


def test_without_the_key_of_a_conversation_whatsapp_is_asked_to_come_again(fake, settings):
    """Keys are put back, or a second machine gets the new one a minute later; nobody writes again what was answered with 200."""
    post(_says(PHONE, "hoi"))
    kept, settings.FIELD_KEYS_PATH, made = settings.FIELD_KEYS, None, _says(PHONE, "nog iets")
    settings.FIELD_KEYS = f"other:{base64.b64encode(bytes(32)).decode()}"
    assert post(made).status_code == 503
    settings.FIELD_KEYS = kept
    assert post(made).status_code == 200
    assert said() == ["hoi", "nog iets"]


def test_a_body_of_3_mb_is_answered_at_once_and_taken_in_by_a_worker(fake):
    """Stored encrypted until then; a body even larger is no webhook of WhatsApp's."""
    made = body(change([message(PHONE, "x" * 3000) for _ in range(60)] + [message(PHONE, "hoi")]))
    assert post(made).status_code == 200
    assert said() == []
    waiting = WaitingBody.objects.get()
    batches.take_waiting(waiting.pk)
    assert len(said()) == 61
    assert not WaitingBody.objects.exists()
    assert post(b" " * 2_900_000).status_code == 200
    assert post(b" " * 3_300_000).status_code == 413


# --- what is stored ----------------------------------------------------------------------------------------------


def test_the_same_message_is_stored_once_whatever_is_around_it(fake):
    """By its id: not by the body, and not only within one call."""
    one = message(PHONE, "hoi")
    post(body(change([one, one])))
    post(body(change([one, message(PHONE, "nog iets")], statuses=[{"id": "x", "status": "sent"}])))
    assert said() == ["hoi", "nog iets"]


def test_one_bad_item_never_costs_the_others(fake):
    """Every list of the body may hold anything."""
    good = [message(PHONE, f"bericht {n}") for n in range(4)]
    bad = [None, 7, [], {}, {"type": "text"}, {"from": PHONE, "type": "text", "text": "x"}, {"from": [], "type": {}}]
    made = body(change([*bad[:4], good[0], bad[4], good[1]]), change([good[2]]))
    made["entry"] += [None, {"changes": [None, {"value": 7}, change([*bad, good[3]], contacts=[None, 7])]}]
    assert post(made).status_code == 200
    assert [text for text in said() if text] == [f"bericht {n}" for n in range(4)]


def test_other_numbers_groups_echoes_and_ourselves_are_ignored(fake):
    """200 and nothing stored."""
    echo = change([message(PHONE, "van de collega")]) | {"field": "smb_message_echoes"}
    ours = message("15550100999", "van onszelf")
    made = body(change([message(PHONE, "hoi")], phone_id="1"), echo, change([ours, message(PHONE, "groep", group_id="g")]))
    assert post(made).status_code == 200
    assert not Conversation.objects.exists()


def test_two_senders_in_one_call_are_two_conversations(fake):
    """The contacts stand in another order, and the first is not everybody's."""
    contacts = [{"wa_id": "31600000002", "user_id": "NL.2"}, {"wa_id": PHONE, "user_id": "NL.1"}]
    post(body(change([message(PHONE, "een"), message("31600000002", "twee")], contacts=contacts)))
    assert [m.text for m in found(PHONE).messages.all()] == ["een"]
    assert found(PHONE) == found("", "NL.1")
    assert [m.text for m in found("31600000002").messages.all()] == ["twee"]


KINDS = {
    "image": ({"type": "image", "image": {"id": "9", "mime_type": "image/jpeg"}}, "turn.media"),
    "a voice message": ({"type": "audio", "audio": {"id": "9", "voice": True}}, "turn.voice"),
    "sticker": ({"type": "sticker", "sticker": {"id": "9"}}, "turn.emoji"),
    "location": ({"type": "location", "location": {"latitude": 1, "longitude": 2}}, "turn.other"),
    "contacts": ({"type": "contacts", "contacts": [{"phones": [{"phone": "06"}]}]}, "turn.other"),
    "order": ({"type": "order", "order": {"product_items": []}}, "turn.other"),
    "unsupported": ({"type": "unsupported", "errors": [{"code": 131051}]}, "turn.other"),
    "a kind of the future": ({"type": "hologram", "hologram": {}}, "turn.other"),
    "white space": ({"type": "text", "text": {"body": " \n\u200b"}}, "turn.empty"),
    "a button we never had": (
        {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "x", "title": "y"}}},
        "turn.button_gone",
    ),
    "a quick reply we never had": ({"type": "button", "button": {"payload": "x", "text": "y"}}, "turn.button_gone"),
}


@pytest.mark.parametrize(("content", "key"), KINDS.values(), ids=KINDS.keys())
def test_every_kind_is_stored_once_and_answered_honestly(fake, content, key):
    """Never by Rasa, which would get nothing to read."""
    made = _says(PHONE, content)
    assert [post(made).status_code for _ in range(2)] == [200, 200]
    turns.drain(found().pk)
    assert [(m.author, m.key) for m in Message.objects.all()] == [("resident", ""), ("bot", key)]


def test_of_a_file_only_an_encrypted_reference_is_kept(fake):
    """Nothing is fetched; neither the name nor the address that came along is stored."""
    file = {
        "id": "77",
        "mime_type": "application/pdf",
        "filename": "../../etc/passwd",
        "caption": "mijn brief",
        "url": "http://x",
    }
    post(_says(PHONE, {"type": "document", "document": file}))
    attachment = Attachment.objects.get()
    assert (attachment.state, attachment.reference) == ("reference", {"id": "77", "mime": "application/pdf"})
    assert 23 < (attachment.expires_at - timezone.now()).total_seconds() / 3600 <= 24
    assert (attachment.message.kind, attachment.message.what, said()) == ("media", "document", ["mijn brief"])
    assert not [call for call in fake.calls if call.method == "GET"]


def test_messages_of_one_call_are_stored_in_the_order_they_were_sent(fake):
    """The call itself may hold them in any order; clocks ahead of ours count as now."""
    now = time.time()
    late, early = message(PHONE, "twee", at=now - 5), message(PHONE, "een", at=now - 9)
    post(body(change([message(PHONE, "drie", at=now + 9000), late]), change([early])))
    assert said() == ["een", "twee", "drie"]
    assert all(m.sent_at <= timezone.now() for m in Message.objects.all())


def test_an_advert_is_kept_with_the_conversation(fake):
    """By its id; its addresses are neither kept nor followed."""
    post(_says(PHONE, "hoi", referral={"source_id": "525", "source_url": "https://fb.me/x", "source_type": "ad"}))
    assert found().start_param == "ad-525"


def test_a_deleted_message_is_gone_and_nothing_is_said(fake):
    """Its words and its file; one we do not know is no concern of ours."""
    made = message(PHONE, {"type": "image", "image": {"id": "9", "caption": "mijn brief"}})
    post(body(change([made])))
    for original in (made["id"], "wamid.unknown"):
        assert post(_says(PHONE, {"type": "revoke", "revoke": {"original_message_id": original}})).status_code == 200
    turns.drain(found().pk)
    [kept] = Message.objects.all()
    assert (kept.text, bool(kept.withdrawn_at)) == ("", True)
    assert not Attachment.objects.exists()


def test_a_deletion_that_overtakes_its_message_keeps_it_away(fake):
    """WhatsApp keeps no order."""
    made = message(PHONE, "toch maar niet")
    post(_says(PHONE, {"type": "revoke", "revoke": {"original_message_id": made["id"]}}))
    assert post(body(change([made]))).status_code == 200
    assert not Message.objects.exists()


def test_an_edit_takes_the_place_of_the_words(fake):
    """Also a caption's; one of a message we do not have brings nothing back."""
    made = message(PHONE, "mijn boete")
    post(body(change([made])))
    new = {"type": "text", "text": {"body": "mijn huur, bsn 111222333"}}
    for original in (made["id"], "wamid.unknown"):
        post(_says(PHONE, {"type": "edit", "edit": {"original_message_id": original, "message": new}}))
    assert said() == ["mijn huur, bsn ⟨bsn⟩"]


def test_a_wiped_message_that_comes_again_brings_nothing_back(fake):
    """Days later."""
    made = _says(PHONE, "hoi", [{"wa_id": PHONE, "user_id": USER_ID}])
    post(made)
    wipe(found())
    post(made)
    assert not Conversation.objects.exists()
    assert not Resident.objects.exists()
    assert not Alias.objects.exists()


def test_a_reaction_makes_no_contact_and_no_turn(fake):
    """It only shows that somebody is there."""
    reaction = {"type": "reaction", "reaction": {"message_id": "w", "emoji": "👍"}}
    post(_says(PHONE, reaction))
    assert not Conversation.objects.exists()
    post(_says(PHONE, "hoi"))
    Conversation.objects.update(window_until=timezone.now())
    post(_says(PHONE, reaction))
    assert found().window_until > timezone.now()
    assert said() == ["hoi"]
