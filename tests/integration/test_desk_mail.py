"""Mail to helpers: that something waits, and nothing else; never at night, never twice."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from bot.desk import tasks
from bot.desk.notify import is_quiet, notify
from bot.desk.people import let_go
from bot.desk.roles import Role, Staff
from bot.handover import away, handing_on, service, watch
from bot.handover.models import Handover
from bot.handover.residents_rights import mark_urgent
from bot.neighbourhood.hours import is_open
from bot.neighbourhood.models import Absence, Helper, Team, User
from tests.integration.desk_helpers import signed_in
from tests.integration.handover_helpers import make_conversation, make_helper, says, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def noon():
    """A day on which the team is surely open."""
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def _always_open(monkeypatch):
    monkeypatch.setattr("bot.desk.notify.is_open", lambda team, now: True)


@pytest.fixture
def mark(team):
    helper = make_helper(team)
    helper.user.email = "mark@example.nl"
    helper.user.save()
    return helper


def test_a_mail_says_that_something_waits_and_nothing_of_whom(mark, team, noon):
    """No name, no language, no topic; once, however often is looked; again for what comes later, after half an hour."""
    stored(make_conversation("tr"), text="kiramı ödeyemiyorum")
    assert [notify(noon), notify(noon), notify(noon + dt.timedelta(hours=2))] == [1, 0, 0]
    (sent,) = mail.outbox
    assert sent.to == ["mark@example.nl"]
    for hidden in ("Turks", "Türkçe", "kira", "Linde", "Mark", "huur", "hulp"):
        assert hidden not in sent.subject + sent.body
    assert "/desk/" in sent.body
    stored(make_conversation("ar"))
    assert notify(noon + dt.timedelta(minutes=5)) == 0
    assert notify(noon + dt.timedelta(minutes=31)) == 1


def test_only_who_may_see_it_is_told(mark, team, noon):
    """A key person is not told of what they must not know; nobody of what is taken already."""
    fatma = make_helper(team, "Fatma", kind="key_person")
    fatma.user.email = "fatma@example.nl"
    fatma.user.save()
    handover = stored(make_conversation(), helper_kind="worker")
    assert notify(noon) == 1
    assert [m.to for m in mail.outbox] == [["mark@example.nl"]]
    service.accept(handover.pk, mark)
    Helper.objects.update(mail=True)
    assert notify(noon + dt.timedelta(hours=1)) == 0


def test_quiet_hours_and_days_away_are_kept(mark, team, noon):
    """Also over midnight; what waited is told afterwards."""
    mark.quiet_from, mark.quiet_until = dt.time(20), dt.time(8)
    mark.save()
    stored(make_conversation())
    assert [is_quiet(mark, noon.replace(hour=h)) for h in (7, 8, 19, 20, 23)] == [True, False, False, True, True]
    assert notify(noon.replace(hour=23)) == 0
    Absence.objects.create(helper=mark, first_day=noon.date(), last_day=noon.date())
    assert notify(noon) == 0
    Absence.objects.all().delete()
    assert notify(noon) == 1


@pytest.mark.parametrize(
    ("start", "end", "said"), [("20:00", "", "beide tijden"), ("", "08:00", "beide tijden"), ("08:00", "08:00", "verschillende")]
)
def test_quiet_hours_that_would_do_nothing_or_silence_everything_are_refused(mark, start, end, said):
    """One alone was none, twice the same was silence for ever, and the page said nothing of either."""
    web = signed_in(mark)
    answer = web.post("/desk/account", {"mail_form": "1", "mail": "on", "quiet_from": start, "quiet_until": end})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert Helper.objects.get(pk=mark.pk).quiet_from is None
    for times in (("20:00", "08:00"), ("", "")):
        assert web.post("/desk/account", {"mail_form": "1", "quiet_from": times[0], "quiet_until": times[1]}).status_code == 302


def test_quiet_hours_of_no_length_from_before_silence_nobody(mark, noon):
    """They were kept when the page did not refuse them yet."""
    mark.quiet_from = mark.quiet_until = dt.time(0)
    assert not is_quiet(mark, noon)


def test_who_wants_no_mail_gets_none_and_a_broken_mail_server_is_tried_again(mark, team, noon, settings):
    """Nothing is marked as told before it was sent."""
    stored(make_conversation())
    Helper.objects.update(mail=False)
    assert notify(noon) == 0
    Helper.objects.update(mail=True)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    assert notify(noon) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notify(noon) == 1


def test_who_reads_the_language_is_told_first(mark, team, noon):
    """The others a quarter of an hour later, if it still waits; at once when it is urgent or nobody reads it."""
    elif_ = make_helper(team, "Elif", languages=["nl", "tr"])
    elif_.user.email = "elif@example.nl"
    elif_.user.save()
    first = stored(make_conversation("tr"))
    Handover.objects.update(created_at=noon)

    def told(minutes):
        mail.outbox.clear()
        notify(noon + dt.timedelta(minutes=minutes))
        return sorted(m.to[0] for m in mail.outbox)

    assert [told(1), told(5), told(16)] == [["elif@example.nl"], [], ["mark@example.nl"]]
    service.accept(first.pk, mark)
    urgent = stored(make_conversation("tr"))
    Handover.objects.filter(pk=urgent.pk).update(created_at=noon + dt.timedelta(hours=1), urgent=True)
    assert told(61) == ["elif@example.nl", "mark@example.nl"]


def test_a_team_that_filled_in_no_hours_is_told_by_day(mark, team, noon, monkeypatch):
    """Whoever set none would else never hear of anybody."""
    monkeypatch.setattr("bot.desk.notify.is_open", is_open)
    stored(make_conversation())
    Team.objects.update(hours={})
    assert [notify(noon.replace(hour=3)), notify(noon.replace(hour=23)), notify(noon)] == [0, 0, 1]
    Team.objects.update(hours={str(noon.isoweekday() % 7 + 1): ["09:00", "17:00"]})
    stored(make_conversation())
    assert notify(noon + dt.timedelta(hours=1)) == 0, "closed today"


@pytest.mark.usefixtures("always_day")
def test_what_was_given_back_for_lateness_is_told_again(mark, team, noon):
    """The resident heard that somebody else may be asked: so somebody else must hear of it."""
    elif_ = make_helper(team, "Elif")
    elif_.user.email = "elif@example.nl"
    elif_.user.save()
    handover = stored(make_conversation())
    assert notify(noon) == 2
    service.accept(handover.pk, mark)
    Absence.objects.create(helper=mark, first_day=noon.date(), last_day=noon.date())
    mail.outbox.clear()
    handover.refresh_from_db()
    assert watch.look(handover.due_at + dt.timedelta(minutes=1)) == 1
    assert notify(noon + dt.timedelta(minutes=31)) == 1
    assert [m.to for m in mail.outbox] == [["elif@example.nl"]]


def test_the_last_one_told_hears_that_it_is_late(mark, team, noon, always_day):
    """Once: also who was told when it came, and left it."""
    handover = stored(make_conversation())
    assert notify(noon) == 1
    late = handover.due_at + dt.timedelta(minutes=1)
    assert watch.look(late) == 1
    assert [notify(noon + dt.timedelta(minutes=m)) for m in (31, 62)] == [1, 0]


@pytest.mark.parametrize("talks", [True, False])
def test_a_crisis_is_told_at_once_to_who_holds_it(mark, team, talks):
    """The resident hears that Mark gets a notice. Also within the half hour; but many such messages are one notice."""
    conversation, now = make_conversation(), timezone.now()
    handover = stored(conversation)
    assert notify(now) == 1
    service.accept(handover.pk, mark)
    if talks:
        service.write(handover.pk, mark, "Dag")
        conversation.refresh_from_db()
        away.helper_away(conversation, says(conversation, "kunt u mij helpen met de brief"))
    assert notify(now + dt.timedelta(minutes=1)) == 0
    mark_urgent(conversation, says(conversation, "ik wil niet meer"), "crisis_suicidal")
    assert [notify(now + dt.timedelta(minutes=m)) for m in (2, 3)] == [1, 0]
    mark_urgent(conversation, says(conversation, "echt niet"), "crisis_suicidal")
    assert [notify(now + dt.timedelta(minutes=m)) for m in (4, 33)] == [0, 1]


def test_what_is_stored_with_urgency_does_not_wait_for_the_half_hour(mark, team):
    """And what came meanwhile goes with it."""
    now = timezone.now()
    stored(make_conversation())
    assert notify(now) == 1
    stored(make_conversation())
    assert notify(now + dt.timedelta(minutes=1)) == 0
    stored(make_conversation(), urgent=True)
    assert [notify(now + dt.timedelta(minutes=m)) for m in (2, 40)] == [1, 0]


def test_what_is_meant_for_a_colleague_who_is_away_is_told_to_the_others(mark, team, noon):
    """The one it was handed on to hears of it alone only while they are there."""
    ingrid = make_helper(team, "Ingrid")
    ingrid.user.email = "ingrid@example.nl"
    ingrid.user.save()
    handover = stored(make_conversation())
    service.accept(handover.pk, mark)
    handing_on.to_colleague(handover.pk, mark, ingrid)
    assert notify(noon) == 1
    assert [m.to for m in mail.outbox] == [["ingrid@example.nl"]]
    service.accept(handover.pk, ingrid)
    mail.outbox.clear()
    Absence.objects.create(helper=mark, first_day=noon.date(), last_day=noon.date())
    handing_on.to_colleague(handover.pk, ingrid, mark)
    assert notify(noon + dt.timedelta(hours=1)) == 1
    assert [m.to for m in mail.outbox] == [["ingrid@example.nl"]]


def test_who_stands_in_hears_of_an_answer_that_waits(mark, team, noon):
    """In place of a holder who is away; a key person who may not see it does not."""
    conversation, ingrid = make_conversation(), make_helper(team, "Ingrid")
    ingrid.user.email = "ingrid@example.nl"
    ingrid.user.save()
    handover = stored(conversation, helper_kind="worker")
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Dag")
    conversation.refresh_from_db()
    away.helper_away(conversation, says(conversation, "kunt u mij helpen met de brief"))
    leave = Absence.objects.create(helper=mark, first_day=noon.date(), last_day=noon.date())
    assert notify(noon) == 0
    leave.replacement = ingrid
    leave.save()
    Helper.objects.filter(pk=ingrid.pk).update(kind="key_person")
    assert notify(noon) == 0
    Helper.objects.filter(pk=ingrid.pk).update(kind="worker")
    assert notify(noon) == 1
    assert [m.to for m in mail.outbox] == [["ingrid@example.nl"]]


def named(team, name, **more):
    """A helper who has an address."""
    helper = make_helper(team, name, **more)
    helper.user.email = f"{name.lower()}@example.nl"
    helper.user.save()
    return helper


def told_at(when):
    """Who gets a mail at this time."""
    mail.outbox.clear()
    notify(when)
    return sorted(m.to[0].split("@")[0] for m in mail.outbox)


def test_what_waits_beyond_the_head_start_is_told_also_to_who_heard_of_a_later_one(mark, team, noon):
    """The Turkish one of twelve is theirs from a quarter past on: the Dutch one of five past, of which they heard, is another."""
    named(team, "Elif", languages=["nl", "tr"])
    Helper.objects.filter(pk=mark.pk).update(languages=["nl"])
    stored(make_conversation("tr"))
    Handover.objects.update(created_at=noon)
    assert told_at(noon + dt.timedelta(minutes=1)) == ["elif"]
    later = stored(make_conversation("nl"))
    Handover.objects.filter(pk=later.pk).update(created_at=noon + dt.timedelta(minutes=5))
    assert [told_at(noon + dt.timedelta(minutes=m)) for m in (6, 16, 37, 70)] == [["mark"], [], ["elif", "mark"], []]


@pytest.mark.parametrize("how", ["leave", "let_go", "may_know"])
def test_what_was_asked_of_a_colleague_and_becomes_everybodys_is_told(mark, team, noon, how):
    """They went away, left, or may know the resident: the others have heard of something later meanwhile."""
    yusuf, ingrid = named(team, "Yusuf", kind="key_person"), named(team, "Ingrid", coordinator=True)
    handover = stored(make_conversation())
    service.accept(handover.pk, mark)
    handing_on.to_colleague(handover.pk, mark, yusuf)
    stored(make_conversation())
    assert told_at(noon) == ["ingrid", "mark", "yusuf"]
    assert told_at(noon + dt.timedelta(minutes=40)) == []
    if how == "leave":
        Absence.objects.create(helper=yusuf, first_day=noon.date(), last_day=noon.date())
    elif how == "let_go":
        let_go(yusuf, Staff(ingrid.user, Role.COORDINATOR, ingrid))
    else:
        handing_on.may_know(handover.pk, yusuf)
    assert [told_at(noon + dt.timedelta(minutes=m)) for m in (41, 80)] == [["ingrid", "mark"], []]


def test_an_address_that_is_none_costs_nobody_else_the_news(mark, team, noon):
    """An account from before addresses were looked at: those behind it were told of nothing, minute after minute."""
    mark.user.email = f"mark@{'é' * 70}.nl"
    mark.user.save()
    ingrid = make_helper(team, "Ingrid")
    User.objects.filter(pk=ingrid.user_id).update(email="ingrid@example.nl")
    stored(make_conversation())
    assert notify(noon) == 1
    assert [sent.to for sent in mail.outbox] == [["ingrid@example.nl"]]


@pytest.mark.django_db(transaction=True)
def test_a_slow_mail_server_holds_up_one_worker_and_not_the_residents():
    """The next minute's look waits until this one has ended; what goes to residents does not."""
    from bot.conversations.tasks import deliver

    def fetched():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
            cursor.execute("SELECT task_name FROM procrastinate_fetch_job_v2(%s, %s)", [["delivery"], cursor.fetchone()[0]])
            return cursor.fetchone()[0]

    with connection.cursor() as cursor:  # what tests before this one put in line
        cursor.execute("DELETE FROM procrastinate_jobs")
    tasks.mail.defer(timestamp=1)
    assert fetched() == "bot.desk.tasks.mail"
    tasks.mail.defer(timestamp=2)
    deliver.defer(conversation_id=1)
    assert [fetched(), fetched()] == ["bot.conversations.tasks.deliver", None]
