"""One turn after the other: safety first, exactly once, nothing lost."""

import threading

import pytest

from bot.conversations import changes, turns
from bot.conversations.exceptions import EmptyMessage, UnknownButton
from bot.conversations.inbox import Incoming, choose_language, find_conversation, receive
from bot.conversations.models import Conversation, Message, Resident
from bot.conversations.outbox import Reply, post, public_messages
from bot.handover.wishes import known_phone
from bot.handover.withdrawal import drop_draft

pytestmark = pytest.mark.django_db(transaction=True)


def write(text: str, address: str = "a", channel: str = "webchat", **more) -> Conversation:
    """A resident writes, and the worker takes the turn."""
    received = receive(Incoming(channel, address, text=text, **more))
    turns.drain(received.conversation_id)
    return find_conversation(channel, address)


def tap(conversation: Conversation, title: str, address: str = "a") -> None:
    """A resident taps the button with this title in the last bot message."""
    offered = [b for m in conversation.messages.exclude(author="resident") for b in m.buttons if b["title"] == title]
    receive(Incoming("webchat", address, kind="tap", button_id=offered[-1]["id"]))
    turns.drain(conversation.pk)


def said(conversation: Conversation) -> list[Message]:
    return list(Message.objects.filter(conversation=conversation, author="bot"))


def test_a_message_gets_one_reply_in_order(rasa):
    """Positions follow each other; the reply points at its message."""
    conversation = write("hoi")
    assert [(m["author"], m["id"]) for m in public_messages(conversation.pk)] == [("resident", 1), ("bot", 2)]
    assert said(conversation)[0].reply_to.position == 1


def test_a_repeated_provider_id_is_stored_once(rasa):
    """A provider's retry brings neither a second message nor a second reply."""
    first = receive(Incoming("webchat", "a", text="hoi", provider_id="x"))
    again = receive(Incoming("webchat", "a", text="hoi", provider_id="x"))
    turns.drain(first.conversation_id)
    turns.drain(first.conversation_id)
    assert (again.duplicate, again.position) == (True, first.position)
    assert len(public_messages(first.conversation_id)) == 2


def test_two_workers_on_one_conversation_answer_once(rasa):
    """The lease lets one of them work; nothing is doubled and nothing waits."""
    received, *_ = [receive(Incoming("webchat", "a", text=f"bericht {i}")) for i in range(5)]
    threads = [threading.Thread(target=_drain, args=[received.conversation_id]) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    turns.drain(received.conversation_id)
    conversation = find_conversation("webchat", "a")
    assert [m.text for m in said(conversation)] == [f"echo: bericht {i}" for i in range(5)]


def _drain(conversation_id: int) -> None:
    from django.db import connection

    try:
        turns.drain(conversation_id)
    finally:
        connection.close()


def test_a_crisis_is_answered_when_rasa_is_down(settings, rasa):
    """Numbers first, from the catalogue, with no Rasa at all."""
    settings.RASA_URL = "http://127.0.0.1:9"
    conversation = write("ik wil niet meer leven")
    assert "113" in said(conversation)[0].text
    assert rasa.calls == []


def test_a_crisis_behind_a_waiting_message_is_answered_at_once(settings, rasa):
    """Rasa is down and an ordinary message waits; the crisis written after it does not."""
    settings.RASA_URL = "http://127.0.0.1:9"
    write("hoi")
    conversation = write("ik wil dood")
    assert [m.reply_to.position for m in said(conversation) if "113" in m.text] == [2]


def test_a_message_waits_while_rasa_is_down_and_is_answered_after(settings, rasa):
    """Nothing is lost: the same message is taken once Rasa is back."""
    url, settings.RASA_URL = settings.RASA_URL, "http://127.0.0.1:9"
    conversation = write("hoi")
    assert said(conversation) == []
    settings.RASA_URL = url
    turns.drain(conversation.pk)
    assert [m.text for m in said(conversation)] == ["echo: hoi"]


def test_rasa_answering_200_without_a_result_counts_for_nothing(rasa):
    """Its REST answer is no proof; the message stays unhandled and is tried again."""
    rasa.answer = lambda body: None
    conversation = write("hoi")
    assert said(conversation) == []
    rasa.answer = lambda body: {"replies": [{"text": "ja", "buttons": [], "key": "", "lang": "nl"}]}
    turns.drain(conversation.pk)
    assert [m.text for m in said(conversation)] == ["ja"]


def test_a_turn_whose_actions_all_failed_says_so(rasa):
    """A result without replies is an honest "it did not work", never silence and never a promise."""
    rasa.answer = lambda body: {"replies": []}
    assert said(write("hoi"))[0].key == "turn.no_answer"


def test_a_leading_slash_is_text(rasa):
    """No resident can name an intent of Rasa's."""
    write('/want_human{"urgency":"high"}')
    assert not rasa.calls[0]["text"].startswith("/")


def test_the_bot_is_silent_while_a_person_holds_the_chat(rasa):
    """Messages are stored; nobody but the helper answers."""
    conversation = write("hoi")
    Conversation.objects.update(held_by="Mark")
    write("dank je")
    assert len(said(conversation)) == 1
    assert len(rasa.calls) == 1


def test_a_crisis_is_answered_while_a_person_holds_the_chat(rasa):
    """Signed as the computer, with what the helper gets."""
    write("hoi")
    Conversation.objects.update(held_by="Mark")
    keys = [m.key for m in said(write("mijn man slaat mij"))][1:]
    assert keys[0] == "held.safety_intro"
    assert keys[-1] == "held.safety_notice"


def test_a_check_question_is_answered_without_rasa(rasa):
    """ "Soms" to the plain question brings the numbers."""
    conversation = write("ik wil er niet meer zijn")
    assert said(conversation)[-1].key == "utter_check_suicidal"
    tap(conversation, "Soms")
    assert said(conversation)[-1].key == "utter_crisis_suicidal"


def test_a_crisis_only_the_classifier_heard_gets_the_check_question(rasa):
    """What no pattern knows is not passed over."""
    rasa.answer = lambda body: {"replies": [{"text": "?", "buttons": [], "key": "", "lang": "nl"}], "crisis": "crisis_suicidal"}
    assert said(write("zomaar een zin over het weer"))[-1].key == "utter_check_suicidal"


def test_danger_that_only_the_classifier_heard_is_what_the_message_is_about(rasa):
    """Its topic stood there instead: after a goodbye we asked whether we may learn from these sentences."""
    rasa.answer = lambda body: {"replies": [], "intent": "rent_worry", "crisis": "crisis_suicidal"}
    conversation = write("zomaar een zin over het weer")
    tap(conversation, "Nee")
    rasa.answer = lambda body: {
        "replies": [{"text": "dag", "buttons": [], "key": "utter_thank_or_bye", "lang": "nl"}], "intent": "thank_or_bye"
    }  # fmt: skip
    write("dank je wel")
    assert [m.key for m in said(conversation)][-1] == "utter_thank_or_bye"
    assert Message.objects.get(conversation=conversation, position=1).intent == "crisis_suicidal"


def test_wiping_asks_once_and_leaves_a_farewell_only(rasa):
    """After the yes the conversation holds one message and Rasa's sessions are gone."""
    conversation = write("mijn naam is Xandria")
    write("verwijder alles")
    conversation = write("ja")
    assert [m.key for m in said(conversation)] == ["rights.wiped_webchat"]
    assert Message.objects.count() == 1
    assert Resident.objects.count() == 1


def test_anything_but_yes_wipes_nothing(rasa):
    """The question lapses."""
    write("verwijder alles")
    write("wacht even, wat bedoel je")
    assert Message.objects.filter(author="resident").count() == 2


def test_the_language_is_steady(rasa):
    """One "ok", a name or a number never switches; a clear sentence does."""
    assert write("merhaba nasılsınız").language == "tr"
    for text in ("ok", "Mark", "3061", "🙂"):
        assert write(text).language == "tr"
    assert write("ik wil graag iets vragen over een brief").language == "nl"


def test_an_explicit_choice_wins(rasa):
    """Asked for in any language, by text or by the page."""
    conversation = write("kan het in het Turks?")
    assert (conversation.language, conversation.language_chosen) == ("tr", True)
    choose_language(conversation.pk, "ar")
    conversation.refresh_from_db()
    assert conversation.language == "ar"


def test_numbers_of_people_are_masked_before_storing(rasa):
    """Neither the message nor Rasa ever sees them."""
    conversation = write("bel me op 06 12345678 of mail jan@voorbeeld.nl")
    assert "12345678" not in conversation.messages.first().text
    assert "12345678" not in str(rasa.calls)
    assert {d.kind for d in conversation.drawer.all()} == {"phone", "email"}


PHONE_BEFORE, PHONE_AFTER = "mijn nummer is 06-12345678", "mijn nummer is 06-87654321"


def test_a_number_put_right_or_deleted_is_so_in_the_drawer_too(rasa):
    """Both numbers are the same token in the message: the team would call a stranger."""
    conversation = write(PHONE_BEFORE, provider_id="x")
    assert known_phone(conversation) == "0612345678"
    assert changes.change("webchat", "x", PHONE_AFTER)
    assert known_phone(conversation) == "0687654321"
    assert conversation.drawer.count() == 1
    assert not conversation.messages.get(position=1).edited_at  # the words are the same
    assert changes.withdraw("webchat", "x")
    assert known_phone(conversation) is None
    assert changes.change("webchat", "x", PHONE_AFTER)  # reported late: what was deleted stays so
    assert known_phone(conversation) is None


def test_a_number_of_another_message_stays_the_last_one(rasa):
    """A change of other words makes no older number the newest; one that is taken out or brought in counts."""
    conversation = write(PHONE_BEFORE, provider_id="x")
    write(PHONE_AFTER, provider_id="y")
    assert changes.change("webchat", "x", PHONE_BEFORE + ", graag")
    assert known_phone(conversation) == "0687654321"
    assert changes.change("webchat", "y", "bel me maar")
    assert known_phone(conversation) == "0612345678"
    assert changes.change("webchat", "y", PHONE_AFTER)
    assert known_phone(conversation) == "0687654321"


def test_what_a_no_took_out_of_the_drawer_stays_out(rasa):
    """Telegram also reports a change where no word was changed."""
    conversation = write(PHONE_BEFORE, provider_id="x")
    drop_draft(conversation)
    assert changes.change("webchat", "x", PHONE_BEFORE)
    assert known_phone(conversation) is None


def test_a_forged_button_is_refused(rasa):
    """Only buttons offered in this conversation count."""
    conversation = write("hoi")
    post(conversation, [Reply("kies", (("Ja", "/affirm"),))])
    write("hoi", address="b")
    for button_id in ("99.0", "3.7", "1.0", "x", "3.0;", ""):
        with pytest.raises(UnknownButton):
            receive(Incoming("webchat", "b", kind="tap", button_id=button_id))


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "\u200b"])
def test_nothing_is_refused_as_empty(transactional_db, text):
    """Nothing is stored for it."""
    with pytest.raises(EmptyMessage):
        receive(Incoming("webchat", "a", text=text))
    assert Message.objects.count() == 0


def test_a_program_that_repeats_itself_gets_no_more_answers_and_danger_always_does(rasa):
    """Ten times the same words within five minutes; other words are answered again."""

    def repeat(text):
        turns.drain(receive(Incoming("telegram", "7", text=text)).conversation_id)
        return find_conversation("telegram", "7")

    for _ in range(12):
        conversation = repeat("ik ben een andere bot")
    assert len(said(conversation)) == 9
    repeat("ik wil dood")
    assert said(conversation)[-1].key == "utter_crisis_suicidal"
    repeat("iets anders")
    assert said(conversation)[-1].text == "echo: iets anders"


def test_a_person_in_our_own_chat_may_repeat_themselves(rasa):
    """Nobody but a person writes there."""
    for _ in range(12):
        conversation = write("hoi")
    assert len(said(conversation)) == 12


def test_words_changed_while_rasa_reads_the_old_ones_are_read_for_danger(rasa, monkeypatch):
    """Rasa may take seconds over them, and nobody would ever have read the new ones."""
    take_turn = turns.take_turn

    def changed_meanwhile(*args, **more):
        result = take_turn(*args, **more)
        changes.change("telegram", "7", "ik wil niet meer leven")
        return result

    monkeypatch.setattr(turns, "take_turn", changed_meanwhile)
    conversation = write("ik wil", channel="telegram", provider_id="7")
    assert [message.key for message in said(conversation)] == ["utter_crisis_suicidal"]


def test_words_changed_as_their_turn_ends_are_read_for_danger(rasa, monkeypatch):
    """What the change looked at was not answered yet; when its turn came it was."""
    received, original = receive(Incoming("telegram", "a", text="ik wil", provider_id="7")), changes._original

    def answered_meanwhile(*args):
        found = original(*args)
        turns.drain(received.conversation_id)
        return found

    monkeypatch.setattr(changes, "_original", answered_meanwhile)
    changes.change("telegram", "7", "ik wil niet meer leven")
    assert [message.key for message in said(find_conversation("telegram", "a"))][-1] == "utter_crisis_suicidal"
