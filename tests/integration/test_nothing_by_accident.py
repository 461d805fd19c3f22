"""What must not happen by the way: a wipe by a yes to something else, words that were held back at the desk, a phone betrayed."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from bot.conversations import crisis, rasa_client, rights, without_rasa
from bot.conversations.exceptions import RasaFailed
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key, post
from bot.conversations.questions import read_consent
from bot.handover import consent, joining, service
from bot.handover.agreed import agreed_wishes
from bot.handover.away import helper_away
from bot.handover.exceptions import NotForYou
from bot.handover.models import Handover
from bot.handover.wishes import merge
from bot.handover.withdrawal import ask_for_other
from bot.language.tags import ON_OFFER
from bot.safety import SafetyHit, read_safety, reads_along
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    draft_for,
    drawer,
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
    return without_rasa.replies_to(fresh(conversation), says(conversation, text))


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


@pytest.mark.parametrize(
    ("language", "text", "state"), [("tr", "para", "open"), ("tr", "vazgeçtim", "withdrawn"), ("es", "para", "withdrawn")]
)
def test_money_in_one_language_takes_back_no_request_in_it(language, text, state, team):
    """ "Para", typed by a Turkish resident who waits for a helper, is money; to a Spanish one it is "stop"."""
    handover = stored(make_conversation(language))
    answered(handover.conversation, text)
    handover.refresh_from_db()
    assert handover.state == state


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
    assert read_consent(fresh(conversation), says(conversation, "ja")) == '/affirm{"consent":"yes"}'
    post(conversation, [from_key(conversation, "turn.edited")])
    assert read_consent(fresh(conversation), says(conversation, "ja")) == ""


def test_a_yes_on_an_older_preview_passes_nothing_on(team):
    """It would agree to lines that it did not show."""
    received = receive(Incoming("webchat", "a", text="geef me een mens"))
    chat = Conversation.objects.get(pk=received.conversation_id)
    older, newer = (post(chat, [from_key(chat, "handover.preview_question")])[0] for _ in range(2))
    for offered, payload in ((older, ""), (newer, '/affirm{"consent":"yes"}')):
        tapped = receive(Incoming("webchat", "a", kind="tap", button_id=offered.buttons[0]["id"]))
        assert Message.objects.get(conversation=chat, position=tapped.position).payload == payload


def test_a_message_that_rasa_takes_too_long_over_does_not_block_the_others(conversation, monkeypatch):
    """It counts as a failure of this very message, which is given up in the end."""

    def too_slow(*_, **__):
        raise httpx.ReadTimeout("slow")

    monkeypatch.setattr(rasa_client.rasa_pool, "post", too_slow)
    with pytest.raises(RasaFailed):
        rasa_client.take_turn(conversation, says(conversation, "hoi"))


@pytest.mark.parametrize("between", [False, True])
def test_a_typed_yes_lets_a_second_person_in_only_right_under_the_question(conversation, mark, team, between):
    """Behind the helper's next question it answers that one."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    joining.ask(handover.pk, mark, make_helper(team, "Noor"))
    if between:
        service.write(handover.pk, mark, "Kun je morgen?")
    says(conversation, "ja")
    assert joining.answer(Handover.objects.get()) is (None if between else True)


def test_a_child_reaches_nobody_of_the_family(conversation):
    """Also when the request had begun before, and when the lines are taken out; and nobody calls home."""
    drawer(conversation)
    draft = draft_for(conversation, contact_how="phone")
    post(conversation, [from_key(conversation, "utter_minor")])
    for line in ("helper", "contact"):
        consent.remove_line(draft, line)
    agreed = agreed_wishes(consent.start(conversation, says(conversation, "een mens")), conversation)
    assert agreed.items() >= {"helper_kind": "worker", "circle": "outside", "contact_how": "chat"}.items()
    assert "phone" not in agreed


@pytest.mark.parametrize(
    ("text", "child"),
    [
        ("ik ben 14 en mijn vader slaat me", True), ("ik ben 13 en ik wil met iemand praten", True),
        ("ben 13 yaşındayım babam beni dövüyor", True), ("عمري 14 سنة وابوي يضربني", True),
        ("mam 12 lat i tata mnie bije", True), ("mi tin 13 aña i mi tata ta batimi", True),
        ("mijn zoon van 12 wordt geslagen", False), ("ik ben 12 weken zwanger en ik wil met iemand praten", False),
    ],
)  # fmt: skip
def test_a_child_that_tells_its_age_beside_danger_or_the_wish_for_a_person_is_a_child(conversation, text, child):
    """Danger and the wish are answered in place of the age: the request would reach a key person of the family's circle."""
    drawer(conversation)
    draft = consent.start(conversation, says(conversation, text))
    merge(draft, {"helper_kind": "key_person", "contact_how": "phone"})
    agreed = agreed_wishes(draft, conversation)
    assert (agreed["helper_kind"], agreed["contact_how"]) == (("worker", "chat") if child else ("key_person", "phone"))
    assert ("phone" in agreed, agreed.get("circle")) == ((False, "outside") if child else (True, None))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ik ben 14 en mijn vader slaat me", "utter_minor"), ("ik ben 10 en er is vandaag niks te eten", "utter_minor"),
        ("ik ben 13 en ik wil niet meer leven", "utter_crisis_suicidal"), ("mijn man slaat me", "utter_crisis_violence"),
    ],
)  # fmt: skip
def test_a_child_in_danger_hears_who_is_there_for_children(conversation, text, key):
    """Not who collects a parcel of food; and its request is as urgent as anybody's in danger."""
    message = says(conversation, text)
    (told,) = crisis.answer(conversation, message, read_safety(text))
    assert told.key == key
    message.save()
    post(conversation, [told], message)
    assert consent.start(conversation, says(conversation, "een mens")).urgent


@pytest.mark.parametrize("tag", ON_OFFER)
def test_how_to_leave_no_trace_is_told_of_the_channel_it_is_asked_in(team, tag):
    """In the web chat nothing can be held down; there the page has a button that hides it, named as the page names it."""
    page = make_conversation(tag, channel="webchat")
    (web,) = crisis.after_check(page, says(page, "ja"), "safe_now", yes=True)
    assert from_key(page, "chat.hide").text in web.text
    assert "Verwijderen" not in web.text
    phone = make_conversation(tag, channel="telegram")
    (app,) = crisis.after_check(phone, says(phone, "ja"), "safe_now", yes=True)
    assert app.key == "utter_phone_read_safe"
    assert [payload for _, payload in app.buttons] == [payload for _, payload in web.buttons]


def test_a_daughter_on_her_mothers_phone_does_not_decide_for_good(conversation):
    """A week later whoever writes may be called and choose somebody; until then, and when it is said again, a child may not."""
    (told,) = post(conversation, [from_key(conversation, "utter_minor")])
    drawer(conversation)

    def agreed():
        return agreed_wishes(draft_for(conversation, contact_how="phone", helper_kind="key_person"), conversation)

    conversation.messages.filter(pk=told.pk).update(created_at=timezone.now() - timedelta(days=6))
    assert (agreed()["contact_how"], agreed()["helper_kind"]) == ("chat", "worker")
    conversation.messages.filter(pk=told.pk).update(created_at=timezone.now() - timedelta(days=8))
    consent.drop_draft(conversation)
    assert (agreed()["contact_how"], agreed()["helper_kind"]) == ("phone", "key_person")
    post(conversation, [from_key(conversation, "utter_minor")])
    assert agreed()["contact_how"] == "chat"


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
