"""People and the neighbourhood: what a coordinator keeps up to date, and that nothing is lost by it."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from bot.desk.phrases import PhraseForm
from bot.handover import service
from bot.handover.models import Handover
from bot.handover.states import first_due
from bot.neighbourhood.accounts import AccountEvent
from bot.neighbourhood.activities import upcoming
from bot.neighbourhood.calendar import export_calendar, import_calendar
from bot.neighbourhood.community import Agreement, CaseCard, Partner, Story
from bot.neighbourhood.exceptions import NotACalendar
from bot.neighbourhood.hours import is_open
from bot.neighbourhood.models import Absence, Activity, Helper, LocalFact, Place, Team, User
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

pytestmark = pytest.mark.django_db
TODAY = dt.date(2027, 3, 1)


@pytest.fixture
def ingrid(team):
    return make_helper(team, "Ingrid", coordinator=True)


@pytest.fixture
def web(ingrid):
    return signed_in(ingrid)


@pytest.fixture
def place(db):
    return Place.objects.create(name="Buurthuis", address="Plein 1, 3061")


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
    assert 'name="phone"' not in web.get(f"/desk/teams/{team.pk}/").content.decode(), "nobody is told it: residents hear the fact"
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


# --- shelves -----------------------------------------------------------------------------------------------------


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


# --- calendar ----------------------------------------------------------------------------------------------------


def test_activities_go_out_and_come_in_as_a_calendar(place):
    """Weekly and once, with their end; the same file twice adds nothing; no helper is named."""
    fatma = make_helper(Team.objects.create(name="T"), "Fatma", kind="key_person")
    Activity.objects.create(titles={"nl": "Koken"}, place=place, weekday=4, time="18:00", until="2030-01-01", helper=fatma)
    Activity.objects.create(titles={"nl": "Feest"}, place=place, weekday=6, on_date="2029-06-02", time="14:00")
    content = export_calendar()
    assert b"Fatma" not in content
    other = Place.objects.create(name="Elders")
    assert [import_calendar(content, other) for _ in range(2)] == [(2, 0)] * 2
    found = Activity.objects.filter(place=other).order_by("pk")
    assert [(a.titles["nl"], a.weekday, str(a.time), str(a.on_date), str(a.until)) for a in found] == [
        ("Koken", 4, "18:00:00", "None", "2030-01-01"), ("Feest", 6, "14:00:00", "2029-06-02", "None"),
    ]  # fmt: skip


def test_what_is_no_calendar_is_refused_and_what_does_not_fit_is_counted(web, place):
    """Whole days and monthly ones are passed over, and said."""
    with pytest.raises(NotACalendar):
        import_calendar(b"hello", place)
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Hele dag\r\nDTSTART;VALUE=DATE:20290601"
        "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nSUMMARY:Koffie\r\nDTSTART:20290601T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    data = {"place": place.pk, "file": SimpleUploadedFile("a.ics", text.encode())}
    answer = web.post("/desk/neighbourhood/activities/import", data, follow=True)
    assert "1 bewaard, 1 overgeslagen" in answer.content.decode()
    assert str(Activity.objects.get().time) == "10:00:00", "the clock of the municipality"
    data = {"place": place.pk, "file": SimpleUploadedFile("a.ics", b"\x00\xff")}
    assert "geen agenda" in web.post("/desk/neighbourhood/activities/import", data, follow=True).content.decode()
    assert signed_in(make_helper(Team.objects.get(), "Mark")).post("/desk/neighbourhood/activities/import").status_code == 403
    assert signed_in(Helper.objects.get(first_name="Mark")).get("/desk/neighbourhood/activities.ics").status_code == 200


def ics(*entries):
    """A calendar of entries of (uid, lines)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
    for uid, *more in entries:
        lines += ["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Koffie", *more, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


TUESDAY = "DTSTART;TZID=Europe/Amsterdam:20290605T100000"  # a Tuesday
WEEKLY = "RRULE:FREQ=WEEKLY"


@pytest.mark.parametrize(
    "lines",
    [
        (TUESDAY, f"{WEEKLY};INTERVAL=2"), (TUESDAY, f"{WEEKLY};COUNT=3"), (TUESDAY, f"{WEEKLY};BYDAY=TU,TH"),
        (TUESDAY, f"{WEEKLY};BYDAY=TH"), (TUESDAY, f"{WEEKLY};BYMONTH=6"), (TUESDAY, WEEKLY, "STATUS:CANCELLED"),
        (TUESDAY, "STATUS:CANCELLED"), (TUESDAY, WEEKLY, WEEKLY), (TUESDAY, TUESDAY), (TUESDAY, TUESDAY, WEEKLY),
        (TUESDAY, WEEKLY, "EXDATE;TZID=Europe/Amsterdam:20290612T100000"), (TUESDAY, WEEKLY, "EXDATE;VALUE=DATE:20290612"),
        (TUESDAY, WEEKLY, "EXDATE:20200107T090000Z", "EXDATE:20290612T080000Z,20290619T080000Z"),
        (TUESDAY, "RECURRENCE-ID;TZID=Europe/Amsterdam:20290605T090000"),
    ],
)  # fmt: skip
def test_what_is_not_every_week_is_passed_over_and_not_told_as_every_week(place, lines):
    """Residents would stand before a closed door."""
    assert import_calendar(ics(("1", *lines)), place) == (0, 1)
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    "more",
    [
        (f"{WEEKLY};INTERVAL=1;BYDAY=TU;WKST=MO",),
        (WEEKLY, "EXDATE;TZID=Europe/Amsterdam:20200107T100000"),
        (f"{WEEKLY};BYDAY=TU", "STATUS:CONFIRMED"),
    ],
)
def test_every_week_in_other_words_comes_in(place, more):
    """A date that was left out long ago changes nothing."""
    assert import_calendar(ics(("1", TUESDAY, *more)), place) == (1, 0)
    assert (Activity.objects.get().weekday, Activity.objects.get().on_date) == (2, None)


@pytest.mark.parametrize(
    ("until", "day"),
    [("20290703", "2029-07-03"), ("20290703T080000Z", "2029-07-03"), ("20290703T075959Z", "2029-07-02"),
     ("20290702T220000Z", "2029-07-02"), ("20290703T225959Z", "2029-07-03")],
)  # fmt: skip
def test_the_last_time_is_on_the_clock_of_the_municipality(place, until, day):
    """Until is a moment in UTC: one that falls before the activity begins that day leaves that day out."""
    import_calendar(ics(("1", TUESDAY, f"{WEEKLY};UNTIL={until}")), place)
    assert str(Activity.objects.get().until) == day


def test_one_date_that_was_moved_does_not_take_the_place_of_the_series(place):
    """It has the uid of its series; a series of which a coming date falls out is passed over with it."""
    series, apart = ("1", TUESDAY, WEEKLY), "RECURRENCE-ID;TZID=Europe/Amsterdam:{}T100000"
    moved = ("1", "DTSTART;TZID=Europe/Amsterdam:{}T140000", apart)
    long_ago = [line.format("20200107") for line in moved]
    assert import_calendar(ics(series, long_ago), place) == (1, 1)
    assert Activity.objects.get().on_date is None
    renamed = ("1", TUESDAY, apart.format("20290605"))
    assert import_calendar(ics(series, renamed), place) == (1, 1)
    assert Activity.objects.get().on_date is None
    Activity.objects.all().delete()
    assert import_calendar(ics(series, [line.format("20290612") for line in moved]), place) == (0, 2)
    assert import_calendar(ics(series, (*renamed, "STATUS:CANCELLED")), place) == (0, 2)
    assert not Activity.objects.exists()


def test_what_is_cancelled_since_is_told_no_more(place):
    """The same calendar, taken in again."""
    import_calendar(ics(("1", TUESDAY, WEEKLY), ("2", TUESDAY, WEEKLY)), place)
    assert import_calendar(ics(("1", TUESDAY, WEEKLY, "STATUS:CANCELLED"), ("2", TUESDAY, WEEKLY)), place) == (1, 1)
    assert [(a.uid, a.active) for a in Activity.objects.order_by("uid")] == [("1", False), ("2", True)]


@pytest.mark.parametrize(
    "since",
    [
        ("1", TUESDAY, f"{WEEKLY};INTERVAL=2"), ("1", TUESDAY, f"{WEEKLY};COUNT=3"), ("1", TUESDAY, f"{WEEKLY};BYDAY=TU,TH"),
        ("1", TUESDAY, WEEKLY, "EXDATE;VALUE=DATE:20290612"), ("1", "DTSTART;VALUE=DATE:20290605"),
        ("1", TUESDAY, "RECURRENCE-ID;TZID=Europe/Amsterdam:20290605T090000"), ("1", TUESDAY, "STATUS:CANCELLED"),
    ],
)  # fmt: skip
def test_what_is_no_longer_every_week_is_told_no_more_until_it_is_again(web, place, since):
    """It was stored as every week: residents would stand before a closed door. Told again when the calendar says so."""
    file = ics(since)
    import_calendar(ics(("1", TUESDAY, WEEKLY)), place)
    elsewhere = Place.objects.create(name="Elders")
    import_calendar(ics(("1", TUESDAY, WEEKLY)), elsewhere)
    answer = web.post(
        "/desk/neighbourhood/activities/import", {"place": place.pk, "file": SimpleUploadedFile("a.ics", file)}, follow=True
    )
    assert "gaat nu niet meer door" in answer.content.decode()
    assert [(a.place, a.active) for a in Activity.objects.order_by("pk")] == [(place, False), (elsewhere, True)]
    import_calendar(file, place)
    assert import_calendar(ics(("1", TUESDAY, WEEKLY)), place) == (1, 0)
    assert list(Activity.objects.filter(place=place).values_list("active", "titles")) == [(True, {"nl": "Koffie"})]


def test_a_date_without_its_series_says_nothing_of_the_series(place):
    """A program may give a part of a calendar out: a date moved long ago, and not the series it is of."""
    import_calendar(ics(("1", TUESDAY, WEEKLY)), place)
    apart = ("1", "DTSTART;TZID=Europe/Amsterdam:20200107T140000", "RECURRENCE-ID;TZID=Europe/Amsterdam:20200107T100000")
    assert import_calendar(ics(apart), place) == (0, 1)
    assert Activity.objects.get().active


@pytest.mark.parametrize("cancelled_before", [True, False])
def test_what_was_switched_off_by_hand_stays_off(web, place, cancelled_before):
    """Also where the calendar had set it aside once, and the desk had brought it back."""
    series, cancelled = ics(("1", TUESDAY, WEEKLY)), ics(("1", TUESDAY, WEEKLY, "STATUS:CANCELLED"))
    import_calendar(series, place)
    activity = Activity.objects.get()
    form = {"title": "Koffie", "place": place.pk, "weekday": 2, "time": "10:00"}
    if cancelled_before:
        import_calendar(cancelled, place)
        assert web.post(f"/desk/neighbourhood/activities/{activity.pk}/", {**form, "active": "on"}).status_code == 302
        assert Activity.objects.get().active
    assert web.post(f"/desk/neighbourhood/activities/{activity.pk}/", form).status_code == 302
    for file in (series, cancelled, series):
        import_calendar(file, place)
        assert not Activity.objects.get().active


def test_a_change_at_the_desk_leaves_the_calendar_its_say(web, place):
    """Who corrects the time of an activity that the calendar set aside did not switch it off."""
    import_calendar(ics(("1", TUESDAY, WEEKLY)), place)
    import_calendar(ics(("1", TUESDAY, WEEKLY, "STATUS:CANCELLED")), place)
    form = {"title": "Thee", "place": place.pk, "weekday": 2, "time": "11:00"}
    assert web.post(f"/desk/neighbourhood/activities/{Activity.objects.get().pk}/", form).status_code == 302
    assert (Activity.objects.get().active, Activity.objects.get().titles["nl"]) == (False, "Thee")
    import_calendar(ics(("1", TUESDAY, WEEKLY)), place)
    assert Activity.objects.get().active
