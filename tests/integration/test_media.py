"""Photos, voice messages and files: only a reference on arrival; fetched safely after a yes; gone with the handover."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from bot.channels import attachments, media
from bot.channels.sniffing import kind_of
from bot.channels.tasks import fetch_attachment
from bot.channels.whatsapp import files
from bot.conversations.models import Attachment
from bot.desk.files import files_of
from bot.handover import consent
from bot.handover.models import Handover
from bot.privacy.wipe import sweep_retention
from bot.testing.telegram_updates import message_update
from bot.testing.whatsapp_bodies import body, change, message
from tests.integration import telegram_setting as tg
from tests.integration.handover_helpers import draft_for, make_helper, make_team, says, shown
from tests.integration.whatsapp_setting import PHONE, fake_whatsapp, found, post

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 500


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_whatsapp(settings, monkeypatch) as server:
        server.media["77"] = (JPEG, "image/jpeg")
        yield server


def _photo(media_id="77"):
    post(body(change([message(PHONE, {"type": "image", "image": {"id": media_id, "mime_type": "image/jpeg"}})])))
    return Attachment.objects.latest("pk")


def _yes():
    """A resident asks for a person, sees the preview and says yes."""
    conversation = found()
    lines = shown(draft_for(conversation))
    return lines, consent.store(conversation, says(conversation, "Ja, geef door", kind="tap"))


def test_nothing_is_fetched_before_a_yes_and_the_preview_says_what_goes_along(fake):
    """The count stands in the lines; after the yes the file is there, encrypted in the database."""
    make_team()
    attachment = _photo()
    assert not [c for c in fake.calls if c.method == "GET"]
    lines, handover = _yes()
    assert [(line.label, line.value) for line in lines if line.name == "files"] == [("Bestanden", "1")]
    attachment.refresh_from_db()
    assert (attachment.state, attachment.handover) == ("agreed", handover.pk)
    assert attachments.fetch_one(attachment.pk)
    attachment.refresh_from_db()
    assert (attachment.state, attachment.mime, attachment.content, attachment.reference) == ("stored", "image/jpeg", JPEG, {})
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM conversations_attachment")
        assert b"xxxx" not in bytes(cursor.fetchone()[0])


def test_a_line_taken_out_stays_behind(fake):
    """The resident may keep the files to themselves."""
    make_team()
    _photo()
    conversation = found()
    draft = draft_for(conversation)
    consent.remove_line(draft, "files")
    shown(draft)
    consent.store(conversation, says(conversation, "Ja, geef door", kind="tap"))
    assert Attachment.objects.get().state == "reference"


def test_without_a_yes_the_reference_goes_within_a_day(fake):
    """A stored file stays."""
    _photo()
    sweep_retention(timezone.now() + timedelta(hours=23))
    assert Attachment.objects.exists()
    sweep_retention(timezone.now() + timedelta(hours=24, minutes=1))
    assert not Attachment.objects.exists()


def test_a_handover_taken_back_takes_its_files_along(fake):
    """And nobody can open them meanwhile."""
    team = make_team()
    _photo()
    _, handover = _yes()
    attachments.fetch_one(Attachment.objects.get().pk)
    mark = make_helper(team)
    Handover.objects.filter(pk=handover.pk).update(state="accepted", holder=mark)
    handover.refresh_from_db()
    assert [f.mime for f in files_of(handover, mark)] == ["image/jpeg"]
    assert files_of(handover, make_helper(team, "Noor")) == []
    consent.withdraw(found(), says(found(), "laat maar"))
    handover.refresh_from_db()
    assert files_of(handover, mark) == []
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"MZ" + b"x" * 99, "kind"), (b"<svg onload=1>", "kind"), (b"PK\x03\x04xxxx", "kind"), (b"", "kind"),
     (b"\xff\xd8\xff" + b"x" * media.MAX_BYTES, "size")],
)  # fmt: skip
def test_a_file_is_known_by_its_content_and_not_kept_when_it_is_something_else(fake, content, error):
    """Whatever type WhatsApp says it has."""
    fake.media["88"] = (content, "image/jpeg")
    fetched = media.fetch("whatsapp", {"id": "88"})
    assert (fetched.error, fetched.again, fetched.content) == (error, False, b"")


@pytest.mark.parametrize(
    "url", ["http://lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com.evil.nl/x", "https://evil.nl/lookaside.fbsbx.com",
            "https://lookaside.fbsbx.com:8443/x", "https://user@evil.nl/x", "file:///etc/passwd", "https://127.0.0.1/x"],
)  # fmt: skip
def test_the_token_goes_to_no_other_host(fake, monkeypatch, url):
    """Not by https elsewhere, not by http, not to a port of one's own."""
    before = len(fake.calls)
    monkeypatch.setattr(files, "current", lambda: SimpleNamespace(get_media_url=lambda _: SimpleNamespace(url=url)))
    assert media.fetch("whatsapp", {"id": "77"}).error == "host"
    assert len(fake.calls) == before


def test_a_file_that_is_gone_is_given_up_and_a_provider_that_stumbles_is_asked_again(fake):
    """The desk is told to ask the resident for it once more."""
    assert media.fetch("whatsapp", {"id": "gone"}).error == "gone"
    make_team()
    attachment = _photo("gone")
    _yes()
    assert attachments.fetch_one(attachment.pk)
    attachment.refresh_from_db()
    assert (attachment.state, attachment.error) == ("failed", "gone")
    fake.token = "another"
    stumbled = media.fetch("whatsapp", {"id": "77"})
    assert (stumbled.error, stumbled.again) == ("channel_down", True)


def _jobs(statement="SELECT args->>'attachment_id' FROM procrastinate_jobs WHERE task_name LIKE '%.fetch_attachment'"):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [int(pk) for (pk,) in cursor.fetchall()] if cursor.description else None


def test_an_agreed_file_whose_job_is_gone_is_looked_for_and_in_the_end_said_to_be_lost(fake):
    """The desk read "is being fetched" for ever; one whose job still waits is left to it."""
    make_team()
    attachment = _photo()
    _yes()
    sweep_retention(timezone.now())
    sweep_retention(timezone.now() + timedelta(days=2))
    attachment.refresh_from_db()
    assert (attachment.state, _jobs()) == ("agreed", [attachment.pk])
    _jobs("DELETE FROM procrastinate_jobs")
    sweep_retention(timezone.now())
    assert _jobs() == [attachment.pk]
    _jobs("DELETE FROM procrastinate_jobs")
    sweep_retention(timezone.now() + timedelta(hours=25))
    attachment.refresh_from_db()
    assert (attachment.state, attachment.error, attachment.reference, _jobs()) == ("failed", "lost", {}, [])


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_file_is_fetched_again_when_it_was_the_database_that_failed(error):
    """The job ended there, and with it the file."""
    job = SimpleNamespace(attempts=1)
    assert fetch_attachment.retry_strategy.get_retry_decision(exception=error(), job=job)


@pytest.mark.parametrize(("command", "error"), [("false", "infected"), ("true", ""), ("/no/such/program", "infected")])
def test_the_antivirus_hook_decides(fake, settings, command, error):
    """Also by failing."""
    settings.MEDIA_SCAN_COMMAND = command
    assert media.fetch("whatsapp", {"id": "77"}).error == error


def test_telegram_files_come_from_telegrams_own_address(settings, monkeypatch):
    """One too large, or gone, is not kept."""
    with tg.fake_telegram(settings, monkeypatch) as fake:
        fake.files |= {"v1": b"OggS" + b"x" * 99, "big": b"OggS" + b"x" * 20_000_001}
        tg.post(message_update(1, tg.CHAT, {"message_id": 1, "voice": {"file_id": "v1", "mime_type": "text/html"}}))
        assert Attachment.objects.get().reference["id"] == "v1"
        got = media.fetch("telegram", {"id": "v1"})
        assert (got.error, got.mime, len(got.content)) == ("", "audio/ogg", 103)
        assert media.fetch("telegram", {"id": "big"}).error == "size"
        assert media.fetch("telegram", {"id": "nothing"}).error == "gone"


def test_known_kinds():
    """What a browser shows or plays."""
    assert [kind_of(b) for b in (b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBP", b"0000ftypmp42", b"#!/bin/sh")] == [
        "application/pdf", "image/png", "image/webp", "video/mp4", "",
    ]  # fmt: skip


def test_the_desk_opens_a_file_for_who_holds_the_handover_alone(fake, client):
    """Shown, never run: a policy of its own, no name of the sender's, kept by no cache."""
    from bot.desk import access

    team = make_team()
    _photo()
    _, handover = _yes()
    attachments.fetch_one(Attachment.objects.get().pk)
    mark = make_helper(team)
    Handover.objects.filter(pk=handover.pk).update(state="accepted", holder=mark)
    address = f"/desk/handovers/{handover.pk}/files/{Attachment.objects.get().pk}"
    assert client.get(address).status_code == 302  # to the sign-in
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "lacks_second_step", lambda user: False)
        client.force_login(make_helper(team, "Noor").user, "allauth.account.auth_backends.AuthenticationBackend")
        assert client.get(address).status_code == 404
        client.force_login(mark.user, "allauth.account.auth_backends.AuthenticationBackend")
        answer = client.get(address)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, JPEG, "image/jpeg")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
