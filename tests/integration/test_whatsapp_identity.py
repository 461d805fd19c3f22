"""WhatsApp over HTTP: whose a message is, by number and by user id, and what follows who changes either."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from bot.channels.whatsapp import identity
from bot.conversations.models import Alias, Conversation, Message
from bot.conversations.rights import wipe
from bot.testing.whatsapp_bodies import body, change, message
from tests.integration.whatsapp_setting import PHONE, USER_ID, _says, fake_whatsapp, found, post, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_whatsapp(settings, monkeypatch) as server:
        yield server


def _system(**system):
    return {"type": "system", "system": system}


def _one_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()


def _post_while_wiped(fake, first, made):
    """A call that comes in, and has to wait, while the conversation ``first`` is wiped. Returns how it was answered."""
    answers = []

    def call():
        answers.append(post(made).status_code)
        connection.close()

    thread = threading.Thread(target=call)
    with transaction.atomic():
        Conversation.objects.select_for_update().get(pk=first.pk)
        thread.start()
        fake.wait_for(_one_waits)
        wipe(first)
    thread.join(20)
    return answers


def test_a_person_without_a_phone_number_is_known_by_user_id(fake):
    """No number is made up; two people without one are two people."""
    post(_says("NL.1", "een"))
    post(body(change([{**message("NL.2", "twee"), "from": ""}])))
    assert (found("", "NL.1").address, found("", "NL.2").address) == ("NL.1", "NL.2")
    assert Conversation.objects.count() == 2


def test_both_ids_lead_to_one_conversation(fake):
    """Learned from one message that holds both; afterwards either is enough."""
    post(body(change([message(PHONE, "een", from_user_id=USER_ID)])))
    post(_says(USER_ID, "twee"))
    post(_says(PHONE, "drie"))
    assert said() == ["een", "twee", "drie"]
    assert Conversation.objects.count() == 1


def test_a_number_that_passed_to_somebody_else_does_not_take_the_conversation_along(fake):
    """The user id decides: the old words are not shown under the new person, who has the number from now on."""
    post(body(change([message(PHONE, "van de eerste", from_user_id="NL.1")])))
    post(body(change([message(PHONE, "van de tweede", from_user_id="NL.2")])))
    post(_says(PHONE, "nog eens de tweede"))
    assert [m.text for m in found("", "NL.1").messages.all()] == ["van de eerste"]
    assert [m.text for m in found(PHONE).messages.all()] == ["van de tweede", "nog eens de tweede"]
    assert found("", "NL.1").address == "NL.1"


@pytest.mark.parametrize("text", ["van de tweede", "\u200b"])
def test_who_dies_between_a_message_and_whose_it_is_has_stored_neither(fake, monkeypatch, text):
    """The repeat stores both; it was a mere duplicate, and what we said to the first went to the second's phone."""
    post(body(change([message(PHONE, "van de eerste", from_user_id="NL.1")])))
    passed = body(change([message(PHONE, text, from_user_id="NL.2")]))

    def died(*_):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(identity, "remember", died)
        assert post(passed).status_code == 503
    assert said() == ["van de eerste"]
    assert [post(passed).status_code for _ in range(2)] == [200, 200]
    assert (found("", "NL.1").address, found(PHONE)) == ("NL.1", found("", "NL.2"))
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_number_passes_on_while_its_first_holder_is_wiped(fake):
    """Neither waits for the other in a circle."""
    post(body(change([message(PHONE, "van de eerste", from_user_id="NL.1")])))
    post(_says("NL.2", "hoi"))
    answers = _post_while_wiped(fake, found("", "NL.1"), body(change([message(PHONE, "nu mijn nummer", from_user_id="NL.2")])))
    assert answers == [200]
    assert (found("", "NL.1"), found(PHONE)) == (None, found("", "NL.2"))


@pytest.mark.django_db(transaction=True)
def test_a_number_changes_while_its_holder_is_wiped(fake):
    """Neither waits for the other in a circle, and nothing of who was wiped comes back."""
    post(_says(PHONE, "hoi"))
    moved = _says(PHONE, _system(type="user_changed_number", wa_id="31600000009", body="x"))
    answers = _post_while_wiped(fake, found(), moved)
    assert answers == [200]
    assert not Conversation.objects.exists()
    assert not Alias.objects.exists()


def test_two_known_conversations_are_never_merged(fake):
    """One known by number only, one by user id only; then a message holds both ids."""
    post(_says(PHONE, "op nummer"))
    post(_says(USER_ID, "op id"))
    post(body(change([message(PHONE, "allebei", from_user_id=USER_ID)])))
    assert [m.text for m in found("", USER_ID).messages.all()] == ["op id", "allebei"]
    assert [m.text for m in found(PHONE).messages.all()] == ["op nummer"]


def test_the_conversation_follows_its_person_to_another_number(fake):
    """Also when WhatsApp says so twice; nothing goes to the old number again."""
    post(_says(PHONE, "hoi"))
    moved = _says(PHONE, _system(type="user_changed_number", wa_id="31600000009", body="x"))
    assert [post(moved).status_code for _ in range(2)] == [200, 200]
    post(_says("31600000009", "ik ben het"))
    assert said() == ["hoi", "ik ben het"]
    assert (Conversation.objects.get().address, found(PHONE)) == ("31600000009", None)


def test_a_number_change_onto_a_known_person_merges_nothing(fake):
    """The one who left is not written to at a number that is somebody else's."""
    post(_says(PHONE, "van de eerste"))
    post(_says("31600000009", "van de tweede"))
    first = found(PHONE)
    post(_says(PHONE, _system(type="user_changed_number", wa_id="31600000009")))
    first.refresh_from_db()
    assert first.blocked_at
    assert [m.text for m in found("31600000009").messages.all()] == ["van de tweede"]


def test_a_new_user_id_is_one_more_of_the_same_person(fake):
    """Also when the news stands behind the message in one call; unknown ids change nothing."""
    post(_says("NL.1", "een"))
    news = {**message("", _system(type="user_changed_user_id", previous_user_id="NL.1", user_id="NL.9")), "from": None}
    text = message("NL.9", "twee")
    unknown = {**message("", _system(type="user_changed_user_id", previous_user_id="NL.7", user_id="NL.8"))}
    post(body(change([text, news, unknown])))
    assert [m.text for m in found("", "NL.9").messages.all()] == ["een", "twee"]
    assert Conversation.objects.get().address == "NL.9"
