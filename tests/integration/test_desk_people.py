"""People and teams: what a coordinator keeps up to date, and that nobody is lost when somebody leaves."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from bot.handover import service
from bot.handover.models import Handover
from bot.handover.states import first_due
from bot.neighbourhood.accounts import AccountEvent
from bot.neighbourhood.activities import upcoming
from bot.neighbourhood.hours import is_open
from bot.neighbourhood.models import Absence, Activity, Helper, Team, User
from tests.integration.desk_helpers import signed_in
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    make_conversation,
    make_helper,
    make_team,
    mark,
    stored,
    team,
)
from tests.integration.neighbourhood_helpers import ingrid, place, web  # noqa: F401

pytestmark = pytest.mark.django_db


def test_a_helper_is_described_in_full(web, mark):
    """Languages with their variety, gender, neighbourhoods, hours and how many at once; nonsense is refused with a reason."""
    data = {"first_name": "Marco", "kind": "key_person", "gender": "", "languages": ["nl", "ary-Latn"], "areas": "3061, 3062",
            "hours": "ma 09:00-12:30\nvr 13:00-17:00", "capacity": "4"}  # fmt: skip
    assert web.post(f"/desk/people/{mark.pk}/", data).status_code == 302
    mark.refresh_from_db()
    assert (mark.first_name, mark.languages, mark.areas, mark.capacity) == ("Marco", ["nl", "ary-Latn"], ["3061", "3062"], 4)
    assert mark.hours == {"1": ["09:00", "12:30"], "5": ["13:00", "17:00"]}
    for wrong in ({"areas": "306"}, {"hours": "ma 17:00-09:00"}, {"languages": ["xx"]}, {"first_name": ""}):
        assert web.post(f"/desk/people/{mark.pk}/", {**data, **wrong}).status_code == 422
    html = web.get(f"/desk/people/{mark.pk}/").content.decode()
    assert "ma 09:00-12:30" in html


def test_a_second_line_for_a_day_is_refused_instead_of_taking_its_place(web, mark):
    """A break at noon as two lines: the morning was dropped, and the page said that it was kept."""
    data = {"first_name": "Mark", "kind": "worker", "languages": ["nl"], "hours": "ma 09:00-12:00\nma 13:00-17:00"}
    answer = web.post(f"/desk/people/{mark.pk}/", data)
    assert (answer.status_code, "Schrijf één regel per dag" in answer.content.decode()) == (422, True)
    assert Helper.objects.get(pk=mark.pk).hours == mark.hours


def test_another_role_is_written_down_with_who_gave_it(web, mark, ingrid):
    """From and to, for the administrator and the own coordinator; saving the same role is no event; other teams see nothing."""
    data = {"first_name": "Mark", "kind": "worker", "languages": ["nl"]}
    web.post(f"/desk/people/{mark.pk}/", data)
    assert not AccountEvent.objects.exists()
    web.post(f"/desk/people/{mark.pk}/", {**data, "coordinator": "on"})
    web.post(f"/desk/people/{mark.pk}/", {**data, "kind": "key_person"})
    told = [(e.email, e.kind, e.actor, e.before, e.after) for e in AccountEvent.objects.order_by("pk")]
    mail = mark.user.email
    assert told == [
        (mail, "role_changed", ingrid.user, "worker", "coordinator"),
        (mail, "role_changed", ingrid.user, "coordinator", "key_person"),
    ]
    office = Client()
    office.force_login(User.objects.create(email="baas@example.nl", username="baas", office="administrator"))
    for page in (web, office):
        assert "rol veranderd van medewerker in coördinator (Ingrid)" in page.get("/desk/people/").content.decode()
    elsewhere = signed_in(make_helper(make_team("Elders", ["3063"]), "Piet", coordinator=True))
    assert mail not in elsewhere.get("/desk/people/").content.decode()


def test_who_leaves_first_hands_on_and_stays_in_the_timeline(web, mark, ingrid, conversation):
    """Not while somebody counts on them; afterwards the desk is closed and the names are still there."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    browser = signed_in(mark)
    web.post(f"/desk/people/{mark.pk}/away")
    assert Helper.objects.get(pk=mark.pk).active
    service.close(handover.pk, mark, "contact")
    web.post(f"/desk/people/{mark.pk}/away")
    assert browser.get("/desk/").status_code == 302, "signed out"
    assert Handover.objects.get().holder == mark
    assert "Mark" in web.get(f"/desk/handovers/{handover.pk}/").content.decode()
    web.post(f"/desk/people/{mark.pk}/away")
    assert Helper.objects.get(pk=mark.pk).active
    web.post(f"/desk/people/{ingrid.pk}/away")
    assert Helper.objects.get(pk=ingrid.pk).active, "nobody locks themselves out"


def test_nobody_counts_on_who_left(web, team, mark, ingrid, conversation, place):
    """Not on call, named at no activity, standing in for nobody, second in no conversation; what has ended stays as it was."""
    fatma, today = make_helper(team, "Fatma", kind="key_person"), timezone.localdate()
    handover, asked, ended = (stored(talk) for talk in (conversation, make_conversation(), make_conversation()))
    for each, role in ((handover, "second"), (asked, "asked_second"), (ended, "second")):
        service.accept(each.pk, mark)
        Handover.objects.filter(pk=each.pk).update(**{role: fatma})
    service.close(ended.pk, mark, "contact")
    Handover.objects.update(urgent=True)
    Team.objects.filter(pk=team.pk).update(on_call=fatma)
    Absence.objects.create(helper=mark, first_day=today, last_day=today, replacement=fatma)
    Activity.objects.create(titles={"nl": "Koken"}, place=place, weekday=4, time="18:00", helper=fatma)
    page = f"/desk/handovers/{handover.pk}/"
    assert "Dienst: Fatma" in web.get(page).content.decode()
    assert upcoming("", timezone.now())[0].values("nl", timezone.now())["person"] == "Fatma"
    Helper.objects.filter(pk=fatma.pk).update(active=False)
    assert "Dienst: Fatma" not in web.get(page).content.decode(), "nor who left before this was looked after"
    assert "person" not in upcoming("", timezone.now())[0].values("nl", timezone.now())
    Helper.objects.filter(pk=fatma.pk).update(active=True)
    web.post(f"/desk/people/{fatma.pk}/away")
    seconds = {h.pk: (h.second, h.asked_second) for h in Handover.objects.all()}
    assert seconds == {handover.pk: (None, None), asked.pk: (None, None), ended.pk: (fatma, None)}
    assert not Team.objects.filter(on_call=fatma).exists()
    assert (Absence.objects.get().replacement, Activity.objects.get().helper) == (None, None)


def test_the_last_who_sees_what_waits_does_not_leave(team, mark, conversation):
    """An open handover in a team without anybody is one that nobody can open or hand on; a key person may not see all of them."""
    handover = stored(conversation)
    fatma = make_helper(team, "Fatma", kind="key_person")
    office = Client()
    office.force_login(User.objects.create(email="baas@example.nl", username="baas", office="administrator"))
    html = office.post(f"/desk/people/{mark.pk}/away", follow=True).content.decode()
    assert "niemand anders in dit team ziet dat" in html
    assert Helper.objects.get(pk=mark.pk).active
    office.post(f"/desk/people/{fatma.pk}/away")
    assert not Helper.objects.get(pk=fatma.pk).active, "the others see it"
    service.accept(handover.pk, mark)
    service.close(handover.pk, mark, "contact")
    office.post(f"/desk/people/{mark.pk}/away")
    assert not Helper.objects.get(pk=mark.pk).active, "nobody waits any more"


def test_the_last_who_sees_what_waits_does_not_become_a_key_person(team, mark, conversation):
    """It is the same as leaving: who waits would lie unseen."""
    stored(conversation)
    office = Client()
    office.force_login(User.objects.create(email="baas@example.nl", username="baas", office="administrator"))
    data = {"first_name": "Mark", "kind": "key_person", "languages": ["nl"]}
    answer = office.post(f"/desk/people/{mark.pk}/", data)
    assert (answer.status_code, "niemand anders in dit team ziet dat" in answer.content.decode()) == (422, True)
    assert Helper.objects.get(pk=mark.pk).kind == "worker"
    assert not AccountEvent.objects.exists()
    make_helper(team, "Ingrid", coordinator=True)
    assert office.post(f"/desk/people/{mark.pk}/", data).status_code == 302, "a colleague sees it"
    assert Helper.objects.get(pk=mark.pk).kind == "key_person"


def test_an_absence_has_two_ends_and_a_replacement_from_the_team(web, mark, ingrid):
    """The last day is not before the first; nobody replaces themselves."""
    address = f"/desk/people/{mark.pk}/absence"
    data = {"first_day": "2027-03-01", "last_day": "2027-03-05", "replacement": ingrid.pk}
    assert web.post(address, data).status_code == 302
    assert web.post(address, {**data, "last_day": "2027-02-01"}).status_code == 422
    assert web.post(address, {**data, "replacement": mark.pk}).status_code == 422
    assert Absence.objects.get().replacement == ingrid


def test_an_absence_is_ended_or_taken_away(web, mark, ingrid):
    """One that runs ends yesterday, one that has not begun is gone; what is over, and another helper's, stays as it is."""
    day, today = dt.timedelta(days=1), timezone.localdate()
    runs, begins, later, over = (
        Absence.objects.create(helper=mark, first_day=today + a * day, last_day=today + b * day).pk
        for a, b in ((-3, 300), (0, 2), (5, 9), (-9, -5))
    )
    other = Absence.objects.create(helper=ingrid, first_day=today, last_day=today + day).pk
    html = web.get(f"/desk/people/{mark.pk}/").content.decode()
    assert [html.count(f'name="absence" value="{pk}"') for pk in (runs, begins, later, over)] == [1, 1, 1, 0]
    assert (html.count("Weer terug"), html.count("Haal weg")) == (1, 2)
    for pk in (runs, begins, later, later, over, other, "x"):
        assert web.post(f"/desk/people/{mark.pk}/absence/end", {"absence": pk}).status_code == 302
    ends = dict(Absence.objects.values_list("pk", "last_day"))
    assert ends == {runs: today - day, over: today - 5 * day, other: today + day}


def test_a_teams_interpreter_and_who_is_on_call(web, team, mark):
    """As the handover's page shows them; only a helper of the team is on call."""
    data = {"areas": "3061", "hours": "ma 09:00-17:00", "interpreter_number": "088-1", "on_call": mark.pk,
            "urgent_minutes": 60}  # fmt: skip
    assert web.post(f"/desk/teams/{team.pk}/", data).status_code == 302
    team.refresh_from_db()
    assert (team.on_call, team.interpreter_number) == (mark, "088-1")
    stranger = make_helper(Team.objects.create(name="Elders"), "Piet")
    assert web.post(f"/desk/teams/{team.pk}/", {**data, "on_call": stranger.pk}).status_code == 422


def test_a_team_sets_how_soon_it_answers(web, team):
    """Per urgency, in open time; what the resident is told and what counts as late follow from it."""
    data = {"hours": "di 08:00-20:00", "areas": "3061", "urgent_minutes": 30, "promise_hours": 2}
    for name, wrong in (("urgent_minutes", (5, 600, "")), ("promise_hours", (0, 99))):
        assert {web.post(f"/desk/teams/{team.pk}/", {**data, name: value}).status_code for value in wrong} == {422}
    assert web.post(f"/desk/teams/{team.pk}/", data).status_code == 302
    team.refresh_from_db()
    noon = timezone.make_aware(dt.datetime(2027, 3, 2, 12, 0))
    assert first_due(team, noon, False) == (noon + dt.timedelta(hours=2), True)
    assert first_due(team, noon, True) == (noon + dt.timedelta(minutes=30), True)
    web.post(f"/desk/teams/{team.pk}/", {**data, "promise_hours": ""})
    team.refresh_from_db()
    assert first_due(team, noon, False)[0] == noon.replace(hour=20)


def test_a_team_is_closed_on_its_own_days(web, team):
    """Nothing is promised for them; what is no day is said."""
    data = {"hours": "di 09:00-17:00\nwo 09:00-17:00", "urgent_minutes": 60}
    assert web.post(f"/desk/teams/{team.pk}/", {**data, "closed": "32-13-2027"}).status_code == 422
    assert web.post(f"/desk/teams/{team.pk}/", {**data, "closed": "02-03-2027\n01-03-2027, 02-03-2027"}).status_code == 302
    team.refresh_from_db()
    assert team.closed == ["2027-03-01", "2027-03-02"]
    assert "01-03-2027\n02-03-2027" in web.get(f"/desk/teams/{team.pk}/").content.decode()
    tuesday = timezone.make_aware(dt.datetime(2027, 3, 2, 10, 0))
    assert not is_open(team, tuesday)
    assert first_due(team, tuesday, False)[0] == tuesday.replace(day=3, hour=12)
