"""Each kind of data has an end, told in one table; the sweeps keep to it."""

import base64
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.sessions.models import Session
from django.utils import timezone

from bot.conversations import rights
from bot.conversations.models import Attachment, Conversation, Drawer, JoinCode, Message, WaitingBody
from bot.conversations.outbox import post
from bot.desk.models import MailSent, Tally, TallyDay, Told
from bot.handover import keeping, service
from bot.handover.models import AuditLine, Draft, Handover, HandoverEvent
from bot.handover.reading import log_reading, summary, thread
from bot.neighbourhood.accounts import AccountEvent, Invitation
from bot.neighbourhood.models import Absence, Helper, User
from bot.privacy import wipe
from bot.privacy.retention import markdown, table
from bot.testing.dump import search_everything
from tests.integration.handover_helpers import (  # noqa: F401
    draft_for,
    make_conversation,
    make_helper,
    make_team,
    says,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
DAY = timedelta(days=1)


def test_every_table_is_named_once():
    """A new table without a term fails here: say in content/retention.yml how long it is kept."""
    named = [name for kept in table() for name in kept.tables]
    assert sorted(named) == sorted({*named})
    assert set(named) == {model._meta.label for model in apps.get_models(include_auto_created=True)}


@pytest.mark.parametrize("tag", ["nl", "en"])
def test_the_documents_show_the_table(tag):
    text = (ROOT / "docs" / "privacy" / f"retention.{tag}.md").read_text(encoding="utf-8")
    shown = text.split("<!-- retention -->\n")[1].split("\n<!-- /retention -->")[0]
    assert shown == markdown(tag, {"talk": 30, "handover": 365, "audit": 1095})


@pytest.mark.parametrize(
    ("name", "value"),
    [("RETENTION_DAYS", "0"), ("RETENTION_DAYS", "-3"), ("RETENTION_DAYS", "31"), ("RETENTION_DAYS", "soon"),
     ("RETENTION_HANDOVER_DAYS", "7"), ("RETENTION_HANDOVER_DAYS", "366"), ("RETENTION_AUDIT_DAYS", "30")],
)  # fmt: skip
def test_a_term_that_cannot_be_is_refused_with_its_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    code = "from bot.settings_error import SettingsError\ntry:\n import bot.settings\nexcept SettingsError as e: print(e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.startswith(f"{name} is")
    assert "Give a number of days" in done.stdout


def _closed(team, word="zwierbol"):  # noqa: F811
    """A closed handover with words before it, in it and after it, and its helper."""
    helper, conversation = make_helper(team), make_conversation()
    says(conversation, f"{word} lang ervoor")
    handover = stored(conversation)
    service.accept(handover.pk, helper)
    service.write(handover.pk, helper, f"dag, over {word} tijdens")
    service.close(handover.pk, helper, "done")
    says(conversation, f"{word} erna")
    return conversation, handover, helper


def _age(conversation, days):
    at = timezone.now() - days * DAY
    Conversation.objects.filter(pk=conversation.pk).update(created_at=at)
    Message.objects.filter(conversation=conversation).update(created_at=at)
    Handover.objects.filter(conversation=conversation).update(created_at=at)
    Handover.objects.filter(conversation=conversation, closed_at__isnull=False).update(closed_at=at)
    HandoverEvent.objects.filter(handover__conversation=conversation).update(at=at)


def _said(conversation):
    return " ".join(Message.objects.filter(conversation=conversation).values_list("text", flat=True))


def test_a_closed_handover_keeps_only_its_own_words_for_a_year(team):  # noqa: F811
    conversation, handover, _ = _closed(team)
    lines, talk = summary(handover), thread(handover)
    _age(conversation, 31)
    wipe.sweep_retention(timezone.now())
    conversation.refresh_from_db()
    assert "ervoor" not in _said(conversation)
    assert "erna" not in _said(conversation)
    assert "tijdens" in _said(conversation)
    handover.refresh_from_db()
    assert summary(handover) == lines
    assert [m.text for m in thread(handover)] == [m.text for m in talk]
    assert not conversation.rasa_sessions.exists()

    says(conversation, "ik ben er weer")
    wipe.sweep_retention(timezone.now())
    assert "ik ben er weer" in _said(conversation)

    _age(conversation, 366)
    Conversation.objects.update(trimmed_at=timezone.now() - 2 * DAY)
    wipe.sweep_retention(timezone.now())
    assert not Conversation.objects.filter(pk=conversation.pk).exists()
    assert search_everything(["zwierbol"]) == []


def test_what_was_looked_up_meanwhile_is_not_kept_for_a_year(team):  # noqa: F811
    """ "What do you know about me" repeats what was said before the handover, and lies inside it."""
    helper, conversation = make_helper(team), make_conversation()
    says(conversation, "zwierbol lang ervoor")
    handover = stored(conversation)
    service.accept(handover.pk, helper)
    service.write(handover.pk, helper, "dag, over zwierbol tijdens")
    post(conversation, rights.show(conversation, says(conversation, "ja")))
    service.close(handover.pk, helper, "done")
    assert "• zwierbol lang ervoor" in _said(conversation)
    _age(conversation, 31)
    wipe.sweep_retention(timezone.now())
    assert "ervoor" not in _said(conversation)
    assert "tijdens" in _said(conversation)


def _ended(handover, days):
    """Only the handover is that old; its conversation is not."""
    at = timezone.now() - days * DAY
    Handover.objects.filter(pk=handover.pk).update(closed_at=at)
    HandoverEvent.objects.filter(handover=handover).update(at=at)


def test_a_handover_ends_also_where_the_resident_goes_on_writing(team):  # noqa: F811
    """A year after it was closed it is gone from the desk with its files; the conversation goes on."""
    conversation, handover, helper = _closed(team)
    photo = says(conversation, "", kind="media")
    Attachment.objects.create(message=photo, handover=handover.pk, state="stored", expires_at=timezone.now())
    _ended(handover, 364)
    says(conversation, "ik ben er weer")
    wipe.sweep_retention(timezone.now())
    assert Handover.objects.filter(pk=handover.pk).exists()

    _ended(handover, 366)
    wipe.sweep_retention(timezone.now())
    assert not Handover.objects.exists()
    assert not Attachment.objects.exists()
    assert "erna" in _said(conversation)
    assert "ik ben er weer" in _said(conversation)
    assert {line.kind for line in AuditLine.objects.all()} == {"stored", "accepted", "contacted", "closed", "message"}
    assert set(AuditLine.objects.values_list("actor", flat=True)) == {None, helper.user_id}
    lines = AuditLine.objects.count()
    wipe.wipe_resident(conversation.resident)
    assert AuditLine.objects.count() == lines, "each line once"


def test_a_request_taken_back_ends_too(team):  # noqa: F811
    conversation = make_conversation()
    handover = stored(conversation)
    rights.withdraw(conversation, says(conversation, "niet doorgeven"))
    _ended(handover, 366)
    wipe.sweep_retention(timezone.now())
    assert not Handover.objects.exists()
    assert AuditLine.objects.filter(kind="withdrawn").exists()


def test_words_kept_for_a_handover_go_with_it(team):  # noqa: F811
    """The resident was away for a month and is back: what the month would have taken goes now, what is new stays."""
    conversation, handover, _ = _closed(team)
    _age(conversation, 31)
    wipe.sweep_retention(timezone.now())
    assert "tijdens" in _said(conversation)
    says(conversation, "ik ben er weer")
    _ended(handover, 366)
    wipe.sweep_retention(timezone.now())
    assert _said(conversation) == "ik ben er weer"


def test_a_later_handover_keeps_no_earlier_one(team):  # noqa: F811
    """Each has a year of its own, and its own words."""
    conversation, first, helper = _closed(team)
    second = stored(conversation)
    service.accept(second.pk, helper)
    service.write(second.pk, helper, "over de tweede keer")
    service.close(second.pk, helper, "done")
    _age(conversation, 40)
    _ended(first, 400)
    wipe.sweep_retention(timezone.now())
    assert Handover.objects.get() == second
    assert "zwierbol" not in _said(conversation)
    assert "tweede keer" in _said(conversation)

    _ended(second, 366)
    says(conversation, "ik ben er weer")
    wipe.sweep_retention(timezone.now())
    assert _said(conversation) == "ik ben er weer"


def test_who_did_what_stays_without_content(team):  # noqa: F811
    """After the year, and after a wipe: the person, the day and the kind; no word, no id of the resident or the handover."""
    conversation, handover, helper = _closed(team)
    log_reading(handover, helper.user)
    wipe.wipe_resident(conversation.resident)
    line = AuditLine.objects.get(kind="read")
    assert (line.actor, line.team, line.day) == (helper.user, team, timezone.localdate())
    assert {line.kind for line in AuditLine.objects.all()} >= {"stored", "accepted", "closed", "read"}
    assert len(set(AuditLine.objects.values_list("handover_hash", flat=True))) == 1
    markers = ["zwierbol", str(handover.pk), str(conversation.resident_id), conversation.address, conversation.address_hash]
    assert search_everything([m for m in markers if len(m) >= 6]) == []

    AuditLine.objects.update(day=timezone.localdate() - 1096 * DAY)
    wipe.sweep_retention(timezone.now())
    assert not AuditLine.objects.exists()


def test_a_live_handover_keeps_everything_until_a_year_of_silence(team):  # noqa: F811
    conversation = make_conversation()
    stored(conversation)
    _age(conversation, 100)
    assert keeping.keep_live({conversation.pk}) == [conversation.pk]
    wipe.sweep_retention(timezone.now())
    assert Conversation.objects.filter(pk=conversation.pk).exists()
    _age(conversation, 366)
    wipe.sweep_retention(timezone.now())
    assert not Conversation.objects.filter(pk=conversation.pk).exists()
    assert AuditLine.objects.filter(kind="stored").exists()


def test_a_request_that_was_left_goes_after_a_day(team):  # noqa: F811
    conversation = make_conversation()
    draft_for(conversation)
    wipe.sweep_retention(timezone.now())
    assert Draft.objects.exists()
    Draft.objects.update(updated_at=timezone.now() - DAY)
    wipe.sweep_retention(timezone.now())
    assert not Draft.objects.exists()
    assert Conversation.objects.filter(pk=conversation.pk).exists()


def test_codes_and_unread_bodies_go(caplog):
    now, conversation = timezone.now(), make_conversation()
    JoinCode.objects.create(conversation=conversation, code_hash="a", expires_at=now)
    WaitingBody.objects.create(channel="whatsapp", body=b"{}")
    WaitingBody.objects.update(at=now - DAY)
    wipe.sweep_retention(now)
    assert not JoinCode.objects.exists()
    assert not WaitingBody.objects.exists()
    assert "retention.unread_bodies" in caplog.text


def test_what_is_kept_of_staff_ends_too(team):  # noqa: F811
    now, helper = timezone.now(), make_helper(team)
    for days in (31, 29):
        Invitation.objects.create(token_hash=f"{days}", email="x@demo.invalid", first_name="x", expires_at=now - days * DAY)
    AccountEvent.objects.create(email="old@demo.invalid", kind="left")
    AccountEvent.objects.update(at=now - 1096 * DAY)
    AccountEvent.objects.create(email="new@demo.invalid", kind="left")
    for days in (366, 10):
        Absence.objects.create(helper=helper, first_day=(now - days * DAY).date(), last_day=(now - days * DAY).date())
    for days in (50, 40):
        MailSent.objects.create(helper=helper, at=now - days * DAY, told_until=now)
    for handover in (ended := stored(make_conversation())), (live := stored(make_conversation())):
        Told.objects.create(helper=helper, handover=handover, since=now)
    Handover.objects.filter(pk=ended.pk).update(state="closed", closed_at=now)
    for day in ((now - 1200 * DAY).date(), now.date()):
        Tally.objects.create(team=team, month=f"{day:%Y-%m}", view="language", group="pl", count=12)
        TallyDay.objects.create(day=day)
    Session.objects.create(session_key="old", expire_date=now - DAY)
    Session.objects.create(session_key="new", expire_date=now + DAY)
    AccessAttempt.objects.create(username="x@demo.invalid", ip_address="192.0.2.1", failures_since_start=1)
    AccessAttempt.objects.update(attempt_time=now - 31 * DAY)
    wipe.sweep_retention(now)
    assert Invitation.objects.get().token_hash == "29"
    assert AccountEvent.objects.get().email == "new@demo.invalid"
    assert Absence.objects.count() == 1
    assert MailSent.objects.get().at == now - 40 * DAY
    assert Told.objects.get().handover == live
    assert Session.objects.get().session_key == "new"
    assert Tally.objects.get().month == f"{now:%Y-%m}"
    assert TallyDay.objects.get().day == now.date()
    assert not AccessAttempt.objects.exists()


def test_who_left_long_ago_becomes_nameless(team):  # noqa: F811
    """The row stays, since a timeline refers to it; the name and the address do not."""
    gone, here = make_helper(team, "Vertrokkenaar"), make_helper(team, "Blijver")
    old = timezone.now() - 1100 * DAY
    User.objects.update(date_joined=old, last_login=old)
    Helper.objects.filter(pk=gone.pk).update(active=False)
    wipe.sweep_retention(timezone.now())
    assert search_everything(["vertrokkenaar"]) == []
    here.user.refresh_from_db()
    assert here.user.email.startswith("blijver")


def test_the_chat_says_how_long_things_stay(team):  # noqa: F811
    """Under what we know: at most 30 days, a year for what was passed on; the second not on a phone that others read."""
    plain, asked = make_conversation(), make_conversation()
    discreet = make_conversation(discreet=True)
    for conversation in (asked, discreet):
        stored(conversation)
    said = {c: rights.show(c, says(c, "laat zien"))[-1].text for c in (plain, asked, discreet)}
    assert "30 dagen" in said[plain]
    assert "jaar" not in said[plain]
    assert "jaar" in said[asked]
    assert "jaar" not in said[discreet]


def test_a_lost_key_ends_no_retention(team, settings):  # noqa: F811
    """What a closed handover keeps is found without reading it; the rest goes, a telephone number after its day too."""
    conversation, *_ = _closed(team)
    settings.FIELD_KEYS_PATH = ""
    settings.FIELD_KEYS = f"other:{base64.b64encode(b'k' * 32).decode()}"
    make_conversation()
    Message.objects.update(created_at=timezone.now() - 60 * DAY)
    Conversation.objects.update(created_at=timezone.now() - 60 * DAY)
    Drawer.objects.create(conversation=conversation, kind="phone", value="0612345678", expires_at=timezone.now() - DAY)
    wipe.sweep_retention(timezone.now())
    assert list(Conversation.objects.values_list("pk", flat=True)) == [conversation.pk]
    assert not Drawer.objects.exists()


def test_a_room_that_fails_keeps_nobody_elses_things(caplog, monkeypatch):
    """An error over one conversation, or in one room: the rest goes, and the log says that something stayed."""
    first, _, swept = make_conversation(), make_conversation(), []
    Conversation.objects.update(created_at=timezone.now() - 60 * DAY)

    def keeps(ids):
        if first.pk in ids:
            raise ValueError
        return ()

    def fails(now):
        raise OSError

    monkeypatch.setattr(wipe, "_keepers", {"x": keeps})
    monkeypatch.setattr(wipe, "_sweepers", {"a": fails, "b": swept.append})
    wipe.sweep_retention(timezone.now())
    assert (list(Conversation.objects.values_list("pk", flat=True)), len(swept)) == ([first.pk], 1)
    assert caplog.text.count("retention.failed") == 2
