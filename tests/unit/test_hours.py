"""By when a team reads, and how that is said."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot.neighbourhood.hours import due_at, is_open
from bot.neighbourhood.models import Team
from bot.neighbourhood.when import day_words, moment_words, promise_words

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEEK = {str(day): ["09:00", "17:00"] for day in range(1, 6)}


def at(day: str, time: str = "12:00") -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{day}T{time}:00").replace(tzinfo=AMSTERDAM)


def team(**hours) -> Team:
    return Team(name="Buurtteam", hours=hours or WEEK)


def promise(now: dt.datetime, tag: str = "nl", **due) -> str:
    return promise_words(due_at(team(), now, **due), now, tag)


def test_a_team_is_open_from_its_first_to_before_its_last_minute():
    """09:00 counts, 17:00 does not."""
    assert [is_open(team(), at("11-23", t)) for t in ("08:59", "09:00", "16:59", "17:00")] == [False, True, True, False]


def test_another_time_zone_is_read_on_the_clock_of_the_municipality():
    """16:30 in UTC is 17:30 in Amsterdam in winter."""
    assert not is_open(team(), dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.timezone.utc))


@pytest.mark.parametrize("ask", [is_open, due_at])
def test_a_naive_time_is_refused(ask):
    """Nobody knows which clock it stands on."""
    with pytest.raises(ValueError, match="time zone"):
        ask(team(), dt.datetime(2026, 11, 23, 12))


def test_with_an_hour_left_the_promise_is_today():
    """At 16:00 sharp still."""
    assert promise(at("11-23", "16:00")) == "vandaag vóór 17 uur"


def test_with_less_than_an_hour_left_the_promise_is_tomorrow_noon():
    """At 16:01 on a Monday."""
    assert promise(at("11-23", "16:01")) == "morgen vóór 12 uur"


def test_friday_at_ten_to_five_means_monday_noon():
    """Nobody is there in the weekend."""
    assert promise(at("11-20", "16:50")) == "maandag vóór 12 uur"


def test_before_opening_the_promise_is_the_same_day():
    """The whole day is still to come."""
    assert promise(at("11-23", "07:00")) == "vandaag vóór 17 uur"


def test_a_holiday_is_no_opening_day():
    """Christmas 2026 is a Friday: Thursday evening leads to Monday."""
    assert not is_open(team(), at("12-25"))
    assert promise(at("12-24", "18:00")) == "maandag vóór 12 uur"


def test_a_date_a_week_away_is_said_in_full():
    """A weekday's name would mean the nearer one."""
    assert promise_words(at("12-02", "17:00"), at("11-23"), "nl") == "2 december vóór 17 uur"


def test_a_day_that_begins_after_noon_is_promised_by_its_closing_time():
    """Noon would come before anybody is there."""
    late = team(**{"1": ["13:00", "17:00"]})
    assert due_at(late, at("11-21")) == at("11-23", "17:00")


def test_urgent_counts_sixty_open_minutes_over_the_night():
    """From 16:30 half an hour is left today; the other half ends at 9:30."""
    assert due_at(team(), at("11-23", "16:30"), minutes=60) == at("11-24", "09:30")
    assert due_at(team(), at("11-21", "20:00"), minutes=60) == at("11-23", "10:00")


def test_what_is_said_is_never_before_what_is_meant():
    """11:07 is said as a quarter past."""
    assert promise(at("11-23", "10:07"), minutes=60) == "vandaag vóór 11:15 uur"
    assert due_at(team(), at("11-23", "10:07"), minutes=60) == at("11-23", "11:15")  # late is not before what was said


def test_hours_over_the_change_to_winter_time_stay_on_the_clock():
    """Sunday 25 October 2026 has 25 hours."""
    due = due_at(team(), at("10-24", "18:00"))
    assert due.isoformat() == "2026-10-26T12:00:00+01:00"


def test_without_hours_nothing_is_promised():
    """A team that filled in none."""
    unknown = Team(name="Buurtteam", hours={})
    assert due_at(unknown, at("11-23")) is None
    assert promise_words(None, at("11-23"), "nl") == "als ze weer open zijn"


def test_a_day_that_was_is_said_as_people_say_it():
    """Today, yesterday, a weekday, a date."""
    now = at("11-23")
    said = [day_words(at(day), now, "nl") for day in ("11-23", "11-22", "11-19", "11-02")]
    assert said == ["vandaag", "gisteren", "donderdag", "2 november"]


def test_a_beginning_is_said_with_its_day():
    """Quarter hours keep their minutes."""
    assert moment_words(at("11-26", "18:00"), at("11-23"), "nl") == "donderdag om 18 uur"
    assert moment_words(at("11-24", "09:30"), at("11-23"), "nl") == "morgen om 09:30 uur"
