"""What a handover goes through at the desk: handing on, stepping back, attempts, a second person, the summary."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt
import threading

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from bot.conversations.models import Conversation, Message, Resident
from bot.conversations.outbox import next_position
from bot.handover import service, watch
from bot.handover.exceptions import Stale
from bot.handover.models import Handover, HandoverEvent
from bot.neighbourhood.models import Helper
from tests.integration.desk_helpers import HTMX, handover, held, signed_in, url  # noqa: F401
from tests.integration.handover_helpers import (  # noqa: F401
    button,
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
LATER = timezone.now() + dt.timedelta(hours=24)


def act(client, name, handover, **data):
    return client.post(url(name, handover), data)


def page(client, handover, name="handover"):
    return client.get(url(name, handover)).content.decode()


def taps(conversation, payload):
    return Message.objects.create(
        conversation=conversation, position=next_position(conversation), author="resident", kind="tap", text="x", payload=payload,
        channel=conversation.channel, language=conversation.language,
    )  # fmt: skip


@pytest.fixture
def ingrid(team):
    return make_helper(team, "Ingrid", languages=["nl", "tr"])


# --- handing on --------------------------------------------------------------------------------------------------


def test_a_colleague_is_asked_and_accepts(held, mark, ingrid, conversation):
    """It is first in their list; until then everybody of the team may take it; the resident is told, once."""
    service.write(held.pk, mark, "Hallo")
    for _ in range(2):
        assert act(signed_in(mark), "hand_on", held, to=f"helper-{ingrid.pk}").status_code == 302
    handover = Handover.objects.get()
    assert (handover.state, handover.holder, handover.meant_for) == ("open", None, ingrid)
    conversation.refresh_from_db()
    assert conversation.held_by == "", "the computer answers meanwhile"
    assert keys(conversation).count("handover.handed_on") == 1
    assert "jou gevraagd" in signed_in(ingrid).get("/desk/").content.decode()
    assert "overgedragen: Ingrid" in page(signed_in(mark), held)
    act(signed_in(ingrid), "accept", held)
    assert (Handover.objects.get().holder, Handover.objects.get().meant_for) == (ingrid, None)


def test_another_team_takes_over_and_the_resident_can_say_no(held, mark, conversation):
    """From then on only the other team sees it; the message carries the button that takes it all back."""
    baken = make_team("Buurtteam Het Baken", ["3063"])
    Conversation.objects.update(window_until=LATER)
    assert "Buurtteam Het Baken" not in page(signed_in(mark), held)  # nobody is in it: there it would lie unseen
    assert act(signed_in(mark), "hand_on", held, to=f"team-{baken.pk}").status_code == 422
    make_helper(baken, "Samira")
    assert act(signed_in(mark), "hand_on", held, to=f"team-{baken.pk}").url == "/desk/"
    assert Handover.objects.get().team == baken
    told = Message.objects.get(key="handover.handed_on_team")
    assert "Buurtteam Het Baken" in told.text
    assert "/withdraw_consent" in [b["payload"] for b in told.buttons]
    assert signed_in(mark).get(url("handover", held)).status_code == 404
    assert str(held.pk) in signed_in(make_helper(baken, "Yusuf")).get("/desk/").content.decode()


@pytest.mark.parametrize("why", ["read by others", "window closed", "no window yet", "blocked"])
def test_who_cannot_be_told_keeps_the_team(held, mark, conversation, why):
    """Nothing is handed to other readers before the resident can hear of it and say no."""
    Resident.objects.update(discreet=why == "read by others")
    until = {"window closed": timezone.now() - dt.timedelta(minutes=1), "no window yet": None}.get(why, LATER)
    Conversation.objects.update(window_until=until, blocked_at=timezone.now() if why == "blocked" else None)
    baken, before = make_team("Buurtteam Het Baken", ["3063"]), Message.objects.count()
    make_helper(baken, "Samira")
    answer = act(signed_in(mark), "hand_on", held, to=f"team-{baken.pk}")
    assert (answer.status_code, "leest misschien iemand mee" in answer.content.decode()) == (409, True)
    assert (Handover.objects.get().team_id, Message.objects.count()) == (held.team_id, before)


def test_only_who_holds_it_or_the_coordinator_hands_on(held, mark, ingrid, fatma):
    """A colleague changes nothing; a wish for a worker keeps a key person out; nonsense is refused."""
    assert act(signed_in(ingrid), "hand_on", held, to=f"helper-{fatma.pk}").status_code == 409
    for to in ("", "helper-x", "helper-999999", "user-1", f"helper-{make_helper(make_team('Elders'), 'Piet').pk}"):
        assert act(signed_in(mark), "hand_on", held, to=to).status_code == 422
    Handover.objects.update(wishes={"helper_kind": "worker"})
    assert act(signed_in(mark), "hand_on", held, to=f"helper-{fatma.pk}").status_code == 409
    assert Handover.objects.get().holder == mark
    Helper.objects.filter(pk=ingrid.pk).update(coordinator=True)
    other = make_helper(held.team, "Noor")
    assert act(signed_in(Helper.objects.get(pk=ingrid.pk)), "hand_on", held, to=f"helper-{other.pk}").status_code == 302
    assert Handover.objects.get().meant_for == other


def test_a_key_person_who_may_know_the_resident_steps_back_without_a_reason(team, fatma, mark):
    """No word was shown, no reading noted; it is gone from their list and stays in the team's."""
    handover, client = stored(make_conversation("tr"), text="gizli"), signed_in(fatma)
    html = page(client, handover)
    assert ("Ik ken deze persoon misschien" in html, "gizli" in html) == (True, False)
    for _ in range(2):
        act(client, "may_know", handover)
    assert HandoverEvent.objects.filter(kind="may_know").count() == 1
    assert str(handover.pk) not in client.get("/desk/").content.decode()
    assert act(client, "accept", handover).status_code == 404
    assert not HandoverEvent.objects.filter(kind="read").exists()
    assert str(handover.pk) in signed_in(mark).get("/desk/").content.decode()
    assert Message.objects.filter(author="bot", key__contains="handed").count() == 0


# --- attempts ----------------------------------------------------------------------------------------------------


def test_an_attempt_that_reached_the_resident_is_the_contact(held, mark, conversation):
    """It is no longer late; the timeline says how; a double click is one line."""
    for _ in range(2):
        act(signed_in(mark), "attempt", held, way="phone", reached="yes")
    assert Handover.objects.get().state == "contacted"
    assert page(signed_in(mark), held).count("gebeld: bereikt") == 1
    assert "handover.tried" not in keys(conversation)
    assert keys(conversation).count("handover.follow_up") == 1


def test_the_resident_has_the_last_word_on_a_contact(held, mark, conversation):
    """The helper noted that they spoke; a no brings it back to the team, a second person no longer reads along."""
    act(signed_in(mark), "attempt", held, way="phone", reached="yes")
    Handover.objects.update(second=make_helper(held.team, "Noor"))
    watch.hear(conversation, False, str(held.pk))
    handover = Handover.objects.get()
    assert (handover.state, handover.holder, handover.second) == ("open", None, None)
    assert "wij spraken elkaar niet" in page(signed_in(mark), held)


def test_an_attempt_that_failed_is_told_to_the_resident_and_changes_no_state(held, mark, ingrid, conversation):
    """Only by the holder; a choice is needed."""
    assert act(signed_in(mark), "attempt", held, way="phone").status_code == 422
    assert act(signed_in(ingrid), "attempt", held, way="phone", reached="no").status_code == 409
    act(signed_in(mark), "attempt", held, way="visit", reached="no")
    assert Handover.objects.get().state == "accepted"
    assert keys(conversation).count("handover.tried") == 1
    assert "langsgegaan: niet bereikt" in page(signed_in(mark), held)


# --- a second person ---------------------------------------------------------------------------------------------


def test_a_second_person_comes_in_only_after_the_residents_yes(held, mark, fatma, conversation):
    """Asked once; before the yes nothing opens; afterwards both read and write, and the holder keeps the hold."""
    service.write(held.pk, mark, "geheim antwoord")
    for _ in range(2):
        act(signed_in(mark), "ask_second", held, colleague=fatma.pk)
    assert keys(conversation).count("handover.joined") == 1
    assert act(signed_in(fatma), "join", held).status_code == 409
    assert "geheim antwoord" not in page(signed_in(fatma), held)
    taps(conversation, button(conversation, '"yes"'))
    assert "De bewoner zei ja" in page(signed_in(mark), held)
    live = signed_in(fatma).get(url("live", held) + "?phase=other", headers=HTMX)
    assert live.headers["HX-Refresh"] == "true", "the button to join appears by itself"
    for _ in range(2):
        assert act(signed_in(fatma), "join", held).status_code == 302
    assert "geheim antwoord" in page(signed_in(fatma), held)
    act(signed_in(fatma), "write", held, text="Merhaba, ben Fatma")
    conversation.refresh_from_db()
    assert (Message.objects.filter(author="helper").count(), conversation.held_by) == (2, "Mark")


@pytest.mark.parametrize(("said", "joins"), [("ja", True), ("nee", False), ("wie is dat?", None)])
def test_the_answer_may_be_typed(held, mark, fatma, conversation, said, joins):
    """A clear yes or no right after the question; anything else lets the question stand."""
    act(signed_in(mark), "ask_second", held, colleague=fatma.pk)
    says(conversation, said)
    words = {True: "De bewoner zei ja", False: "wil niet dat Fatma meedoet", None: "Er is nog geen antwoord"}
    html = page(signed_in(mark), held)
    assert words[joins] in html


def test_nobody_is_asked_on_a_phone_that_others_read(held, mark, fatma, conversation):
    """The question would show that a person is involved."""
    Resident.objects.update(discreet=True)
    assert act(signed_in(mark), "ask_second", held, colleague=fatma.pk).status_code == 409
    assert "handover.joined" not in keys(conversation)


def test_another_colleague_is_no_second_click(held, mark, fatma, ingrid, conversation):
    """The last step was to ask for Fatma; that Ingrid cannot be asked for is said, and a real second click is still no error."""
    web = signed_in(mark)
    assert act(web, "ask_second", held, colleague=fatma.pk).status_code == 302
    Resident.objects.update(discreet=True)
    assert act(web, "ask_second", held, colleague=fatma.pk).status_code == 302
    refused = act(web, "ask_second", held, colleague=ingrid.pk)
    assert refused.status_code == 409
    assert "of Ingrid mee mag doen" not in refused.content.decode()
    assert (Handover.objects.get().asked_second, keys(conversation).count("handover.joined")) == (fatma, 1)


# --- urgent, summary, races --------------------------------------------------------------------------------------


def test_an_urgent_one_names_who_is_on_call(conversation, mark, ingrid, team):
    """Or says that nobody was filled in."""
    handover = stored(conversation)
    assert "Dienst" not in page(signed_in(mark), handover)
    Handover.objects.update(urgent=True)
    assert "Niemand is ingevuld voor spoed" in page(signed_in(mark), handover)
    team.on_call = ingrid
    team.save()
    assert "Dienst: Ingrid" in page(signed_in(mark), handover)


def test_the_summary_is_person_first_and_opening_it_is_noted_once(team, mark, fatma):
    """What it is about, wishes, words; only agreed lines; not for who sees a card; a removed line is named by no name."""
    handover = stored(make_conversation("tr"), text="kiramı ödeyemiyorum", helper_gender="woman", circle="outside")
    Message.objects.filter(text__isnull=False, author="resident").update(intent="rent_worry")
    Handover.objects.update(receipt=[r for r in handover.receipt if r[0] != "contact"])
    web = signed_in(mark)
    seen = page(web, handover)
    assert seen.index("Waar het nu om gaat") < seen.index("de huur") < seen.index("een vrouw")
    assert "De bewoner liet iets weg" in seen
    page(web, handover, "paper")
    html = page(web, handover, "paper")
    assert html.index("de huur") < html.index("een vrouw") < html.index("kiramı ödeyemiyorum")
    assert "de bewoner liet iets weg" in html
    assert "niet kent" not in html
    kinds = [e.kind for e in HandoverEvent.objects.exclude(kind="stored")]
    assert kinds == ["read", "copied"]
    other = stored(make_conversation("ar"), text="سري")
    assert "سري" not in page(signed_in(fatma), other, "paper")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_the_same_moment_exactly_one_wins():
    """Forty rounds here, five hundred in bench; the other is told, and the page names who."""
    team = make_team()
    pair = [make_helper(team, "Mark"), make_helper(team, "Ingrid")]
    for _ in range(40):
        handover, told, start = stored(make_conversation()), [], threading.Barrier(2)

        def take(helper, handover=handover, told=told, start=start):
            start.wait()
            try:
                told.append(service.accept(handover.pk, helper).holder_id)
            except Stale:
                told.append(None)
            finally:
                connection.close()

        racers = [threading.Thread(target=take, args=[h]) for h in pair]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        winner = Handover.objects.get(pk=handover.pk).holder_id
        assert sorted(told, key=str) == sorted([winner, None], key=str)
        assert HandoverEvent.objects.filter(handover=handover, kind="accepted").count() == 1
    loser = next(h for h in pair if h.pk != winner)
    answer = act(signed_in(loser), "accept", handover)
    name = next(h.first_name for h in pair if h.pk == winner)
    assert f"{name} heeft dit aangenomen" in answer.content.decode()


def test_every_step_is_in_the_timeline_in_words(held, mark):
    """No code of ours is ever shown."""
    from bot.desk.words import EVENTS
    from bot.handover.states import Kind

    assert set(Kind) - set(EVENTS) == {Kind.MESSAGE}
    html = page(signed_in(mark), held)
    assert timezone.localtime(held.events.first().at).strftime("%H:%M") in html


@pytest.mark.parametrize("number", ["²", "٣", "-1", "9" * 5000, "", "abc", "2147483648999"])
def test_a_number_that_is_none_is_refused_kindly(held, mark, number):
    """Not a page that broke."""
    web = signed_in(mark)
    statuses = [act(web, "hand_on", held, to=f"helper-{number}"), act(web, "ask_second", held, colleague=number)]
    assert [answer.status_code for answer in statuses] == [422, 422]
    assert web.get(reverse("desk:overview"), {"page": number}).status_code == 200
