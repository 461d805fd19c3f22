"""The neighbourhood's shelves: what a coordinator keeps up to date there, and that nothing is lost by it."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt

import pytest
from django.utils import timezone

from bot.desk.phrases import PhraseForm
from bot.neighbourhood.activities import upcoming
from bot.neighbourhood.community import Agreement, CaseCard, Partner, Story
from bot.neighbourhood.models import Activity, Helper, LocalFact, Place
from tests.integration.desk_helpers import signed_in
from tests.integration.handover_helpers import make_helper, mark, team  # noqa: F401
from tests.integration.neighbourhood_helpers import ingrid, place, web  # noqa: F401

pytestmark = pytest.mark.django_db


def test_an_agreement_that_is_due_says_so(web):
    """At the top, since it is the oldest."""
    partner = Partner.objects.create(name="Moskee")
    today = timezone.localdate()
    for days, who in ((-3, "oud"), (30, "nieuw")):
        Agreement.objects.create(
            partner=partner, who_does_what=who, reached="bellen", made_on=today, renew_on=today + dt.timedelta(days=days)
        )
    html = web.get("/desk/neighbourhood/agreements/").content.decode()
    assert (html.count("opnieuw bekijken: sinds"), html.count("opnieuw bekijken:")) == (1, 2)
    assert html.index("oud") < html.index("nieuw")


def test_a_place_shows_the_way_on_foot(web, place):
    """To check that the map finds the address; the phrase that asks somebody to come carries it."""
    html = web.get(f"/desk/neighbourhood/places/{place.pk}/").content.decode()
    assert "engine=fossgis_osrm_foot&amp;to=Plein+1%2C+3061" in html
    assert "openstreetmap" not in web.get("/desk/neighbourhood/places/").content.decode()
    form = PhraseForm("phrase.place.find", {"place": place.pk})
    assert form.is_valid()
    assert "https://www.openstreetmap.org/directions?" in form.values(Helper.objects.first(), "tr")["place"]
    place.address = ""
    assert (place.map_link, place.on_foot_link) == ("", "")


def test_an_activity_set_aside_is_told_to_nobody_and_not_deleted(web, place):
    """Also one whose place is closed, one whose last day is past, and one that was once."""
    data = {"title": "Samen koken", "place": place.pk, "weekday": 4, "time": "18:00", "free": "on", "active": "on"}
    assert web.post("/desk/neighbourhood/activities/", data).status_code == 302
    activity, now = Activity.objects.get(), timezone.now()
    assert [u.activity for u in upcoming("", now)] == [activity]
    for change in ({"until": "2020-01-01"}, {"on_date": "2020-01-01"}, {"active": ""}):
        assert web.post(f"/desk/neighbourhood/activities/{activity.pk}/", {**data, **change}).status_code == 302
        assert upcoming("", now) == []
    web.post(f"/desk/neighbourhood/activities/{activity.pk}/", data)
    Place.objects.update(active=False)
    assert (upcoming("", now), Activity.objects.count()) == ([], 1)
    assert web.delete(f"/desk/neighbourhood/activities/{activity.pk}/").status_code == 405


def test_what_residents_hear_is_held_to_the_wording_list(web, place):
    """A title that labels people is refused with the word."""
    data = {"title": "Cursus voor arme mensen", "place": place.pk, "weekday": 4, "time": "18:00"}
    answer = web.post("/desk/neighbourhood/activities/", data)
    assert (answer.status_code, "arme mensen" in answer.content.decode(), Activity.objects.count()) == (422, True, 0)


def test_a_key_person_keeps_their_own_activities_only(team, place):
    """Whatever the form says, it is theirs; another's is not found."""
    fatma, yusuf = (make_helper(team, n, kind="key_person") for n in ("Fatma", "Yusuf"))
    client = signed_in(fatma)
    data = {"title": "Samen wandelen", "place": place.pk, "weekday": 1, "time": "09:30", "helper": yusuf.pk, "active": "on"}
    client.post("/desk/neighbourhood/activities/", data)
    mine = Activity.objects.get()
    assert mine.helper == fatma
    other = Activity.objects.create(titles={"nl": "Anders"}, place=place, weekday=1, time="10:00", helper=yusuf)
    assert client.post(f"/desk/neighbourhood/activities/{other.pk}/", data).status_code == 404
    assert "Anders" not in client.get("/desk/neighbourhood/activities/").content.decode()


def test_an_agreement_is_with_one_partner_or_one_key_person(web, mark):
    """Who does what, how reached, and when it is looked at again."""
    partner = Partner.objects.create(name="Moskee")
    data = {"who_does_what": "samen", "reached": "bellen", "made_on": "2027-01-01", "renew_on": "2028-01-01", "active": "on"}
    assert web.post("/desk/neighbourhood/agreements/", {**data, "partner": partner.pk, "helper": mark.pk}).status_code == 422
    assert web.post("/desk/neighbourhood/agreements/", data).status_code == 422
    assert web.post("/desk/neighbourhood/agreements/", {**data, "partner": partner.pk}).status_code == 302
    assert Agreement.objects.get().partner == partner


def test_a_story_and_a_case_hold_nothing_of_a_person(web):
    """A phone number in either is refused."""
    story = {"language": "tr", "title": "Birlikte", "text": "Bel 0612345678", "agreed": "on", "active": "on"}
    assert web.post("/desk/neighbourhood/stories/", story).status_code == 422
    assert web.post("/desk/neighbourhood/stories/", {**story, "text": "Birlikte baktık."}).status_code == 302
    case = {"title": "Een brief", "situation": "Mail a@b.nl", "question": "Wat vraag je eerst?", "active": "on"}
    assert web.post("/desk/neighbourhood/cases/", case).status_code == 422
    assert web.post("/desk/neighbourhood/cases/", {**case, "situation": "Er ligt een dichte brief."}).status_code == 302
    assert (Story.objects.count(), CaseCard.objects.get().team.name) == (1, "Buurtteam De Linde")


def test_a_fact_shows_how_long_it_holds_and_is_renewed(web):
    """Nobody adds a key of their own: texts name them."""
    old = timezone.localdate() - dt.timedelta(days=1)
    fact = LocalFact.objects.create(key="walk_in", value="Plein 1", source="x", checked_by="y", checked_on=old, valid_until=old)
    assert "verlopen: bewoners horen dit niet meer" in web.get("/desk/neighbourhood/facts/").content.decode()
    new = old + dt.timedelta(days=90)
    data = {"value": "Plein 2", "source": "gemeente", "checked_by": "Ingrid", "checked_on": old, "valid_until": new}
    assert web.post("/desk/neighbourhood/facts/", {**data, "key": "eigen"}).status_code == 422
    assert web.post(f"/desk/neighbourhood/facts/{fact.pk}/", data).status_code == 302
    assert (LocalFact.objects.get().value, LocalFact.objects.get().key) == ("Plein 2", "walk_in")
