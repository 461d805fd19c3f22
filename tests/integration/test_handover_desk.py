"""What helpers do: accepting, writing, closing, handing back; and what they can never see."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt
import re
import threading

import pytest
from django.db import connection
from django.utils import timezone

from bot.conversations import joining
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import post
from bot.handover import service
from bot.handover.exceptions import Closed, EmptyText, HandoverError, NotForYou, NotHolder, Stale
from bot.handover.models import Handover
from bot.handover.preview import lines
from bot.handover.withdrawal import ask_for_other
from tests.integration.handover_helpers import (  # noqa: F401
    ADDRESS,
    conversation,
    draft_for,
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


@pytest.fixture
def handover(conversation):
    return stored(conversation)


def fresh(conversation):
    return Conversation.objects.get(pk=conversation.pk)


@pytest.mark.django_db(transaction=True)
def test_two_helpers_who_accept_at_once_are_one_holder(handover, mark, team):
    """The other one is told; the resident hears one name."""
    outcomes, start = [], threading.Barrier(2)

    def accept(helper):
        start.wait()
        try:
            service.accept(handover.pk, helper)
            outcomes.append("holder")
        except Stale:
            outcomes.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=(h,)) for h in (mark, make_helper(team, "Ingrid"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["holder", "stale"]
    assert keys(handover.conversation).count("handover.accepted") == 1
    assert handover.events.filter(kind="accepted").count() == 1


def test_accepting_twice_tells_once(handover, mark):
    """A double click."""
    service.accept(handover.pk, mark)
    service.accept(handover.pk, mark)
    assert keys(handover.conversation).count("handover.accepted") == 1


def test_accepting_says_nothing_on_a_phone_that_others_read(team, mark):
    """Nothing unprompted was promised; the helper's own words are the first sign."""
    secret = make_conversation(discreet=True)
    service.accept(stored(secret).pk, mark)
    assert "handover.accepted" not in keys(secret)


def test_asking_for_somebody_else_gives_it_back_and_ends_the_hold(handover, mark):
    """Also while the helper holds the chat; no reason is asked, and a repeat changes nothing."""
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "hallo")
    asked = says(handover.conversation, "Iemand anders")
    replies = [ask_for_other(handover.conversation, asked)[0].key for _ in range(2)]
    handover.refresh_from_db()
    handover.conversation.refresh_from_db()
    assert replies == ["handover.other_helper"] * 2
    assert (handover.state, handover.holder, handover.conversation.held_by) == ("open", None, "")
    assert handover.events.filter(kind="other_helper").count() == 1


def test_the_hold_starts_with_the_first_message_and_not_with_accepting(handover, mark):
    """Until then the bot answers."""
    service.accept(handover.pk, mark)
    before = fresh(handover.conversation)
    assert before.held_by == ""
    service.write(handover.pk, mark, "  Fijn dat je schreef.\u202e ")
    held = fresh(handover.conversation)
    assert held.held_by == "Mark"
    assert held.held_since is not None
    assert held.rasa_sender != before.rasa_sender
    handover.refresh_from_db()
    assert handover.state == "contacted"
    said = Message.objects.get(conversation=held, author="helper")
    assert said.text == "Fijn dat je schreef."
    assert said.delivery.state == "pending"


def test_a_second_message_goes_on_with_the_same_hold(handover, mark):
    """Rasa's session is not ended again."""
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Een")
    held = fresh(handover.conversation)
    service.write(handover.pk, mark, "Twee")
    assert fresh(handover.conversation).rasa_sender == held.rasa_sender
    assert handover.events.filter(kind="contacted").count() == 1


def test_a_repeated_client_id_writes_once(handover, mark):
    """A double click on send, or a page that tries again."""
    service.accept(handover.pk, mark)
    first = service.write(handover.pk, mark, "Hallo", client_id="a1")
    assert service.write(handover.pk, mark, "Hallo", client_id="a1") == first
    service.write(handover.pk, mark, "Hallo", client_id="a2")
    assert Message.objects.filter(author="helper").count() == 2


def test_a_hold_leaves_an_open_safety_check_open(handover, mark):
    """The answer to it still counts while a person writes."""
    service.accept(handover.pk, mark)
    Conversation.objects.filter(pk=handover.conversation_id).update(pending="check:crisis_suicidal")
    service.write(handover.pk, mark, "Hallo")
    assert fresh(handover.conversation).pending == "check:crisis_suicidal"


def test_only_the_holder_writes(handover, mark, team):
    """Not before accepting, and no colleague."""
    with pytest.raises(NotHolder):
        service.write(handover.pk, mark, "Hallo")
    service.accept(handover.pk, mark)
    with pytest.raises(NotHolder):
        service.write(handover.pk, make_helper(team, "Ingrid"), "Hallo")
    with pytest.raises(EmptyText):
        service.write(handover.pk, mark, " \n ")
    assert not Message.objects.filter(author="helper").exists()


def test_closing_ends_the_hold_and_says_so_once(handover, mark):
    """The bot picks up with a clean slate."""
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Hallo")
    held = fresh(handover.conversation)
    service.close(handover.pk, mark, "helped")
    service.close(handover.pk, mark, "helped")
    after = fresh(handover.conversation)
    assert (after.held_by, after.held_since) == ("", None)
    assert after.rasa_sender != held.rasa_sender
    assert keys(after).count("handover.closed") == 1
    with pytest.raises(Closed):
        service.write(handover.pk, mark, "Nog iets")


def test_closing_says_nothing_on_a_phone_that_others_read(team, mark):
    """Nothing comes unasked there."""
    secret = make_conversation(discreet=True)
    handover = stored(secret)
    service.accept(handover.pk, mark)
    before = keys(secret)
    service.close(handover.pk, mark, "helped")
    assert keys(secret) == before


def test_only_the_holder_closes(handover, mark, team):
    """A colleague asks the holder or the coordinator."""
    service.accept(handover.pk, mark)
    with pytest.raises(NotHolder):
        service.close(handover.pk, make_helper(team, "Ingrid"), "helped")


def test_handing_back_opens_it_for_the_team_and_ends_the_hold(handover, mark):
    """With a new promise for the resident."""
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Hallo")
    service.hand_back(handover.pk, mark)
    handover.refresh_from_db()
    assert (handover.state, handover.holder) == ("open", None)
    assert fresh(handover.conversation).held_by == ""
    assert keys(handover.conversation)[-1] == "handover.reopened"
    with pytest.raises(NotHolder):
        service.hand_back(handover.pk, mark)


def test_reopening_waits_for_the_team_again(handover, mark):
    """Once; and not while the resident has a newer one."""
    service.accept(handover.pk, mark)
    service.close(handover.pk, mark, "helped")
    service.reopen(handover.pk, mark)
    assert keys(handover.conversation)[-1] == "handover.reopened"
    with pytest.raises(Stale):
        service.reopen(handover.pk, mark)


def test_an_old_one_stays_closed_beside_a_newer_one(handover, mark):
    """One live handover per resident."""
    service.accept(handover.pk, mark)
    service.close(handover.pk, mark, "helped")
    stored(handover.conversation)
    with pytest.raises(Stale):
        service.reopen(handover.pk, mark)
    assert keys(handover.conversation)[-1] == "handover.stored"


def test_a_note_is_for_colleagues_and_holds_no_citizen_number(handover, mark):
    """The resident hears nothing of it."""
    before = keys(handover.conversation)
    event = service.note(handover.pk, mark, "Belde terug, bsn 111222333")
    assert (event.kind, event.note) == ("note", "Belde terug, bsn ⟨bsn⟩")
    assert keys(handover.conversation) == before
    with pytest.raises(EmptyText):
        service.note(handover.pk, mark, "  ")


def test_the_desk_sees_what_was_agreed_and_everything_since(conversation, mark):
    """Nothing from before without a yes; nothing after the end."""
    says(conversation, "een geheim van vorige week")
    handover = stored(conversation)
    says(conversation, "en nog iets")
    seen = [(m.author, m.text, m.consented) for m in service.thread(handover)]
    assert seen[0] == ("resident", "geef me gewoon een mens", True)
    assert seen[-1] == ("resident", "en nog iets", False)
    assert "geheim" not in str(seen)
    service.accept(handover.pk, mark)
    service.close(handover.pk, mark, "helped")
    says(conversation, "na het einde")
    service.reopen(handover.pk, mark)
    says(conversation, "weer erbij")
    texts = [m.text for m in service.thread(handover)]
    assert "na het einde" not in texts
    assert texts[-1] == "weer erbij"


def test_the_desk_sees_no_link_code(conversation):
    """Whoever types it in an app of their own within a quarter of an hour would be the same resident."""
    handover = stored(conversation)
    reply = joining._new_code(conversation)
    post(conversation, [reply])
    code = re.search("[A-Z]{4}-[A-Z]{4}", reply.text)[0]
    assert code in Message.objects.get(key="join.code").text
    assert code not in str([m.text for m in service.thread(handover)])


def test_a_typed_link_code_does_not_show_at_the_desk(conversation):
    """One that was refused, as where both chats have a request, may still work; what is said around a code is a sentence."""
    handover = stored(conversation)
    says(conversation, " bcdf-ghjk ")
    says(conversation, "mijn code is BCDF-GHJK")
    shown = [m.text for m in service.thread(handover)]
    assert " bcdf-ghjk " not in shown
    assert "mijn code is BCDF-GHJK" in shown


def test_no_address_stands_in_anything_the_desk_reads(handover, mark):
    """Not in the summary, the thread or an error."""
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Hallo")
    read = [*service.summary(handover), *service.thread(handover), *handover.events.values_list("note", flat=True)]
    assert ADDRESS not in str(read)
    assert not any(hasattr(m, "conversation") for m in service.thread(handover))


def test_a_wish_for_somebody_outside_the_circle_filters_and_is_seen_by_nobody(conversation, mark, team):
    """Key persons do not get it; the worker does not read it."""
    fatma = make_helper(team, "Fatma", kind="key_person")
    draft = draft_for(conversation, circle="outside")
    assert "iemand die mij niet kent" in str(lines(draft, conversation, "nl"))
    handover = stored(conversation, circle="outside")
    assert service.waiting(fatma) == []
    assert service.waiting(mark) == [handover]
    assert "kent" not in str(service.summary(handover))


def test_only_the_readers_of_the_preview_can_take_or_annotate_it(conversation, team):
    """Another team was not named; a key person is not a stranger."""
    handover = stored(conversation, circle="outside")
    others = make_helper(make_team("Buurtteam Elders", ["9999"]), "Olga"), make_helper(team, "Fatma", kind="key_person")
    for helper in others:
        with pytest.raises(NotForYou):
            service.accept(handover.pk, helper)
        with pytest.raises(NotForYou):
            service.note(handover.pk, helper, "x")
    assert Handover.objects.get(pk=handover.pk).state == "open"


def test_waiting_lists_what_nobody_holds_urgent_first(team, mark):
    """Then in the order asked for."""
    first, second, third = (stored(make_conversation()) for _ in range(3))
    Handover.objects.filter(pk=second.pk).update(urgent=True)
    assert service.waiting(mark) == [second, third, first]
    assert service.waiting(mark, "oldest") == [second, first, third]
    service.accept(second.pk, mark)
    assert service.waiting(mark, "longest")[0].pk in {first.pk, third.pk}
    assert second not in service.waiting(mark)


def test_late_is_after_the_promise_while_nobody_wrote(handover, mark):
    """Writing ends it."""
    after = handover.due_at + dt.timedelta(minutes=1)
    assert not service.is_late(handover, handover.due_at)
    assert service.is_late(handover, after)
    accepted = service.accept(handover.pk, mark)
    assert service.is_late(accepted, accepted.due_at + dt.timedelta(minutes=1))
    service.write(handover.pk, mark, "Hallo")
    handover.refresh_from_db()
    assert not service.is_late(handover, timezone.now() + dt.timedelta(days=9))


def test_every_error_says_what_to_do():
    """The desk shows it as it stands."""
    assert all(len(str(error())) > 20 for error in HandoverError.__subclasses__())
