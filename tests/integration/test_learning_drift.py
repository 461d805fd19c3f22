"""Week after week: counts of what was understood, never so few that they are people, and a mail without a message."""

import datetime as dt
import re
import smtplib

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from bot.conversations.models import Message
from bot.desk import drift_mail
from bot.desk.drift_words import as_table, pictured
from bot.learning.drift import KINDS, count_last_week, last_week, turn_of, weeks_of
from bot.learning.models import LearningConsent, WeekCount
from bot.neighbourhood.models import User
from tests.integration.handover_helpers import make_conversation
from tests.integration.learning_helpers import read

pytestmark = pytest.mark.django_db
NOW = timezone.make_aware(dt.datetime(2026, 11, 24, 11))  # a Tuesday
WEEK = dt.date(2026, 11, 16)


def week(before=0, tag="tr", **counts) -> WeekCount:
    return WeekCount.objects.create(week=WEEK - dt.timedelta(weeks=before), language=tag, **counts)


def wrote(people: int, language="tr", at=NOW - dt.timedelta(days=4), **reading):
    for _ in range(people):
        message = read(make_conversation(language), "kira", **reading)
        Message.objects.filter(pk=message.pk).update(created_at=at)


def maintainer(email="mia@example.nl", **more) -> User:
    return User.objects.create(email=email, username=email, office="maintainer", **more)


@pytest.fixture
def web(db):
    client = Client()
    client.force_login(maintainer("web@demo.invalid"), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


# --- counting ----------------------------------------------------------------------------------------------------


def test_the_week_that_is_over_is_counted_once(db):
    """By language and by what went wrong; without a yes to learning, since nothing of a message is kept."""
    wrote(7)
    wrote(6, intent="rent_worry", confidence=0.9, guess="")
    wrote(4, intent="rent_worry", confidence=0.4, guess="")
    wrote(30, at=NOW)
    wrote(30, at=NOW - dt.timedelta(days=30))
    assert (last_week(NOW), LearningConsent.objects.count()) == (WEEK, 0)
    assert [count_last_week(NOW), count_last_week(NOW)] == [1, 0]
    found = WeekCount.objects.get()
    assert [getattr(found, kind) for kind in KINDS] == [6, 4, 7, 0, 0]
    wrote(20)
    count_last_week(NOW)
    assert WeekCount.objects.get().misunderstood == 7


def test_fewer_than_ten_people_are_not_counted_at_all(db):
    """However much they write."""
    wrote(9)
    talking = make_conversation("ar")
    for _ in range(40):
        Message.objects.filter(pk=read(talking, "x").pk).update(created_at=NOW - dt.timedelta(days=4))
    assert (count_last_week(NOW), WeekCount.objects.count()) == (0, 0)


# --- what turned -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        ([(80, 20)] * 4, (60, 40), True),
        ([(60, 40)] * 4, (80, 20), False),
        ([(80, 20)] * 4, (78, 22), None),  # by chance
        ([(8000, 2000)] * 4, (7800, 2200), None),  # sure, and too small to matter
        ([(80, 20)], (60, 40), None),  # one week before is none to compare with
        ([(80, 20)] * 4, (15, 15), None),  # too few messages
        ([(91, 9)], (60, 40), None),
        ([(95, 2)] * 4, (60, 40), None),  # what was wrong before would be fewer than ten
    ],
)
def test_a_turn_is_told_when_chance_does_not_explain_it(db, before, now, worse):
    """A test of two shares at one in a hundred, five points at least, ten on each side."""
    for number, (good, bad) in enumerate(before, start=1):
        week(number, understood=good, misunderstood=bad)
    week(understood=now[0], unsure=now[1])
    turn = turn_of(weeks_of("tr", WEEK))
    assert (turn.worse if turn else None) == worse


def test_weeks_long_ago_count_for_nothing(db):
    """Only the four before."""
    for number in (5, 6, 7):
        week(number, understood=80, misunderstood=20)
    week(understood=60, misunderstood=40)
    assert turn_of(weeks_of("tr", WEEK)) is None


# --- the page ----------------------------------------------------------------------------------------------------


def test_the_page_without_any_week_says_so(web):
    """Nobody has written enough yet."""
    assert "nog geen week geteld" in web.get("/desk/learning/drift").content.decode()


def test_the_page_hides_small_numbers_and_what_gives_them_away(web, monkeypatch):
    """A three stands nowhere, nor what would tell it; the picture says no more than the table."""
    monkeypatch.setattr("bot.desk.views.drift.last_week", lambda now: WEEK)
    week(1, understood=80, unsure=20, misunderstood=15, corrected=12, person=11)
    week(understood=60, unsure=40, misunderstood=22, corrected=3, person=17)
    html = web.get("/desk/learning/drift").content.decode()
    assert "Turks" in html
    table = html.split("<table")[1]
    assert not re.search(r">\s*[1-9]\s*<", table)
    assert table.count("&lt;10") >= 2
    shown = as_table(weeks_of("tr", WEEK))
    assert [w.share is None for w in pictured(shown)] == [
        cells[0] is None or not total for cells, total in zip(shown.cells, shown.row_totals)
    ]


def test_the_page_names_what_turned(web, monkeypatch):
    """In one sentence, with the rule beside it."""
    monkeypatch.setattr("bot.desk.views.drift.last_week", lambda now: WEEK)
    for number in (1, 2, 3, 4):
        week(number, understood=80, misunderstood=20)
    week(understood=60, misunderstood=40)
    html = web.get("/desk/learning/drift?tag=nonsense").content.decode()
    assert "Turks: slechter begrepen. Van honderd berichten ging het bij 40 mis, eerder bij 20." in html
    assert "toeval" in html


# --- the mail ----------------------------------------------------------------------------------------------------


def test_maintainers_hear_once_a_week_and_read_no_message(db):
    """Numbers of ten and more; nothing at night or at the weekend; nobody else is told; a demo address gets none."""
    maintainer()
    maintainer("x@demo.invalid")
    User.objects.create(email="a@example.nl", username="a", office="administrator")
    assert drift_mail.tell(NOW) == 0, "nothing was counted"
    week(understood=60, misunderstood=40)
    week(tag="pl", understood=30, misunderstood=4)
    assert drift_mail.tell(NOW.replace(hour=3)) == 0
    assert drift_mail.tell(NOW.replace(hour=12) + dt.timedelta(days=4)) == 0
    assert [drift_mail.tell(NOW), drift_mail.tell(NOW)] == [1, 0]
    (sent,) = mail.outbox
    assert sent.to == ["mia@example.nl"]
    assert "Turks: 40 van de honderd" in sent.body
    assert "Pools: te weinig om te noemen" in sent.body
    assert "/desk/learning/drift" in sent.body
    assert "kira" not in sent.body


def test_a_mail_server_that_is_down_is_tried_again(db, monkeypatch):
    """The next hour."""
    maintainer(language="en")
    week(understood=60, misunderstood=40)

    def down(self):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", down)
        assert drift_mail.tell(NOW) == 0
    assert drift_mail.tell(NOW) == 1
    assert "of a hundred" in mail.outbox[0].body
