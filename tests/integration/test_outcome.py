"""May the key person who was there at the beginning hear how it ended? Nothing is told without the resident's yes."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest
from django.test import Client

from bot.conversations import turns, without_rasa
from bot.handover import consent, handing_on, service, table
from bot.handover.models import Handover
from bot.language.tags import ON_OFFER
from bot.neighbourhood.models import Helper
from tests.integration.handover_helpers import (  # noqa: F401
    keys,
    make_conversation,
    make_helper,
    make_team,
    mark,
    says,
    stored,
    team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(fatma, mark):
    """A request that Fatma filled in with the resident, at the table."""
    resident = make_conversation(channel="webchat")
    says(resident, table.begin(fatma, "nl", {"contact_how": "chat"}, ""))
    turns.drain(resident.pk)
    resident.refresh_from_db()
    return consent.store(resident, says(resident, "Ja", kind="tap"))


def closed(handover, helper):
    """Taken up and ended by this helper; the last keys the resident heard."""
    service.accept(handover.pk, helper)
    service.close(handover.pk, helper, "contact")
    handover.conversation.refresh_from_db()
    return keys(handover.conversation)


def tap(handover, answer):
    message = says(handover.conversation, "…", kind="tap")
    message.payload = f'/{"affirm" if answer == "yes" else "deny"}{{"outcome":"{answer}"}}'
    return [reply.key for reply in without_rasa.replies_to(handover.conversation, message)]


def page(helper):
    """What their list of ended ones shows."""
    client = Client()
    client.force_login(helper.user)
    return client.get("/desk/?tab=closed").content.decode()


def told(helper):
    return "De bewoner vond het goed" in page(helper)


def test_who_began_it_at_the_table_hears_it_after_a_yes_and_no_more(begun, fatma, mark):
    """Asked once behind the last words; a no takes it back, and opening it again too."""
    assert closed(begun, mark)[-2:] == ["handover.closed", "handover.ask_outcome"]
    assert not told(fatma)
    assert tap(begun, "yes") == ["handover.outcome_told"]
    assert told(fatma)
    assert not told(mark)
    assert tap(begun, "no") == ["handover.outcome_kept"]
    assert not told(fatma)
    tap(begun, "yes")
    service.reopen(begun.pk, mark)
    assert not told(fatma)
    assert closed(begun, mark).count("handover.ask_outcome") == 1


def test_who_handed_it_on_hears_it_also_from_another_team(fatma, mark, team):
    """The list names the language and the end, and leads nowhere."""
    handover = stored(make_conversation("tr", channel="webchat"))
    service.accept(handover.pk, fatma)
    other = make_team("Buurtteam Het Baken")
    handing_on.to_team(handover.pk, fatma, other)
    assert "handover.ask_outcome" in closed(handover, make_helper(other, "Ingrid"))
    tap(handover, "yes")
    assert Handover.objects.get().outcome_for == fatma
    assert "Turks" in page(fatma)
    assert str(handover.pk) not in page(fatma)


@pytest.mark.parametrize("why", ["a worker began it", "closed by her", "stepped back", "read by others", "wished somebody else"])
def test_nobody_is_asked_about(why, fatma, mark, team):
    """Nor told by a forged tap."""
    conversation = make_conversation(channel="webchat")
    handover = stored(conversation)
    began = make_helper(team, "Ingrid") if why == "a worker began it" else fatma
    Handover.objects.update(begun_by=began, let_go=[fatma.pk] if why == "wished somebody else" else [])
    if why == "stepped back":
        handing_on.may_know(handover.pk, fatma)
    if why == "read by others":
        conversation.resident.discreet = True
        conversation.resident.save()
        handover.conversation.refresh_from_db()
    assert "handover.ask_outcome" not in closed(handover, fatma if why == "closed by her" else mark)
    assert tap(handover, "yes") == ["handover.outcome_kept"]
    assert Handover.objects.get().outcome_for is None


def test_a_yes_is_to_the_person_who_was_named(begun, fatma, mark, team):
    """Not to another key person who would be the one today."""
    yusuf = make_helper(team, "Yusuf", kind="key_person")
    service.accept(begun.pk, yusuf)
    service.hand_back(begun.pk, yusuf)
    closed(begun, mark)
    Helper.objects.filter(pk=fatma.pk).update(active=False)
    assert tap(begun, "yes") == ["handover.outcome_kept"]
    assert Handover.objects.get().outcome_for is None


@pytest.mark.parametrize("tag", ON_OFFER)
def test_every_language_asks_it_with_a_yes_and_a_no(tag, begun, mark):
    """In the resident's own words."""
    begun.conversation.language = tag
    begun.conversation.save()
    closed(begun, mark)
    said = begun.conversation.messages.get(key="handover.ask_outcome")
    assert (said.language, len(said.buttons), "Fatma" in said.text) == (tag, 2, True)
