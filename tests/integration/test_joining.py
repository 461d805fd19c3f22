"""One resident on several channels, by a code they carry over themselves."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bot.conversations import rights, turns
from bot.conversations.inbox import Incoming, find_conversation, receive
from bot.conversations.models import Conversation, JoinCode, Message, Resident

pytestmark = pytest.mark.django_db(transaction=True)


def _write(channel, address, text):
    received = receive(Incoming(channel, address, text=text))
    turns.drain(received.conversation_id)
    return Message.objects.filter(conversation=received.conversation_id, author="bot").order_by("position").last()


def _code(channel="telegram", address="7001", word="koppelcode"):
    said = _write(channel, address, word)
    assert said.key == "join.code"
    return re.search("[A-Z]{4}-[A-Z]{4}", said.text)[0]


@pytest.mark.parametrize("word", ["koppelcode", "Bağlantı kodu!", "رمز الربط", "link code"])
def test_the_word_in_any_language_gives_a_code(rasa, word):
    """Without Rasa; a sentence with the word in it is a sentence."""
    assert _code(word=word)
    assert not rasa.calls
    assert _write("telegram", "7001", "wat is een koppelcode eigenlijk").key != "join.code"


def test_a_code_typed_elsewhere_joins_the_two_conversations(rasa):
    """One resident, two conversations; a wipe takes both; each stays its own chat."""
    code = _code()
    assert _write("whatsapp", "31600000001", code.lower()).key == "join.done"
    assert Resident.objects.count() == 1
    assert {c.channel for c in Resident.objects.get().conversations.all()} == {"telegram", "whatsapp"}
    rights.wipe(find_conversation("telegram", "7001"))
    assert not Conversation.objects.exists()


def test_a_code_works_once_and_for_a_quarter_of_an_hour(rasa):
    """A wrong one, an old one, a used one and one's own all look alike."""
    code = _code()
    assert _write("telegram", "7001", code).key == "join.unknown"
    JoinCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert _write("telegram", "7002", code).key == "join.unknown"
    code = _code()
    assert _write("telegram", "7003", code).key == "join.done"
    assert _write("telegram", "7004", code).key == "join.unknown"
    assert Resident.objects.count() == 3


def test_guessing_ends_after_five_tries(rasa):
    """Also a right code counts no more then."""
    for letter in "BCDFG":
        assert _write("telegram", "7009", f"{letter * 4}-{letter * 4}").key == "join.unknown"
    assert _write("telegram", "7009", _code()).key == "join.unknown"


def test_the_code_itself_is_not_in_the_database_in_clear(rasa):
    """Only its keyed hash, and the encrypted message."""
    code = _code()
    assert code not in JoinCode.objects.get().code_hash


def test_discretion_counts_for_both(rasa):
    """A phone that others read stays one."""
    code = _code()
    _write("telegram", "7002", "hoi")
    Resident.objects.filter(conversations__channel="telegram", conversations=find_conversation("telegram", "7002")).update(
        discreet=True
    )
    _write("telegram", "7002", code)
    assert Resident.objects.get().discreet


def test_both_chats_are_told_and_the_first_can_undo_it(rasa):
    """Who gave the code may not have been the one who typed it: one tap makes two residents again."""
    code = _code()
    assert _write("whatsapp", "31600000001", code).key == "join.done"
    first, other = find_conversation("telegram", "7001"), find_conversation("whatsapp", "31600000001")
    told = Message.objects.filter(conversation=first, author="bot").last()
    assert told.key == "join.told"
    turns.drain(receive(Incoming("telegram", "7001", kind="tap", button_id=told.buttons[0]["id"])).conversation_id)
    first, other = find_conversation("telegram", "7001"), find_conversation("whatsapp", "31600000001")
    assert first.resident_id != other.resident_id
    for conversation in (first, other):
        assert Message.objects.filter(conversation=conversation, author="bot").last().key == "join.undone"
    assert list(first.resident.conversations.all()) == [first]


def test_a_yes_keeps_them_joined(rasa):
    assert _write("whatsapp", "31600000001", _code()).key == "join.done"
    told = Message.objects.filter(key="join.told").get()
    turns.drain(receive(Incoming("telegram", "7001", kind="tap", button_id=told.buttons[1]["id"])).conversation_id)
    assert Message.objects.filter(conversation=told.conversation_id).last().key == "join.kept"
    assert Resident.objects.count() == 1


@pytest.mark.parametrize(("discreet", "count"), [(False, 5), (True, 4)])
def test_what_is_kept_is_counted_in_both_chats_and_shown_of_this_one(rasa, discreet, count):
    """A wipe takes both. Whoever holds the other phone reads nothing of this one; where others read it is not even counted."""
    _write("whatsapp", "31600000001", _code())
    _write("whatsapp", "31600000001", "mijn geheim")
    Resident.objects.update(discreet=discreet)
    counts = _write("whatsapp", "31600000001", "wat weet je van mij")
    assert (counts.key, f": {count - 1} berichten" in counts.text) == ("rights.show_first", True)
    _write("whatsapp", "31600000001", "ja")
    shown = Message.objects.get(key="rights.show_messages").text
    assert (shown.startswith(f"Ik bewaar {count} berichten van jou:"), "mijn geheim" in shown) == (True, True)
    assert "koppelcode" not in shown
