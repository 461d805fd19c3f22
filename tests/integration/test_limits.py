"""What strangers and floods cannot do: make the parts work, take turns without end, fill the disk, or silence danger."""

import errno
import os
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from bot import health, secrets, start
from bot.channels import attachments
from bot.channels.tasks import take_whatsapp_body
from bot.channels.whatsapp import batches
from bot.conversations import inbox, turns, without_rasa
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Attachment, Message, WaitingBody
from bot.secrets import ensure_secrets

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch):
    """How often the parts were asked; one of them is down."""
    calls = []

    def parts():
        calls.append(1)
        return {"database": True, "rasa": False}

    monkeypatch.setattr(health, "parts", parts)
    monkeypatch.setattr(health, "_last", {})
    return calls


def test_strangers_hear_only_whether_all_is_well(asked, settings):
    settings.PUBLIC_BASE_URL, settings.STATUS_TOKEN = "https://chat.example.nl", "a-token"
    for answer in (Client().get("/readyz"), Client().get("/readyz", headers={"Authorization": "Bearer other"})):
        assert (answer.status_code, answer.json()) == (503, {"ready": False})
    ours = Client().get("/readyz", headers={"Authorization": "Bearer a-token"})
    assert ours.json() == {"database": True, "rasa": False}


def test_strangers_cannot_make_the_parts_work(asked, settings, monkeypatch):
    monkeypatch.setattr(health, "_KEPT_SECONDS", 60)
    settings.PUBLIC_BASE_URL = "https://chat.example.nl"
    for _ in range(5):
        Client().get("/readyz")
    assert len(asked) == 1


def test_an_empty_token_opens_nothing(asked, settings):
    settings.PUBLIC_BASE_URL, settings.STATUS_TOKEN = "https://chat.example.nl", ""
    assert Client().get("/readyz", headers={"Authorization": "Bearer "}).json() == {"ready": False}


def test_a_demo_machine_tells_itself_and_nobody_else(asked, settings):
    settings.PUBLIC_BASE_URL = ""
    assert Client().get("/readyz").json() == {"database": True, "rasa": False}
    assert Client(REMOTE_ADDR="192.0.2.7").get("/readyz").json() == {"ready": False}


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_a_flood_is_kept_answered_by_one_line_and_never_silences_danger(rasa, monkeypatch, channel):
    """Two hundred messages in a minute, with the limit at thirty: all stored, thirty turns, one line, and help at once."""
    monkeypatch.setattr(without_rasa, "_FLOOD_LENGTH", 30)
    for number in range(200):
        got = receive(Incoming(channel, "7001", text=f"vraag nummer {number} over de huur", provider_id=f"{channel}{number}"))
    danger = receive(Incoming(channel, "7001", text="ik ga mezelf van kant maken", provider_id=f"{channel}x"))
    stop = receive(Incoming(channel, "7001", text="wis alles", provider_id=f"{channel}y"))
    turns.drain(got.conversation_id)
    said = Message.objects.filter(conversation=got.conversation_id)
    assert said.filter(author="resident").count() == 202
    assert not said.filter(author="resident", handled_at=None).exists()
    assert len(rasa.calls) == 30
    assert said.filter(key="turn.too_fast").count() == 1
    assert said.filter(reply_to__position=danger.position).exists()
    assert said.get(reply_to__position=stop.position).key == "rights.wipe_confirm"

    Message.objects.filter(conversation=got.conversation_id).update(created_at=timezone.now() - timedelta(minutes=2))
    receive(Incoming(channel, "7001", text="en nu rustig", provider_id=f"{channel}z"))
    turns.drain(got.conversation_id)
    assert len(rasa.calls) == 31


def test_only_so_many_files_wait_and_only_so_many_are_kept(monkeypatch):
    """The messages stay; what goes beyond is no file any more."""
    monkeypatch.setattr(inbox, "MAX_FILES", 3)
    for number in range(5):
        got = receive(
            Incoming("telegram", "7001", kind="media", what="image", provider_id=f"f{number}", reference={"id": f"{number}"})
        )
    assert Message.objects.filter(conversation=got.conversation_id).count() == 5
    assert Attachment.objects.count() == 3

    monkeypatch.setattr(attachments, "_MOST_STORED", 1)
    one, two, _ = Attachment.objects.all()
    handover = "00000000-0000-0000-0000-000000000001"
    Attachment.objects.filter(pk=one.pk).update(state="stored", handover=handover)
    Attachment.objects.filter(pk=two.pk).update(state="agreed", handover=handover)
    assert attachments.fetch_one(two.pk)
    two.refresh_from_db()
    assert (two.state, two.error, two.reference) == ("failed", "too_many", {})


def test_a_large_body_is_tried_again_and_looked_for(transactional_db):
    from django.db import connection

    assert take_whatsapp_body.retry_strategy.max_attempts >= 5
    waiting = WaitingBody.objects.create(channel="whatsapp", body=b"{}")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        batches.look_again(timezone.now())
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)
        batches.look_again(timezone.now() + timedelta(minutes=11))
        cursor.execute("SELECT task_name, args->>'body_id' FROM procrastinate_jobs")
        assert cursor.fetchall() == [("bot.channels.tasks.take_whatsapp_body", str(waiting.pk))]
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_secrets_are_for_their_owner_alone(tmp_path):
    """Made so, and made so again after a careless copy."""
    folder = tmp_path / "secrets"
    ensure_secrets(folder)
    (folder / "FIELD_KEYS").chmod(0o644)
    folder.chmod(0o755)
    ensure_secrets(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_an_empty_secret_is_made_again_and_a_full_one_never(tmp_path):
    """A power cut at the first start left an empty file, which was taken for a key for good."""
    ensure_secrets(tmp_path)
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    (tmp_path / "HASH_KEY").write_text("\n")
    assert ensure_secrets(tmp_path) == ["HASH_KEY"]
    now = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert now.pop("HASH_KEY").strip()
    assert now == {name: value for name, value in kept.items() if name != "HASH_KEY"}
    assert (tmp_path / "HASH_KEY").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_does_not_fit_on_the_disk_leaves_nothing(tmp_path, monkeypatch):
    """The next start makes it whole; it has its name only once it is on the disk."""

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            ensure_secrets(tmp_path)
        assert list(tmp_path.iterdir()) == []
    assert len(ensure_secrets(tmp_path)) > 5


def test_who_comes_second_keeps_what_the_first_made(tmp_path, monkeypatch):
    """Two commands at once on a new machine: one key is there, and both use that."""
    put = secrets._put

    def overtaken(path, value):
        path.write_text("the first one's\n")
        return put(path, value)

    monkeypatch.setattr(secrets, "_put", overtaken)
    assert ensure_secrets(tmp_path) == []
    assert {path.read_text() for path in tmp_path.iterdir()} == {"the first one's\n"}


def test_without_second_names_it_is_made_all_the_same(tmp_path, monkeypatch):
    """On a file system that has no hard links."""

    def refused(*names):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert sorted(ensure_secrets(tmp_path)) == sorted(path.name for path in tmp_path.iterdir())


def test_a_full_disk_is_said_before_keys_are_made(tmp_path, monkeypatch):
    """Half of them would be kept for good."""
    monkeypatch.setattr(start.shutil, "disk_usage", lambda folder: SimpleNamespace(free=12_000_000))
    with pytest.raises(start.CannotStart, match="almost full"):
        start._prepare_var(SimpleNamespace(VAR=tmp_path, SECRETS=tmp_path / "secrets"))
    assert list(tmp_path.iterdir()) == []
