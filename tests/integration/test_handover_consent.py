"""Nothing is passed on before a yes to what was shown, and nothing is promised before it is stored."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import threading

import pytest
from django.db import connection

from bot.conversations.models import Conversation, Drawer, Message
from bot.conversations.outbox import public_messages
from bot.handover import consent, preview, service, wishes
from bot.handover.exceptions import NoTeam
from bot.handover.models import Draft, Handover
from bot.neighbourhood.models import Team
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    draft_for,
    drawer,
    keys,
    make_conversation,
    make_team,
    mark,
    says,
    shown,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def names(found):
    return [line.name for line in found]


def as_text(found):
    return {line.name: line.value for line in found}


def test_without_a_preview_a_yes_stores_nothing(conversation):
    """And so promises nothing."""
    draft_for(conversation)
    assert consent.store(conversation, says(conversation, "ja")) is None
    assert not Handover.objects.exists()
    assert keys(conversation) == []


def test_a_yes_to_the_preview_is_stored_with_its_promise(conversation):
    """The promise answers the yes and names the team that was shown."""
    handover = stored(conversation)
    promised = Message.objects.get(conversation=conversation, author="bot")
    assert (promised.key, promised.reply_to) == ("handover.stored", handover.source_message)
    assert "Buurtteam De Linde" in promised.text
    assert [e.kind for e in handover.events.all()] == ["stored"]
    assert not Draft.objects.exists()
    assert Conversation.objects.get(pk=conversation.pk).pending == ""


def test_a_rolled_back_store_leaves_no_promise(conversation, monkeypatch):
    """What fails behind the storing takes the promise with it."""
    shown(draft_for(conversation))
    monkeypatch.setattr(consent, "announce_desk", lambda handover: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        consent.store(conversation, says(conversation, "ja"))
    assert not Handover.objects.exists()
    assert keys(conversation) == []


def test_the_same_yes_twice_is_one_handover_and_one_promise(conversation):
    """Rasa may run an action again."""
    shown(draft_for(conversation))
    yes = says(conversation, "ja")
    assert consent.store(conversation, yes) == consent.store(conversation, yes)
    assert keys(conversation) == ["handover.stored"]


def test_a_second_tap_on_yes_says_that_it_is_there_already(conversation):
    """Twice the same answer to the second tap would be one too many."""
    first, again = stored(conversation), says(conversation, "Ja, geef door", kind="tap")
    assert consent.store(conversation, again) == first
    consent.store(conversation, again)
    assert keys(conversation) == ["handover.stored", "handover.already_open"]


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_handover(conversation):
    """Each tap is a message and a turn of its own."""
    shown(draft_for(conversation))
    taps, start, made = [says(conversation, "Ja, geef door", kind="tap") for _ in range(2)], threading.Barrier(2), []

    def tap(message):
        start.wait()
        made.append(consent.store(conversation, message))
        connection.close()

    threads = [threading.Thread(target=tap, args=(message,)) for message in taps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert made[0] == made[1]
    assert sorted(keys(conversation)) == ["handover.already_open", "handover.stored"]


def test_a_second_request_while_one_is_accepted_names_the_helper(conversation, mark):
    """One live handover per resident."""
    first = stored(conversation)
    service.accept(first.pk, mark)
    shown(draft_for(conversation))
    assert consent.store(conversation, says(conversation, "ja")) == first
    assert keys(conversation)[-1] == "handover.already_accepted"
    assert Handover.objects.count() == 1


def test_the_ticket_is_the_preview(conversation):
    """Line by line, in the receipt and in the desk's summary."""
    drawer(conversation)
    lines = shown(draft_for(conversation, helper_gender="woman", contact_how="phone", contact_when="morning", area="3061"))
    handover = consent.store(conversation, says(conversation, "ja"))
    assert handover.receipt == [[line.name, line.label, line.value] for line in lines]
    assert as_text(service.summary(handover)) == as_text(lines)
    assert as_text(lines) == {
        "language": "Nederlands", "area": "3061", "helper": "een vrouw", "contact": "bellen, in de ochtend",
        "phone": "+31687654321", "words": '"geef me gewoon een mens"',
    }  # fmt: skip


def test_nothing_is_shown_that_was_not_asked_or_said(conversation):
    """As in the model dialogue: language, the app, the words."""
    assert names(shown(draft_for(conversation))) == ["language", "contact", "words"]


def test_a_removed_line_is_not_in_the_ticket(conversation):
    """Neither among the wishes nor as messages."""
    draft = draft_for(conversation, area="3061")
    assert consent.remove_line(draft, "words")
    assert consent.remove_line(draft, "area")
    shown(draft)
    handover = consent.store(conversation, says(conversation, "ja"))
    assert names(service.summary(handover)) == ["language", "contact"]
    assert "area" not in handover.wishes
    assert not handover.messages.exists()
    assert all("geef me" not in m.text for m in service.thread(handover))


def test_an_unknown_line_cannot_be_removed(conversation):
    """The preview stays valid."""
    draft = draft_for(conversation)
    shown(draft)
    assert not consent.remove_line(draft, "urgent")
    assert consent.store(conversation, says(conversation, "ja")) is not None


def test_a_wish_said_again_brings_its_line_back(conversation):
    """Taking out the area and then telling it."""
    draft = draft_for(conversation, area="3061")
    consent.remove_line(draft, "area")
    wishes.merge(draft, {"area": "3062"})
    assert as_text(preview.lines(draft, conversation, "nl"))["area"] == "3062"


def test_words_written_after_the_preview_are_shown_before_they_are_passed_on(conversation):
    """A yes agrees to what was seen, no more."""
    draft = draft_for(conversation)
    shown(draft)
    says(conversation, "en mijn zus helpt mij")
    yes = says(conversation, "ja")
    assert consent.store(conversation, yes) is None
    assert "mijn zus helpt mij" in preview.preview_text(draft, conversation)


def test_a_number_is_passed_on_only_after_the_yes(conversation):
    """It leaves the drawer for the ticket, or is gone with a no."""
    drawer(conversation)
    draft = draft_for(conversation, contact_how="phone")
    assert "phone" not in Draft.objects.get().wishes
    shown(draft)
    handover = consent.store(conversation, says(conversation, "ja"))
    assert handover.wishes["phone"] == "+31687654321"
    assert not Drawer.objects.exists()


def test_a_number_in_the_drawer_stays_there_when_no_call_was_asked_for(conversation):
    """Somebody else's number from a letter is no way to be called."""
    drawer(conversation)
    assert "phone" not in names(shown(draft_for(conversation, contact_how="chat")))
    assert "phone" not in consent.store(conversation, says(conversation, "ja")).wishes


def test_a_no_empties_the_draft_and_the_drawer(conversation):
    """And nothing is passed on."""
    drawer(conversation)
    shown(draft_for(conversation, contact_how="phone"))
    assert consent.decline(conversation)
    assert not consent.decline(conversation)
    assert not Draft.objects.exists()
    assert not Drawer.objects.exists()
    assert consent.store(conversation, says(conversation, "ja")) is None


def test_a_draft_of_today_is_offered_again(conversation):
    """Silence is no no."""
    draft = draft_for(conversation, helper_gender="woman")
    again = consent.start(conversation, says(conversation, "hoi"))
    assert (again.pk, again.wishes["helper_gender"]) == (draft.pk, "woman")


def test_a_draft_of_the_day_before_is_gone(conversation):
    """A new request begins afresh."""
    draft = draft_for(conversation, helper_gender="woman")
    Draft.objects.update(updated_at="2026-01-01T00:00:00Z")
    again = consent.start(conversation, says(conversation, "hoi"))
    assert again.pk != draft.pk
    assert again.wishes == {}


def test_the_team_of_the_area_gets_it(conversation):
    """Else the first that is open."""
    other = make_team("Buurtteam Het Baken", ["3063"])
    assert stored(conversation, area="3063").team == other


def test_the_yes_goes_to_the_team_that_was_named(conversation, team):
    """Even when another would be first by now."""
    shown(draft_for(conversation))
    make_team("Buurtteam Nieuw")
    Team.objects.filter(pk=team.pk).update(hours={})
    assert consent.store(conversation, says(conversation, "ja")).team == team


def test_without_hours_no_time_is_promised(conversation, team):
    """Nobody knows when it is read."""
    Team.objects.update(hours={})
    stored(conversation)
    assert keys(conversation) == ["handover.stored_when_unknown"]


def test_without_hours_an_urgent_one_still_names_a_number_that_answers(conversation, monkeypatch):
    """No time is promised with it."""
    monkeypatch.setattr("bot.handover.notices.number_now", lambda team, now: "010-555 09 99")
    Team.objects.update(hours={})
    stored(conversation, urgent=True)
    said = Message.objects.get(conversation=conversation, author="bot")
    assert said.key == "handover.stored_urgent_number"
    assert "010-555 09 99" in said.text
    assert "als ze weer open zijn" in said.text


def test_without_a_team_nothing_can_be_shown_or_stored():
    """The error says what to do."""
    alone = make_conversation()
    with pytest.raises(NoTeam, match="Add a team"):
        shown(draft_for(alone))


def test_on_a_phone_that_others_read_the_yes_leaves_no_sign(team):
    """No team, no button that leads to the ticket."""
    secret = make_conversation(discreet=True)
    stored(secret)
    said = Message.objects.get(conversation=secret, author="bot")
    assert said.key == "handover.stored_discreet"
    assert "Linde" not in said.text


def test_urgent_asks_nothing_and_is_said_in_the_ticket(conversation, mark):
    """Straight to the preview."""
    draft = consent.start(conversation, says(conversation, "vrijdag moeten we eruit"), urgent=True)
    assert wishes.next_question(draft, conversation) is None
    shown(draft)
    handover = consent.store(conversation, says(conversation, "ja"))
    assert handover.urgent
    assert keys(conversation) == ["handover.stored_urgent"]
    assert "urgent" in names(service.summary(handover))


def test_questions_come_one_by_one_until_each_is_answered(team):
    """The language is asked only where it is not Dutch."""
    turkish = make_conversation("tr")
    draft = consent.start(turkish, says(turkish, "biriyle konuşmak istiyorum"))
    answers = {
        "helper_choice": "choose", "helper_kind": "any", "helper_gender": "woman", "helper_language": "own", "circle": "outside",
        "contact_how": "phone",
    }  # fmt: skip
    for slot, value in answers.items():
        assert wishes.next_question(draft, turkish) == f"utter_ask_{slot}"
        wishes.merge(draft, {slot: value, "unknown": "x"})
    assert wishes.next_question(draft, turkish) == "utter_ask_contact_phone"
    drawer(turkish)
    assert wishes.next_question(draft, turkish) == "utter_ask_contact_when"
    wishes.merge(draft, {"contact_when": "any"})
    assert wishes.next_question(draft, turkish) == "utter_ask_area"
    wishes.merge(draft, {"area": "3061"})
    assert wishes.next_question(draft, turkish) == "utter_ask_helper"  # at last the names that fit
    wishes.merge(draft, {"helper": "any"})
    assert wishes.next_question(draft, turkish) is None
    turkish.resident.refresh_from_db()
    assert turkish.resident.area == "3061"


def test_no_preference_leads_to_the_area_alone(conversation):
    """Two taps to a person."""
    draft = consent.start(conversation, says(conversation, "mens"))
    wishes.merge(draft, {"helper_choice": "any", "helper_kind": "hacker"})
    assert wishes.next_question(draft, conversation) == "utter_ask_area"
    assert "helper_kind" not in draft.wishes


def test_a_posters_area_says_where_it_comes_from(team):
    """The resident did not tell it."""
    visitor = make_conversation()
    Conversation.objects.filter(pk=visitor.pk).update(start_param="poster-3061")
    visitor.refresh_from_db()
    draft = consent.start(visitor, says(visitor, "mens"))
    wishes.merge(draft, {"helper_choice": "any"})
    assert wishes.next_question(draft, visitor) is None
    assert as_text(preview.lines(draft, visitor, "nl"))["area"] == "van de poster: 3061"


def test_the_preview_names_its_readers_and_asks(conversation):
    """One message with the three buttons."""
    draft = draft_for(conversation)
    said = preview.preview(draft, conversation)
    assert "Buurtteam De Linde" in said.text
    assert said.text.endswith("Klopt het?")
    assert said.buttons[0][1] == '/affirm{"consent":"yes"}'


def test_a_handover_without_any_words_is_stored_too(conversation, mark):
    """A tap on a button as the very first message."""
    draft = consent.start(conversation, says(conversation, "Praten met iemand", kind="tap"))
    wishes.merge(draft, {"helper_choice": "any", "area": "none"})
    shown(draft)
    assert consent.store(conversation, says(conversation, "ja")) is not None


def test_a_resident_without_an_address_gets_the_promise_in_the_web_chat(team):
    """The page reads it from the database."""
    visitor = make_conversation(channel="webchat")
    stored(visitor)
    assert "Het staat klaar voor Buurtteam De Linde" in public_messages(visitor.pk)[-1]["text"]
