"""Activities as a calendar: what goes out, what comes in, and what is told no more."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bot.neighbourhood.calendar import export_calendar, import_calendar
from bot.neighbourhood.exceptions import NotACalendar
from bot.neighbourhood.models import Activity, Helper, Place, Team
from tests.integration.desk_helpers import signed_in
from tests.integration.handover_helpers import make_helper, team  # noqa: F401
from tests.integration.neighbourhood_helpers import ingrid, place, web  # noqa: F401

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(
    "lines",
    [
        ("RRULE:FREQ=WEEKLY;BYDAY=XX",), (WEEKLY, "EXDATE:x"), ("SUMMARY:Thee",), ("UID:2",), ("RECURRENCE-ID:x",),
        ("RECURRENCE-ID:20290601T080000", "RECURRENCE-ID:20290608T080000"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_for_certain_is_passed_over(place, lines):
    """A rule that is none is not left away, nor are two titles told as one; the entry beside it comes in."""
    assert import_calendar(ics(("1", TUESDAY, *lines), ("2", "DTSTART:99991231T235900Z"), ("3", TUESDAY)), place) == (1, 2)
    assert Activity.objects.get().uid == "3"


def test_the_end_of_all_time_is_no_error(place):
    """As some programs write it that something goes on for good; what lies before all time is refused in words."""
    weekly = "DTSTART:20290601T080000", "RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z"
    assert import_calendar(ics(("1", *weekly)), place) == (1, 0)
    assert Activity.objects.get().until.year == 9999
    with pytest.raises(NotACalendar):
        import_calendar(ics(("1", weekly[0], "RRULE:FREQ=WEEKLY;UNTIL=00010101T000000Z")), place)


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
    assert Activity.objects.filter(active=False, titles={"nl": "Thee"})
    import_calendar(ics(("1", TUESDAY, WEEKLY)), place)
    assert Activity.objects.get().active


def test_what_was_set_aside_before_it_had_a_column_comes_back_too(place):
    """The version before kept it as a key among the titles; both ways, and nobody else's titles change."""
    import_calendar(ics(("1", TUESDAY, WEEKLY), ("2", TUESDAY, WEEKLY)), place)
    import_calendar(ics(("1", TUESDAY, WEEKLY, "STATUS:CANCELLED")), place)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    titles = Activity.objects.order_by("uid").values_list("titles", flat=True)
    assert list(titles.all()) == [{"nl": "Koffie"}] * 2
    MigrationExecutor(connection).migrate([("neighbourhood", "0010_team_closed")])
    assert list(titles.all()) == [{"nl": "Koffie", "_calendar": "off"}, {"nl": "Koffie"}]
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert list(titles.all()) == [{"nl": "Koffie"}] * 2
    assert import_calendar(ics(("1", TUESDAY, WEEKLY)), place) == (1, 0)
    assert Activity.objects.filter(active=True).count() == 2
