"""What must not happen by the way: a wipe by a yes to something else, words that were held back at the desk, a phone betrayed."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest

from bot.conversations import crisis, rights, turns
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key, post
from bot.handover import consent, service
from bot.handover.away import helper_away
from bot.handover.exceptions import NotForYou
from bot.handover.models import Handover
from bot.handover.withdrawal import ask_for_other
from bot.safety import SafetyHit, reads_along
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    draft_for,
    keys,
    make_conversation,
    make_helper,
    mark,
    says,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def fresh(conversation):
    return Conversation.objects.select_related("resident").get(pk=conversation.pk)


def answered(conversation, text):
    """The turn of one message, as far as it goes without Rasa."""
    return turns._without_rasa(fresh(conversation), says(conversation, text))


@pytest.mark.parametrize("author", [Message.Author.BOT, Message.Author.HELPER])
def test_a_yes_to_something_else_wipes_nothing(conversation, author):
    """The question of yesterday lapses once we, or a helper, said something else."""
    post(conversation, rights.ask_wipe(conversation, says(conversation, "wis alles")))
    post(conversation, [Reply("Kun je morgen?", author=author, key="handover.late_unread" if author == "bot" else "")])
    answered(conversation, "ja")
    assert Conversation.objects.filter(pk=conversation.pk).exists()
    assert fresh(conversation).pending == ""


def test_a_yes_to_the_question_itself_wipes(conversation):
    """Without this the test above could not fail."""
    post(conversation, rights.ask_wipe(conversation, says(conversation, "wis alles")))
    resident = conversation.resident_id
    answered(conversation, "ja")
    assert not Conversation.objects.filter(resident=resident).exists()


def test_what_a_resident_looks_up_is_not_shown_at_the_desk(conversation, mark):
    """Their own list holds words that were never passed on."""
    says(conversation, "dit houd ik voor mij")
    handover = stored(conversation)
    post(conversation, rights.show(conversation, says(conversation, "wat weet je van mij")))
    service.accept(handover.pk, mark)
    assert not [m for m in service.thread(Handover.objects.get()) if "dit houd ik voor mij" in m.text]


def test_a_crisis_and_somebody_who_reads_along_in_one_message_are_both_heard(conversation):
    """Help at once, and from then on nothing unasked."""
    text = "mijn man slaat mij en hij leest mijn telefoon"
    assert reads_along(text)
    [reply] = answered(conversation, text)
    assert reply.key.startswith("utter_crisis_violence")
    assert fresh(conversation).resident.discreet


def test_no_notice_is_claimed_that_nobody_got(conversation):
    """A check question tells the helper nothing, so it does not say so."""
    conversation.held_by = "Mark"
    asked = crisis.answer(conversation, says(conversation, "..."), SafetyHit("crisis_suicidal", "ask", "self"))
    helped = crisis.answer(conversation, says(conversation, "..."), SafetyHit("crisis_suicidal", "act", "self"))
    assert [r.key for r in asked] == ["held.safety_intro", "utter_check_suicidal"]
    assert helped[-1].key == "held.safety_notice"


def test_somebody_else_means_somebody_else(conversation, mark, team):
    """The helper who was let go cannot take it again; a colleague and the coordinator can."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    ask_for_other(conversation, says(conversation, "liever iemand anders"))
    with pytest.raises(NotForYou):
        service.accept(handover.pk, mark)
    assert service.accept(handover.pk, make_helper(team, "Noor")).holder.first_name == "Noor"


def test_who_needs_somebody_now_is_heard_while_a_helper_holds_the_chat(conversation, mark):
    """ "Ja, nu" under the line about the hours makes it urgent and is answered."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Dag")
    tap = says(conversation, "Ja, nu", kind="tap")
    tap.payload = '/want_human{"urgency":"high"}'
    tap.save()
    [reply] = helper_away(fresh(conversation), tap)
    assert reply.key == "handover.already_accepted"
    assert Handover.objects.get().urgent


def test_a_yes_counts_only_right_under_the_preview(conversation):
    """After anything else was said it passes nothing on."""
    draft = draft_for(conversation)
    consent.record_preview(draft, [])
    post(conversation, [from_key(conversation, "handover.preview_question")])
    assert turns._read_consent(fresh(conversation), says(conversation, "ja")) == '/affirm{"consent":"yes"}'
    post(conversation, [from_key(conversation, "turn.edited")])
    assert turns._read_consent(fresh(conversation), says(conversation, "ja")) == ""


def test_a_child_reaches_nobody_of_the_family(conversation):
    """Also when the request had begun before, and when the line is taken out."""
    draft = draft_for(conversation)
    post(conversation, [from_key(conversation, "utter_minor")])
    consent.remove_line(draft, "helper")
    from bot.handover.agreed import agreed_wishes

    assert agreed_wishes(draft, conversation).items() >= {"helper_kind": "worker", "circle": "outside"}.items()


def test_who_left_is_not_proposed(conversation, team):
    """A name is only offered while that person is there."""
    from bot.handover.matching import fitting

    gone = make_helper(team, "Weg", active=False)
    assert gone not in fitting(draft_for(conversation, helper_choice="choose"), conversation)


def test_on_a_phone_that_others_read_no_draft_is_offered(team):
    """ "Something of yours still waits" would tell."""
    secret = make_conversation(discreet=True)
    draft_for(secret)
    assert consent.offer_again(secret, says(secret, "hoi")) == []
    assert keys(secret) == []
