"""Taking back, seeing who read it, and what a crisis changes."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

from datetime import timedelta

import pytest
from django.utils import timezone

from bot.conversations import rights, turns
from bot.conversations.models import Conversation
from bot.handover import consent, keeping, residents_rights, service
from bot.handover.exceptions import Closed
from bot.handover.models import Draft, Handover
from bot.handover.withdrawal import ask_for_other
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    draft_for,
    keys,
    make_conversation,
    mark,
    says,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def withdraw(conversation, text="toch niet"):
    return [reply.key for reply in consent.withdraw(conversation, says(conversation, text))]


def test_taking_back_hides_every_word_from_the_desk(conversation, mark):
    """Also what was written since, and the hold ends."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Fijn dat je schreef.")
    conversation.refresh_from_db()
    assert withdraw(conversation) == ["handover.withdrawn"]
    handover.refresh_from_db()
    assert (handover.state, handover.wishes, handover.receipt) == ("withdrawn", {}, [])
    assert service.summary(handover) == service.thread(handover) == []
    assert Conversation.objects.get(pk=conversation.pk).held_by == ""
    with pytest.raises(Closed):
        service.write(handover.pk, mark, "Nog even dit")
    with pytest.raises(Closed):
        service.reopen(handover.pk, mark)


def test_what_was_closed_can_be_taken_back_too(conversation, mark):
    """The desk could read it for a year: that nothing was passed on would not be true. A draft of something new goes first."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    service.close(handover.pk, mark, "helped")
    draft_for(conversation)
    assert withdraw(conversation) == ["handover.declined"]
    assert withdraw(conversation) == ["handover.withdrawn"]
    handover.refresh_from_db()
    assert (handover.state, handover.wishes, handover.receipt) == ("withdrawn", {}, [])
    assert service.summary(handover) == service.thread(handover) == []
    with pytest.raises(Closed):
        service.reopen(handover.pk, mark)
    assert withdraw(conversation) == ["handover.withdrawn"]


def test_after_taking_back_it_is_never_said_that_nothing_was_passed_on(conversation):
    """It was, and the team sees it no more: to whoever asks how it stands, takes it back again, or wants somebody else."""
    stored(conversation)
    withdraw(conversation)
    (status,) = residents_rights.status(conversation, says(conversation, "ik heb nog niks gehoord"))
    assert status.text.startswith("Ik heb het teruggehaald. Mensen van Buurtteam De Linde zien je bericht nu niet meer.")
    assert withdraw(conversation) == ["handover.withdrawn"]
    (other,) = ask_for_other(conversation, says(conversation, "liever iemand anders"))
    assert other.key == "handover.status.withdrawn"
    draft_for(conversation)
    assert withdraw(conversation) == ["handover.declined"]  # of the new one nothing was


def test_somebody_else_after_the_end_hears_that_it_ended(conversation, mark):
    """Not that nothing was passed on; where nothing ever was, that."""
    (never,) = ask_for_other(conversation, says(conversation, "liever iemand anders"))
    assert never.key == "handover.nothing_to_withdraw"
    service.accept(stored(conversation).pk, mark)
    service.close(Handover.objects.get().pk, mark, "helped")
    (ended,) = ask_for_other(conversation, says(conversation, "liever iemand anders"))
    assert ended.key == "handover.status.closed"


def test_the_same_message_taken_up_again_says_the_same(conversation):
    """A worker died between taking back and saying so."""
    stored(conversation)
    message = says(conversation, "toch niet")
    said = [[reply.key for reply in consent.withdraw(conversation, message)] for _ in range(2)]
    assert said == [["handover.withdrawn"]] * 2


def test_taking_back_a_draft_passes_nothing_on(conversation):
    """Only the draft goes."""
    draft_for(conversation)
    assert withdraw(conversation) == ["handover.declined"]
    assert not Draft.objects.exists()
    assert withdraw(conversation) == ["handover.nothing_to_withdraw"]


def test_on_a_phone_that_others_read_every_withdrawal_looks_alike(team):
    """With a handover or without."""
    secret = make_conversation(discreet=True)
    stored(secret)
    assert withdraw(secret) == withdraw(secret) == ["handover.stored_discreet"]
    assert [r.key for r in ask_for_other(secret, says(secret, "liever iemand anders"))] == ["handover.stored_discreet"]


def test_after_taking_back_a_new_one_can_be_stored(conversation):
    """The resident may think again."""
    stored(conversation)
    withdraw(conversation)
    assert stored(conversation).state == "open"


def test_the_resident_sees_what_was_passed_on_and_who_read_it(conversation, mark):
    """The literal receipt, and each reader once a day."""
    handover = stored(conversation)
    message = says(conversation, "wat weten ze")
    unread = [reply.key for reply in residents_rights.show_handovers(conversation, message)]
    assert unread == ["rights.show_handover", "rights.show_nobody_read"]
    assert service.log_reading(handover, mark.user)
    assert not service.log_reading(handover, mark.user)
    told, readers = residents_rights.show_handovers(conversation, message)
    assert 'Mijn woorden: "geef me gewoon een mens"' in told.text
    assert "Mark van Buurtteam De Linde, vandaag" in readers.text


def test_a_reading_counts_again_after_ten_minutes(conversation, mark):
    """Two visits are two readings."""
    handover = stored(conversation)
    service.log_reading(handover, mark.user)
    handover.events.filter(kind="read").update(at=timezone.now() - timedelta(minutes=11))
    assert service.log_reading(handover, mark.user)


def test_on_a_phone_that_others_read_no_handover_is_shown(team):
    """Not even that there is one."""
    secret = make_conversation(discreet=True)
    stored(secret)
    assert residents_rights.show_handovers(secret, says(secret, "x")) == []


def asks_who_reads(conversation, rasa):
    """The whole turn; returns what was said."""
    nobody = {"text": "Nu leest geen mens mee.", "buttons": [], "key": "utter_ask_privacy", "lang": "nl"}
    rasa.answer = lambda body: {"replies": [nobody], "intent": "ask_privacy"}
    conversation.messages.update(handled_at=timezone.now())
    says(conversation, "wie leest dit?")
    turns.drain(conversation.pk)
    return conversation.messages.filter(author="bot").last()


def test_while_a_request_lives_it_is_not_said_that_nobody_reads(rasa, conversation, mark):
    """The desk shows whatever is written since the yes: through the waiting, after accepting and after a give-back."""
    assert asks_who_reads(conversation, rasa).key == "utter_ask_privacy"
    handover = stored(conversation)
    said = asks_who_reads(conversation, rasa)
    assert "Mensen van Buurtteam De Linde kunnen nu ook lezen wat je hier schrijft" in said.text
    assert [b["payload"] for b in said.buttons][1:3] == ["/show_my_data", "/withdraw_consent"]
    service.accept(handover.pk, mark)
    service.hand_back(handover.pk, mark)
    assert asks_who_reads(conversation, rasa).key == "privacy.shared"
    withdraw(conversation)
    assert asks_who_reads(conversation, rasa).key == "utter_ask_privacy"


def test_who_reads_is_told_of_the_conversation_it_is_asked_in(rasa, conversation):
    """What the same resident writes in another app, the desk does not see."""
    stored(conversation)
    other = make_conversation(channel="telegram")
    Conversation.objects.filter(pk=other.pk).update(resident=conversation.resident_id)
    assert asks_who_reads(Conversation.objects.get(pk=other.pk), rasa).key == "utter_ask_privacy"


def test_on_a_phone_that_others_read_who_reads_is_told_alike(rasa, team):
    """With a request and without: true either way."""
    secret = make_conversation(discreet=True)
    before = asks_who_reads(secret, rasa).text
    stored(secret)
    assert asks_who_reads(secret, rasa).text == before
    assert "Nu leest geen mens" not in before
    assert keys(secret).count("privacy.either") == 2


def test_a_crisis_makes_the_live_handover_urgent_once_per_message(conversation):
    """And its time short."""
    handover = stored(conversation)
    message = says(conversation, "ik ben bang")
    for _ in range(2):
        rights.tell_crisis(conversation, message, "crisis_violence")
    due = handover.due_at
    handover.refresh_from_db()
    assert handover.urgent
    assert handover.due_at <= due
    assert handover.events.filter(kind="urgent").count() == 1
    assert service.summary(handover)[0].name == "urgent"


def test_a_crisis_without_a_handover_shares_nothing(conversation):
    """The computer never reports anything."""
    rights.tell_crisis(conversation, says(conversation, "ik ben bang"), "crisis_violence")
    assert not Handover.objects.exists()


def test_a_live_handover_outlives_the_retention_time(conversation):
    """Nobody waits for words that are gone."""
    other = make_conversation()
    stored(conversation)
    assert keeping.keep_live({conversation.pk, other.pk}) == [conversation.pk]


def test_a_wipe_takes_the_handover_along(conversation):
    """Everything means everything."""
    handover = stored(conversation)
    rights.wipe(Conversation.objects.select_related("resident").get(pk=conversation.pk))
    assert not Handover.objects.exists()
    with pytest.raises(Closed):
        service.note(handover.pk, None, "x")
