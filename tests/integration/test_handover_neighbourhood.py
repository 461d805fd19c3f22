"""The demo neighbourhood, its activities and the municipality's own facts."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from bot.conversations.outbox import from_key, post
from bot.facts import tellable
from bot.handover import consent
from bot.handover.agreed import consented_messages
from bot.language.catalogue import render
from bot.neighbourhood import crisis_hours, local_facts
from bot.neighbourhood.activities import upcoming
from bot.neighbourhood.crisis_hours import help_by_the_clock
from bot.neighbourhood.demo import load_demo
from bot.neighbourhood.exceptions import NotADemo
from bot.neighbourhood.models import Activity, Helper, LocalFact, Team
from bot.neighbourhood.teams import pick_team
from tests.integration.handover_helpers import make_conversation, make_helper, make_team, says

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))


def test_the_demo_is_loaded_once(settings):
    """A second time makes nothing; everything is marked as fictional."""
    made = load_demo()
    assert made.pop("voices") >= 30
    assert made == {"teams": 2, "helpers": 6, "maintainers": 1, "places": 3, "activities": 9, "stories": 14, "facts": 6}
    assert set(load_demo().values()) == {0}
    assert not Team.objects.filter(fictional=False).exists()
    mark = Helper.objects.get(first_name="Mark")
    assert mark.user.email == "mark@demo.invalid"
    assert mark.user.check_password(settings.DEMO_PASSWORD)


def test_no_demo_where_residents_write(settings):
    """A public address means real people."""
    settings.DEMO = False
    with pytest.raises(NotADemo):
        load_demo()
    assert not Team.objects.exists()


def test_every_activity_has_a_title_in_each_language_on_offer(settings):
    """Nobody reads a title in another language by accident."""
    load_demo()
    assert all(set(a.titles) == set(settings.LANGUAGES_ON_OFFER) for a in Activity.objects.all())


def test_what_is_nearby_and_next_comes_first():
    """The own area first, then by time."""
    load_demo()
    near = upcoming("3063", MONDAY, limit=8)
    assert [u.activity.place.name for u in near[:3]] == ["Huis van de Buurt Het Baken"] * 3
    assert near[0].values("nl", MONDAY) == {
        "title": "Ouders onder elkaar: opvoeden in twee culturen", "when": "Donderdag om 10 uur",
        "place": "Huis van de Buurt Het Baken", "person": "Yusuf",
    }  # fmt: skip
    assert [u.starts for u in upcoming("", MONDAY, 8)] == sorted(u.starts for u in near)


def test_an_activity_that_has_begun_or_falls_on_a_holiday_is_told_for_the_week_after(monkeypatch):
    """Christmas Day 2026 is a Friday, and so is New Year's Day after it."""
    holidays = {dt.date(2026, 12, 25), dt.date(2027, 1, 1)}
    monkeypatch.setattr("bot.neighbourhood.hours._dutch_holidays", lambda: holidays)
    load_demo()
    christmas_eve = MONDAY.replace(month=12, day=24, hour=18)
    starts = {u.title("nl"): u.starts.date() for u in upcoming("", christmas_eve, 8)}
    assert starts["Samen koken"] == dt.date(2026, 12, 31)
    assert starts["Samen eten aan de lange tafel"] == dt.date(2027, 1, 8)


def test_the_municipalitys_own_facts_are_told_while_they_hold():
    """And no longer."""
    load_demo()
    today = timezone.localdate()
    assert tellable(today)["fact_team_phone"] == "010-555 01 23"
    assert "fact_team_phone" not in tellable(today + dt.timedelta(days=200))


def test_facts_are_read_at_most_every_half_minute(django_assert_num_queries):
    """A turn says many texts."""
    local_facts.local_facts()
    with django_assert_num_queries(0):
        local_facts.local_facts()


def test_a_missing_table_is_no_error():
    """Before the first migration there are no facts yet, and the caller's transaction goes on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE neighbourhood_localfact RENAME TO gone")
    assert local_facts.local_facts() == ()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE gone RENAME TO neighbourhood_localfact")
    assert not LocalFact.objects.exists()


def fact(key, value):
    today = timezone.localdate()
    until = today + dt.timedelta(days=9)
    LocalFact.objects.create(key=key, value=value, source="s", checked_by="s", checked_on=today, valid_until=until)
    local_facts.forget()


def closed_till_tomorrow():
    tomorrow = str((timezone.localdate() + dt.timedelta(days=1)).isoweekday())
    return make_team(hours={tomorrow: ["09:00", "17:00"]})


def test_at_night_an_eviction_gets_a_number_that_answers_or_the_hour_when_one_does(db):
    """The team's number is silent then; whoever is on call is named, where somebody filled that in."""
    make_helper(closed_till_tomorrow())
    conversation = make_conversation()
    fact("team_phone", "010-555 01 23")
    closed = help_by_the_clock(conversation, "utter_crisis_eviction_soon")
    assert closed.key == "safety.eviction_closed"
    assert "morgen om 9 uur" in closed.text
    fact("on_call_phone", "010-555 09 99")
    assert "010-555 09 99" in help_by_the_clock(conversation, "utter_crisis_eviction_soon").text
    assert help_by_the_clock(conversation, "utter_crisis_suicidal") is None


def test_at_night_nobody_without_food_is_sent_to_a_closed_office(db):
    """Who is on call, else the doctor and a person; where there is food today is said at any hour."""
    make_helper(closed_till_tomorrow())
    conversation, key = make_conversation(), "utter_crisis_no_food_today"
    no_number = help_by_the_clock(conversation, key)
    assert no_number.text.startswith("Het is nu dicht. Gaat het om medicijnen of een zieke baby, bel de huisarts.")
    fact("team_phone", "010-555 01 23")
    closed = help_by_the_clock(conversation, key)
    assert closed.text.startswith("Het is nu dicht, bel morgen om 9 uur zelf ook met 010-555 01 23.")
    assert "bel de huisarts" in closed.text
    assert [payload for _, payload in closed.buttons] == ['/want_human{"urgency":"high"}', "/not_now"]
    fact("on_call_phone", "010-555 09 99")
    assert help_by_the_clock(conversation, key).text.startswith("Bel vandaag 010-555 09 99.")
    fact("food_today", "tot 22 uur in de Lindekerk")
    assert help_by_the_clock(conversation, key) is None


def test_in_hours_the_number_for_food_is_the_teams(db, monkeypatch):
    """Nothing is put in place of the answer."""
    monkeypatch.setattr(crisis_hours, "is_open", lambda team, now: True)
    make_helper(make_team())
    fact("team_phone", "010-555 01 23")
    assert help_by_the_clock(make_conversation(), "utter_crisis_no_food_today") is None


def test_that_help_is_free_is_said_only_where_somebody_checked_it(db, settings):
    """No word about its cost else."""
    for tag in settings.LANGUAGES_ON_OFFER:
        conversation, about_help = make_conversation(tag), render("money.told", tag, fact_help_free="[FREE]").text
        without = from_key(conversation, "money.told")
        assert "[FREE]" in about_help
        assert "gratis" not in without.text
        assert render("activities.free", tag).text.strip(".") not in without.text
        assert without.lang == tag
    fact("help_free", "Hulp van het team is ook gratis.")
    assert "Hulp van het team is ook gratis. Zal iemand" in from_key(make_conversation(), "money.told").text


@pytest.mark.parametrize("key", ["safety.eviction_closed", "safety.food_closed"])
def test_what_was_told_at_night_goes_along_with_the_request(db, key):
    """As by day: who told of danger need not tell it again, and is not left to wait."""
    make_helper(make_team())
    conversation = make_conversation()
    told = says(conversation, "mijn kind heeft niets te eten")
    post(conversation, [from_key(conversation, key, when="morgen om 9 uur", number="010-555 01 23")], told)
    draft = consent.start(conversation, says(conversation, "Ja, met spoed", kind="tap"))
    assert (draft.urgent, [m.text for m in consented_messages(draft, conversation)]) == (True, ["mijn kind heeft niets te eten"])


def test_a_team_in_which_nobody_would_see_it_gets_nothing(db):
    """Teams are made before their people are let in: the area counts from the first one who sees whatever is open."""
    empty, other = make_team("Leeg", ["3061"]), make_team("Buurtteam Het Baken", ["3063"])
    assert pick_team("3061", MONDAY) is None
    make_helper(other, "Ingrid")
    assert pick_team("3061", MONDAY) == other
    make_helper(empty, "Fatma", kind="key_person")
    make_helper(empty, "Piet", active=False)
    assert pick_team("3061", MONDAY) == other
    make_helper(empty, "Sara", kind="key_person", coordinator=True)
    assert pick_team("3061", MONDAY) == empty
