"""A new key reaches every stored value while others write, and the old one can then be thrown away."""

import base64
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection
from django.utils import timezone

from bot.conversations.models import Attachment, Conversation, Message, RasaSession, Resident
from bot.desk.accounts import EncryptedSecondStep
from bot.neighbourhood.models import User
from bot.privacy import keys, rotation
from bot.privacy.exceptions import KeysNotOurs
from bot.privacy.fields import EncryptedTextField

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key_file(settings, tmp_path):
    path = tmp_path / "FIELD_KEYS"
    path.write_text(f"old1:{base64.b64encode(b'o' * 32).decode()}\n")
    path.chmod(0o444)
    settings.FIELD_KEYS_PATH = str(path)
    keys.look_again()
    yield path
    keys.look_again()


def _message(number):
    conversation = Conversation.objects.create(
        resident=Resident.objects.create(), channel="telegram", address_hash=f"h{number}", address=f"chat {number}"
    )
    RasaSession.objects.create(sender_id=f"s{number}", conversation=conversation, events=[{"text": f"woord {number}"}])
    message = Message.objects.create(
        conversation=conversation, position=1, author="resident", text=f"woord {number}", channel="telegram"
    )
    Attachment.objects.create(message=message, content=b"photo", reference={"id": "x"}, expires_at=timezone.now())
    return message


def _rotate():
    name = rotation.add_key(wait=lambda seconds: None)
    rotation.reencrypt()
    return name


def test_every_value_gets_the_new_key_and_reads_as_before(key_file):
    texts = {_message(number).pk: f"woord {number}" for number in range(1200)}  # more than two batches
    name = _rotate()
    assert set(rotation.used_keys()) == {name}
    assert {m.pk: m.text for m in Message.objects.all()} == texts
    assert RasaSession.objects.first().events[0]["text"].startswith("woord")
    assert bytes(Attachment.objects.first().content) == b"photo"
    assert rotation.drop_unused() == ["old1"]
    keys.look_again()
    assert Message.objects.first().text.startswith("woord")
    assert key_file.stat().st_mode & 0o777 == 0o444  # as it was: in containers another user reads it


def test_every_encrypted_column_is_rotated():
    """A field of ours in a new table is found by itself."""
    found = {(column.table, column.name) for column in rotation.columns()}
    assert found == {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    }
    assert {"handover_handover", "learning_sample", "conversations_drawer"} <= {table for table, _ in found}


def test_a_second_step_gets_the_new_key_too(key_file):
    user = User.objects.create(email="a@demo.invalid", username="a")
    adapter = EncryptedSecondStep()
    Authenticator.objects.create(user=user, type="totp", data={"secret": adapter.encrypt("JBSWY3DP")})
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": adapter.encrypt("seed"), "used_mask": 0})
    name = _rotate()
    assert rotation.used_keys() == {name: 2}
    rotation.drop_unused()
    assert adapter.decrypt(Authenticator.objects.get(type="totp").data["secret"]) == "JBSWY3DP"


def test_nothing_written_meanwhile_is_lost(key_file):
    """Two writers change and add rows all the while; each value is the last one written, and none needs the old key."""
    messages = [_message(number) for number in range(60)]
    stop, written, failed = threading.Event(), {}, []

    def write(part):
        try:
            turn = 0
            while not stop.is_set():
                turn += 1
                for message in messages[part::2]:
                    Message.objects.filter(pk=message.pk).update(text=f"{message.pk} {turn}")
                    written[message.pk] = f"{message.pk} {turn}"
        except Exception as error:  # told to the test below
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(part,)) for part in (0, 1)]
    for writer in writers:
        writer.start()
    names = [_rotate() for _ in range(3)]
    stop.set()
    for writer in writers:
        writer.join()
    rotation.reencrypt()
    assert failed == []
    assert {m.pk: m.text for m in Message.objects.all()} == written
    assert set(rotation.used_keys()) == {names[-1]}


def test_a_process_that_has_not_looked_yet_reads_a_new_row(key_file):
    """Its copy of the keys is seconds old; a row of a key it does not know makes it look at once."""
    keys.encrypt(b"x")  # the file was read just now
    spec = f"new1:{base64.b64encode(b'n' * 32).decode()}"
    stored = _row(spec, b"woord")
    key_file.write_text(f"{spec},{key_file.read_text()}")
    assert keys.decrypt(stored) == b"woord"


def _row(spec, plain):
    name, cipher = next(iter(keys._keyring(spec).items()))
    return name + b"\0" + b"n" * 12 + cipher.encrypt(b"n" * 12, plain, name)


def test_a_half_written_key_file_stops_nobody(key_file):
    stored = keys.encrypt(b"woord")
    key_file.write_text("broken")
    keys.look_again()
    assert keys.decrypt(stored) == b"woord"
    assert keys.decrypt(keys.encrypt(b"nog een")) == b"nog een"


def test_keys_from_the_environment_are_not_ours_to_change(settings):
    settings.FIELD_KEYS_PATH = ""
    with pytest.raises(KeysNotOurs, match="aanspraak keys reencrypt"):
        rotation.add_key()


# --- whose file it is --------------------------------------------------------------------------------------------


@pytest.fixture
def owned(key_file, monkeypatch):
    """The key file as it looks when another user and group own it, with this mode; and what was asked of the system."""
    asked, real = [], Path.stat

    def make(mode, uid=990, gid=991, refused=False):
        key_file.chmod(mode)

        def stat(path, **more):
            found = real(path, **more)
            return SimpleNamespace(st_mode=found.st_mode, st_uid=uid, st_gid=gid) if path == key_file else found

        def fchown(descriptor, *ids):
            asked.append(ids)
            if refused:
                raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(Path, "stat", stat)
        monkeypatch.setattr(os, "fchown", fchown)
        return asked

    return make


def test_the_service_keeps_the_keys_that_root_changes(key_file, owned):
    """With root's own file its processes had no keys, while every row got the new one."""
    asked = owned(0o600)
    rotation.add_key(wait=lambda seconds: None)
    assert asked == [(990, 991)]
    assert key_file.read_text().count(":") == 2


@pytest.mark.parametrize(("mode", "uid"), [(0o600, 990), (0o640, 990), (0o640, None)])
def test_who_would_take_the_keys_from_the_service_is_refused(key_file, owned, mode, uid):
    """Nothing is changed, and nothing is left beside the file."""
    before = key_file.read_text()
    owned(mode, os.geteuid() if uid is None else uid, refused=True)
    with pytest.raises(KeysNotOurs):
        rotation.add_key(wait=lambda seconds: None)
    assert key_file.read_text() == before
    assert list(key_file.parent.iterdir()) == [key_file]


@pytest.mark.parametrize(("mode", "uid"), [(0o444, 990), (0o444, None), (0o600, None)])
def test_where_nobody_loses_them_another_group_is_no_reason(key_file, owned, mode, uid):
    """In a container the owner has the group of root, and the file is readable for all (deploy/README.md)."""
    owned(mode, os.geteuid() if uid is None else uid, refused=True)
    rotation.add_key(wait=lambda seconds: None)
    assert key_file.read_text().count(":") == 2
    assert key_file.stat().st_mode & 0o777 == mode
