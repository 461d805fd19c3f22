"""The queue: its tabs, filters and pages, and that a long one stays quick."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bot.conversations.models import Conversation, Resident
from bot.desk.forms import ListChoice
from bot.desk.queue import queue_of
from bot.handover import service
from bot.handover.models import Handover
from tests.integration.handover_helpers import make_conversation, make_helper, mark, says, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db
_QUESTIONS = 40
TABS = ("open", "mine", "waiting", "late", "urgent", "team", "closed")


def signed_in(helper):
    client = Client()
    client.force_login(helper.user)
    return client


def tabs_of(client, handover):
    return [t for t in TABS if str(handover.pk) in client.get(f"/desk/?tab={t}").content.decode()]


def test_a_handover_stands_in_every_tab_that_fits(mark, team):
    """Open, then mine; waiting for the resident until they write; late and urgent across."""
    conversation = make_conversation()
    handover, web = stored(conversation), signed_in(mark)
    assert tabs_of(web, handover) == ["open"]
    Handover.objects.update(due_at=timezone.now() - dt.timedelta(minutes=1), urgent=True)
    assert tabs_of(web, handover) == ["open", "late", "urgent"]
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Hallo")
    assert tabs_of(web, handover) == ["mine", "waiting", "urgent"]
    says(conversation, "dag")
    assert tabs_of(web, handover) == ["mine", "urgent"]
    assert "jij bent aan de beurt" in web.get("/desk/?tab=mine").content.decode()
    service.close(handover.pk, mark, "contact")
    assert tabs_of(web, handover) == ["closed"]


def test_a_worker_sees_which_colleague_has_what_and_a_key_person_does_not(mark, team):
    """The team's tab: language and wishes as on a card."""
    handover = stored(make_conversation("tr"), text="gizli")
    service.accept(handover.pk, mark)
    html = signed_in(make_helper(team, "Ingrid")).get("/desk/?tab=team").content.decode()
    assert ("bij Mark" in html, "gizli" in html) == (True, False)
    assert tabs_of(signed_in(make_helper(team, "Fatma", kind="key_person")), handover) == []


def test_a_key_person_is_not_even_told_how_many_wish_for_somebody_else(team):
    """Wishes for a worker or for somebody outside the circle are in no list, count or filter of theirs."""
    fatma = make_helper(team, "Fatma", kind="key_person")
    kept = stored(make_conversation())
    Handover.objects.filter(pk=kept.pk).update(urgent=True)
    stored(make_conversation(), circle="outside")
    stored(make_conversation(), helper_kind="worker")
    html = signed_in(fatma).get("/desk/").content.decode()
    assert 'data-open="1"' in html
    assert html.count('class="row ') == 1


def test_filters_by_wish_and_neighbourhood(mark, team):
    """What is hidden is counted; nonsense in the address means the usual."""
    woman = stored(make_conversation(), helper_gender="woman", area="3061")
    tolk = stored(make_conversation("tr"), interpreter="wanted")
    web = signed_in(mark)

    def found(query):
        html = web.get(f"/desk/?{query}").content.decode()
        return [h for h in (woman, tolk) if str(h.pk) in html]

    assert [found("wish=woman"), found("wish=interpreter"), found("wish=companion")] == [[woman], [tolk], []]
    assert [found("area=3061"), found("area=3062"), found("area=3061&wish=interpreter")] == [[woman], [], []]
    assert found("wish=zomaar&area=%00&page=9x") == [woman, tolk] or found("wish=zomaar") == [tolk, woman]
    assert "1 andere past niet" in web.get("/desk/?wish=woman").content.decode()


def many(team, count):
    now = timezone.now()
    people = Resident.objects.bulk_create(Resident() for _ in range(count))
    talks = Conversation.objects.bulk_create(
        Conversation(resident=p, channel="webchat", address_hash=f"h{n}") for n, p in enumerate(people)
    )
    Handover.objects.bulk_create(
        Handover(
            resident=p, conversation=c, team=team, language="tr", wishes={"helper_gender": "woman", "language": "tr"},
            receipt=[["words", "Mijn woorden", "x" * 300]], due_at=now + dt.timedelta(minutes=n),
        )
        for n, (p, c) in enumerate(zip(people, talks))
    )  # fmt: skip


def test_two_thousand_waiting_are_shown_in_pages(mark, team):
    """Fifty a page, with as few questions to the database as for one. How long it takes is a bench's affair."""
    many(team, 2000)
    web = signed_in(mark)
    html = web.get("/desk/").content.decode()
    assert ("1 tot 50 van 2000" in html, html.count('id="row-')) == (True, 50)
    assert "page=2" in html
    assert "51 tot 100" in web.get("/desk/?page=2").content.decode()
    with CaptureQueriesContext(connection) as asked:
        assert web.get("/desk/", headers={"HX-Request": "true"}).status_code == 200
    assert len(asked) < _QUESTIONS
    assert "2000" in web.get("/desk/?wish=woman").content.decode()


def test_in_whose_place_somebody_else_was_wished_sees_it_in_no_list(team):
    """A colleague and the coordinator do; a name that begins alike is another number."""
    mark, elif_ = make_helper(team, "Mark"), make_helper(team, "Elif")
    ingrid = make_helper(team, "Ingrid", coordinator=True)
    handover = stored(make_conversation("tr"))
    Handover.objects.update(let_go=[mark.pk, 10 * elif_.pk])
    shown = {h.first_name: len(queue_of(h, ListChoice()).tabs["open"]) for h in (mark, elif_, ingrid)}
    assert shown == {"Mark": 0, "Elif": 1, "Ingrid": 1}
    assert handover.pk == queue_of(elif_, ListChoice()).tabs["open"][0].pk
