"""A turn that is repeated after a fault means what it meant the first time (over PostgreSQL, with a fake Rasa)."""

import uuid

import pytest

from bot.conversations import turns
from bot.conversations.inbox import Incoming, find_conversation, receive
from bot.conversations.lease import hold, renew
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import from_key, post
from bot.language.locales import compile_all
from bot.testing.rasa import FakeRasa

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rasa(settings, transactional_db):
    compile_all()
    with FakeRasa() as fake:
        settings.RASA_URL = fake.url
        yield fake


@pytest.fixture
def down(settings, rasa):
    """Rasa is away until ``settings.RASA_URL`` is its own again."""
    settings.RASA_URL = "http://127.0.0.1:9"
    return rasa


def write(text):
    conversation_id = receive(Incoming("webchat", "a", text=text)).conversation_id
    turns.drain(conversation_id)
    return find_conversation("webchat", "a")


def previewed():
    """Somebody before whom the preview stands."""
    conversation = write("hoi")
    Message.objects.update(handled_at=conversation.created_at)
    post(conversation, [from_key(conversation, "handover.preview_question")])
    Conversation.objects.update(pending=turns.CONSENT)
    return conversation


def said(conversation):
    return [m.key or m.text for m in Message.objects.filter(conversation=conversation, author="bot")]


def test_a_yes_to_the_preview_is_still_one_when_rasa_comes_back(settings, down):
    """The question belongs to the message that answers it, until it is answered."""
    conversation = previewed()
    write("ja")
    settings.RASA_URL = down.url
    turns.drain(conversation.pk)
    turns.drain(conversation.pk)
    assert [call["text"] for call in down.calls] == ['/affirm{"consent":"yes"}']
    assert down.calls[0]["metadata"]["consent_asked"] is True


def test_a_later_yes_passes_nothing_on(settings, down):
    """Whatever was said to the preview first, the question is over with it."""
    previewed()
    write("misschien, wie is dat dan")
    settings.RASA_URL = down.url
    write("ja")
    assert [(c["text"], c["metadata"]["consent_asked"]) for c in down.calls] == [
        ("misschien, wie is dat dan", True),
        ("ja", False),
    ]
    assert find_conversation("webchat", "a").pending == ""


def test_a_preview_stays_open_when_the_worker_died_after_it_was_stored(rasa):
    """The repeat finds the turn's result, and does not take the new question for its own."""

    def ask(body):
        Conversation.objects.filter(pk=body["metadata"]["conversation_id"]).update(pending=turns.CONSENT)
        return {"replies": [{"text": "preview", "buttons": [], "key": "", "lang": "nl"}], "intent": "want_human"}

    rasa.answer = ask
    conversation = write("een mens graag")
    Message.objects.filter(author="bot").delete()
    Message.objects.update(handled_at=None)
    turns.drain(conversation.pk)
    assert (len(rasa.calls), said(conversation)) == (1, ["preview"])
    assert find_conversation("webchat", "a").pending == turns.CONSENT


def test_a_yes_that_waited_answers_no_later_question(settings, down):
    """ "Ja" was said before anything was asked: it wipes nothing."""
    write("ja")
    conversation = write("wis alles")
    assert said(conversation) == ["rights.wipe_confirm"]
    settings.RASA_URL = down.url
    turns.drain(conversation.pk)
    assert said(find_conversation("webchat", "a")) == ["rights.wipe_confirm", "echo: ja"]


def test_a_worker_that_dies_before_it_has_answered_leaves_the_question(rasa, monkeypatch):
    """The yes to a wipe is taken as one when the turn is repeated."""
    conversation = write("wis alles")

    def dies(*_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(turns, "_finish", dies)
        with pytest.raises(SystemExit):
            write("nee")
    assert find_conversation("webchat", "a").pending == "wipe"
    turns.drain(conversation.pk)
    assert said(conversation) == ["rights.wipe_confirm", "rights.wipe_cancelled"]


def test_a_lease_that_ran_out_is_not_taken_from_the_next_worker(transactional_db):
    """The slow worker goes away, and the conversation is free as soon as the other is done."""
    conversation_id = receive(Incoming("webchat", "a", text="hoi")).conversation_id
    with hold(conversation_id) as slow:
        Conversation.objects.update(lease=None, lease_until=None)
        with hold(conversation_id) as next_one:
            assert not renew(conversation_id, slow)
            assert renew(conversation_id, next_one)
        assert not renew(conversation_id, slow)
    with hold(conversation_id) as lease:
        assert isinstance(lease, uuid.UUID)


def test_many_waiting_messages_cost_no_more_than_one(down, django_assert_max_num_queries):
    """Each is read for safety once: Rasa's start needs the machine."""
    for number in range(20):
        conversation = write(f"hoi {200 + number}")
    with django_assert_max_num_queries(25):
        turns.drain(conversation.pk)
