"""Nothing is claimed too early, too late or to the wrong person: silence, old notices and buttons, two channels, a read phone."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bot.conversations import crisis, outbox, turns
from bot.conversations.answers import chosen
from bot.conversations.dead_letters import dead_letters
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Delivery, Message
from bot.conversations.outbox import Reply
from bot.conversations.window import heard_from
from bot.desk.sheet import sheet
from bot.handover import attempts, away, joining, notices, service, watch, withdrawal
from bot.handover.exceptions import NotForYou
from bot.handover.models import Handover
from bot.handover.residents_rights import mark_urgent
from bot.handover.transitions import lock_resident
from bot.language.tags import ON_OFFER
from bot.privacy.wipe import wipe_resident
from bot.safety import SafetyHit
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    keys,
    make_conversation,
    make_helper,
    make_team,
    mark,
    says,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def late(handover: Handover) -> dt.datetime:
    handover.refresh_from_db()
    return handover.due_at + dt.timedelta(minutes=1)


@pytest.fixture
def talking(conversation, mark) -> Handover:
    """A helper made contact in the chat."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Dag, ik ben Mark.")
    conversation.refresh_from_db()
    handover.refresh_from_db()
    return handover


# --- a helper who falls silent -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("always_day")
def test_who_made_contact_and_falls_silent_is_called_late_once(talking, conversation):
    """The resident hears it and keeps the chat; the desk sees it as late."""
    away.helper_away(conversation, says(conversation, "kunt u mij helpen met de brief"))
    now = late(talking)
    assert service.is_late(talking, now)
    assert (watch.look(now), watch.look(now)) == (1, 0)
    talking.refresh_from_db()
    assert (keys(conversation)[-1], talking.state, bool(talking.holder)) == ("handover.late_answer", "contacted", True)
    assert "Mark" in conversation.messages.last().text


@pytest.mark.usefixtures("always_day")
def test_an_answer_keeps_the_promise_and_the_next_message_makes_a_new_one(talking, conversation, mark):
    """Also a call that reached the resident is an answer."""
    away.helper_away(conversation, says(conversation, "kunt u mij helpen met de brief"))
    service.write(talking.pk, mark, "Zeker.")
    assert watch.look(late(talking) + dt.timedelta(days=9)) == 0
    away.helper_away(conversation, says(conversation, "wanneer dan"))
    assert service.is_late(talking, late(talking))
    attempts.attempt(talking.pk, mark, "phone", reached=True)
    assert not service.is_late(talking, late(talking))


@pytest.mark.usefixtures("always_day")
@pytest.mark.parametrize(("text", "kind"), [("ja", "text"), ("Dat past mij", "tap")])
def test_a_bare_yes_or_a_tap_waits_for_nothing(talking, conversation, text, kind):
    """It ends an exchange as often as not."""
    away.helper_away(conversation, says(conversation, text, kind=kind))
    assert watch.look(late(talking) + dt.timedelta(days=9)) == 0


def test_a_crisis_in_the_talk_makes_the_time_short(talking, conversation):
    """And not long past: the promise of the first contact was kept."""
    Handover.objects.update(due_at=timezone.now() - dt.timedelta(days=3))
    mark_urgent(conversation, says(conversation, "…"), "crisis_suicidal")
    talking.refresh_from_db()
    assert talking.urgent
    assert timezone.now() < talking.due_at < timezone.now() + dt.timedelta(minutes=80)


def test_a_typed_yes_under_late_asks_somebody_else_while_the_chat_is_held(talking, conversation):
    """The bot's own question is heard."""
    away.helper_away(conversation, says(conversation, "kunt u mij helpen"))
    talking.refresh_from_db()
    notices.late(talking, conversation)
    Message.objects.update(handled_at=timezone.now())
    says(conversation, "ja")
    turns.drain(conversation.pk)
    talking.refresh_from_db()
    assert (talking.state, keys(conversation)[-1]) == ("open", "handover.other_helper")


# --- somebody else, please ---------------------------------------------------------------------------------------


def test_in_whose_place_somebody_else_was_wished_sees_nothing_more(talking, conversation, mark, team):
    """No list, no page, no timeline; a colleague does not read the wish either, the coordinator does."""
    noor, boss = make_helper(team, "Noor"), make_helper(team, "Ingrid", coordinator=True)
    withdrawal.ask_for_other(conversation, says(conversation, "liever iemand anders"))
    talking.refresh_from_db()
    assert not service.may_see(talking, mark)
    assert service.waiting(mark) == []
    with pytest.raises(NotForYou):
        service.accept(talking.pk, mark)
    wish = "De bewoner vroeg om iemand anders"
    assert wish not in {step.what for step in sheet(talking, noor)["steps"]}
    assert wish in {step.what for step in sheet(talking, boss)["steps"]}
    assert service.accept(talking.pk, noor).holder == noor


# --- a phone that others read ------------------------------------------------------------------------------------


def test_no_answer_on_a_read_phone_shows_a_request(talking, conversation, mark):
    """Not to "somebody else", not to "a person", not beside a crisis; and no button leads round in a circle."""
    conversation.resident.discreet = True
    conversation.resident.save()
    helped = crisis.answer(conversation, says(conversation, "..."), SafetyHit("crisis_suicidal", "act", "self"))
    again = notices.already(talking, conversation)
    other = withdrawal.ask_for_other(conversation, says(conversation, "iemand anders"))
    said = [*helped, again, *other]
    assert [r.key for r in said] == ["held.safety_intro", "utter_crisis_suicidal", *["handover.stored_discreet"] * 2]
    assert not any("Mark" in r.text or "Linde" in r.text for r in said)
    assert not any("want_human" in payload for _, payload in again.buttons)


@pytest.mark.parametrize("tag", ON_OFFER)
def test_who_reads_alone_again_says_so_in_any_language(team, tag):
    """Every way to say it counts; whoever never said that somebody reads along is not meant."""
    from bot.language.catalogue import render

    ways = render("discreet.words", tag).text.split("/")
    for way in ways:
        read = make_conversation(language=tag, discreet=True)
        says(read, f" {way.strip().capitalize()}. ")
        turns.drain(read.pk)
        read.resident.refresh_from_db()
        assert (read.resident.discreet, keys(read)) == (False, ["discreet.ended"])


def test_the_words_are_never_shown():
    """Whoever reads along must not learn them from us."""
    from bot.language.catalogue import render
    from bot.language.sources import load_sources

    ways = {way.strip() for way in render("discreet.words", "nl").text.split("/")}
    shown = [v.text.casefold() for key, vs in load_sources().items() if key != "discreet.words" for v in vs]
    assert not [text for text in shown if any(way in text for way in ways)]


# --- what WhatsApp kept back -------------------------------------------------------------------------------------


def park(conversation: Conversation) -> None:
    Delivery.objects.filter(message__conversation=conversation).update(state=Delivery.State.PARKED, error="window")


def sent_now(conversation: Conversation) -> list[str]:
    pending = Delivery.objects.filter(message__conversation=conversation, state=Delivery.State.PENDING)
    return list(pending.order_by("message__position").values_list("message__key", flat=True))


def test_an_old_notice_is_not_sent_and_how_it_stands_now_is_told(conversation, mark):
    """ "Late" is no longer true once somebody took it; it is nobody's trouble at the desk."""
    handover = stored(conversation)
    Delivery.objects.all().delete()
    notices.late(handover, conversation)
    notices.reopened(handover, conversation)
    park(conversation)
    Handover.objects.update(state="accepted", holder=mark, accepted_at=timezone.now())
    heard_from(conversation, timezone.now())
    assert sent_now(conversation) == ["handover.status.accepted"]
    assert dead_letters() == []


def test_a_persons_words_go_out_as_they_are(talking, conversation, mark):
    """However old."""
    Delivery.objects.all().delete()
    service.write(talking.pk, mark, "Ik ben er morgen.")
    park(conversation)
    heard_from(conversation, timezone.now())
    assert [Message.objects.get(delivery__state="pending").text] == ["Ik ben er morgen."]


def test_a_question_is_asked_anew_so_that_an_earlier_yes_answers_nothing(talking, conversation, mark, team):
    """The "yes" that woke the window up was said to nobody's question."""
    noor = make_helper(team, "Noor")
    joining.ask(talking.pk, mark, noor)
    park(conversation)
    conversation.refresh_from_db()
    with transaction.atomic():
        yes = says(conversation, "ja")
        heard_from(conversation, timezone.now())
    talking.refresh_from_db()
    assert talking.asked_position > yes.position
    assert joining.answer(talking) is None
    assert chosen(yes, "nl") is None
    says(conversation, "nee")
    assert joining.answer(talking) is False
    anew = next(
        b["payload"] for b in conversation.messages.filter(key="handover.joined").last().buttons if '"yes"' in b["payload"]
    )
    tapped = says(conversation, "Ja", kind="tap")
    Message.objects.filter(pk=tapped.pk).update(payload=anew)
    assert joining.answer(talking) is True


def test_on_a_read_phone_nothing_is_told_when_the_window_opens(conversation):
    """What was parked before is dropped too."""
    handover = stored(conversation)
    Delivery.objects.all().delete()
    notices.late(handover, conversation)
    park(conversation)
    conversation.resident.discreet = True
    conversation.resident.save()
    heard_from(conversation, timezone.now())
    assert sent_now(conversation) == []


# --- old buttons, old rows, two channels -------------------------------------------------------------------------


def test_a_button_of_before_a_wipe_does_nothing_in_the_new_conversation():
    """Positions begin anew; the button's own mark does not."""
    first = receive(Incoming("telegram", "77", text="hoi"))
    talk = Conversation.objects.get(pk=first.conversation_id)
    [asked] = outbox.post(talk, [Reply("?", (("Ja", '/affirm{"consent":"yes"}'),), "handover.preview_question")])
    wipe_resident(talk.resident)
    fresh = Conversation.objects.get(pk=receive(Incoming("telegram", "77", text="hoi")).conversation_id)
    [again] = outbox.post(fresh, [Reply("?", (("Ja", "/delete_my_data"),), "rights.wipe_confirm")])
    assert again.position == asked.position
    receive(Incoming("telegram", "77", kind="tap", button_id=asked.buttons[0]["id"]))
    assert Message.objects.filter(kind="tap").latest("pk").payload == ""
    receive(Incoming("telegram", "77", kind="tap", button_id=again.buttons[0]["id"]))
    assert Message.objects.filter(kind="tap").latest("pk").payload == "/delete_my_data"


def test_a_turn_reads_a_message_as_it_is_now(conversation, monkeypatch):
    """Changed or handled while the one before was answered: neither the old words nor a second answer."""
    says(conversation, "wacht even")
    second, third = says(conversation, "oude woorden"), says(conversation, "al klaar")
    seen = []

    def handle(message, may_use_rasa):
        seen.append(message.text)
        Message.objects.filter(pk=second.pk).update(text="nieuwe woorden")
        Message.objects.filter(pk__in=[message.pk, third.pk]).update(handled_at=timezone.now())
        return True

    monkeypatch.setattr(turns, "_handle_or_put_off", handle)
    turns.drain(conversation.pk)
    assert seen == ["wacht even", "nieuwe woorden"]


@pytest.mark.django_db(transaction=True)
def test_on_two_channels_one_thing_happens_after_the_other():
    """Who takes a request back on Telegram waits for what is being stored on WhatsApp."""
    make_team()
    first = make_conversation()
    second = make_conversation(channel="telegram")
    Conversation.objects.filter(pk=second.pk).update(resident=first.resident)
    second.refresh_from_db()
    done, order = threading.Event(), []

    def take_back():
        try:
            withdrawal.withdraw(second, second_message)
            order.append("withdrawn")
        finally:
            connection.close()
            done.set()

    second_message = says(second, "toch niet")
    with transaction.atomic():
        lock_resident(first)
        thread = threading.Thread(target=take_back)
        thread.start()
        assert not done.wait(1)
        order.append("stored")
    thread.join(10)
    assert order == ["stored", "withdrawn"]
