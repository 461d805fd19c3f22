"""The queue: its order, rows, tabs, filters and pages, and that a long one stays quick."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bot.conversations.models import Conversation, Resident
from bot.desk.forms import ListChoice
from bot.desk.queue import queue_of
from bot.handover import service
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper
from tests.integration.desk_helpers import HTMX, handover, ingrid, order_of, signed_in, web  # noqa: F401
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    make_conversation,
    make_helper,
    mark,
    says,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db
_QUESTIONS = 40
TABS = ("open", "mine", "waiting", "late", "urgent", "team", "closed")


@pytest.fixture
def three(team):
    """Stored one after the other; the second must be answered last."""
    now, found = timezone.now(), [stored(make_conversation(tag)) for tag in ("tr", "ar", "nl")]
    for n, (one, hours) in enumerate(zip(found, (3, 9, 5), strict=True)):
        times = {"created_at": now - dt.timedelta(minutes=30 - n), "due_at": now + dt.timedelta(hours=hours)}
        Handover.objects.filter(pk=one.pk).update(**times)
    return found


def test_the_list_sorts_three_ways_and_keeps_urgent_ones_first(web, three):
    """By promise unless asked otherwise; newest; oldest."""
    first, second, third = three
    assert order_of(web, three, "?order=newest") == [third, second, first]
    assert order_of(web, three, "?order=oldest") == [first, second, third]
    assert order_of(web, three) == [first, third, second]
    Handover.objects.filter(pk=second.pk).update(urgent=True)
    assert order_of(web, three) == [second, first, third]


def test_a_row_tells_language_wishes_area_and_time_but_no_word_of_the_resident(web, team):
    """Both names of the language; late and urgent are said in words."""
    handover = stored(make_conversation("tr"), text="gizli kelimeler", helper_gender="woman", circle="outside", area="3061")
    Handover.objects.filter(pk=handover.pk).update(due_at=timezone.now() - dt.timedelta(hours=1), urgent=True)
    html = web.get("/desk/").content.decode()
    for shown in ("Türkçe", "Turks", "een vrouw", "buurt 3061", "net binnen", "beloofd: ", "Te laat", "Spoed"):
        assert shown in html
    for hidden in ("gizli", "niet kent"):
        assert hidden not in html


def test_the_list_filters_by_language_and_urgency(web, three):
    """What is hidden is counted; nonsense in the address means the usual."""
    assert order_of(web, three, "?language=ar") == [three[1]]
    assert "2 andere passen niet" in web.get("/desk/?language=ar").content.decode()
    assert "Niets past bij deze keuze" in web.get("/desk/?urgent=1").content.decode()
    assert len(order_of(web, three, "?tab=x&order=%00&urgent=ja")) == 3


def test_empty_lists_say_what_to_do(web):
    """Each tab has its own sentence."""
    for tab, words in (("open", "Laat deze pagina open"), ("mine", "Kijk bij Open"), ("closed", "nog niets afgesloten")):
        assert words in web.get(f"/desk/?tab={tab}").content.decode()


def test_tabs_hold_what_is_open_mine_and_closed(web, handover, mark, ingrid):
    """A handover moves from tab to tab; only a coordinator sees those of colleagues."""
    where = lambda client: [t for t in ("open", "mine", "team", "closed") if order_of(client, [handover], f"?tab={t}")]  # noqa: E731
    assert where(web)[0] == "open"
    service.accept(handover.pk, mark)
    assert where(web) == ["mine"]
    Helper.objects.filter(pk=ingrid.pk).update(coordinator=True)
    assert where(signed_in(ingrid)) == ["team"]
    service.close(handover.pk, mark, "contact")
    assert where(web) == ["closed"]


def test_a_refresh_in_the_background_gets_only_the_list(web, handover):
    """The same address gives the piece that is replaced."""
    html = web.get("/desk/", headers=HTMX).content.decode()
    assert html.startswith('<div id="list"')
    assert "<html" not in html


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
        assert web.get("/desk/", headers=HTMX).status_code == 200
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
