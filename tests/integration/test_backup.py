"""A copy of the database, put into an empty one, reads with the keys of its time and not without them."""

import base64
import json
import os
import subprocess
import sys
from contextlib import nullcontext

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bot import backup, backup_commands, database
from bot.conversations.models import Conversation, Message, Resident
from bot.privacy import keys
from tests.environment import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def params():
    return dict(connection.get_connection_params())


@pytest.fixture
def empty(params):
    """A second, empty database on the same server."""
    name = f"{params['dbname']}_restored"
    with psycopg.connect(
        **{k: params[k] for k in ("host", "port", "user", "password", "dbname") if params.get(k)}, autocommit=True
    ) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {**params, "dbname": name}
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _message(text="wat een brief"):
    conversation = Conversation.objects.create(resident=Resident.objects.create(), channel="telegram", address_hash="h")
    return Message.objects.create(conversation=conversation, position=1, author="resident", text=text, channel="telegram")


def test_a_copy_put_back_reads_as_before(params, empty, tmp_path):
    message, copy = _message(), tmp_path / "monday.dump"
    assert backup.back_up(copy, params) > 1000
    assert copy.stat().st_mode & 0o777 == 0o600
    assert b"wat een brief" not in copy.read_bytes()
    backup.restore(copy, empty)
    with backup._connect(empty) as restored:
        [(stored,)] = restored.execute("SELECT text FROM conversations_message WHERE id = %s", [message.pk]).fetchall()
        [(jobs,)] = restored.execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'procrastinate%'").fetchall()
    assert keys.decrypt(bytes(stored)).decode() == "wat een brief"
    assert jobs > 5


def test_nothing_is_put_over_what_is_there(params, tmp_path):
    copy = tmp_path / "monday.dump"
    backup.back_up(copy, params)
    with pytest.raises(backup.BackupFailed, match="not empty"):
        backup.restore(copy, params)


def test_a_spoiled_copy_leaves_the_database_empty(params, empty, tmp_path):
    copy = tmp_path / "monday.dump"
    size = backup.back_up(copy, params)
    copy.write_bytes(copy.read_bytes()[: size // 2])
    with pytest.raises(backup.BackupFailed):
        backup.restore(copy, empty)
    with backup._connect(empty) as restored:
        assert restored.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchall() == [(0,)]
    with pytest.raises(backup.BackupFailed, match="is no file"):
        backup.restore(tmp_path / "tuesday.dump", empty)


def test_a_copy_that_fails_leaves_no_half_file(params, tmp_path):
    with pytest.raises(backup.BackupFailed):
        backup.back_up(tmp_path / "monday.dump", {**params, "dbname": "nosuchdatabase"})
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_named_in_one_line(params, tmp_path):
    """It only asked "Is the server running on that host?"."""
    with pytest.raises(backup.BackupFailed, match=r"port 9.*refused") as refused:
        backup.back_up(tmp_path / "monday.dump", {**params, "host": "127.0.0.1", "port": 9, "password": "geheim"})
    assert "\n" not in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_an_empty_database_takes_no_good_copys_place(empty, tmp_path):
    """Another address by mistake: last week's copy stays, and the command fails."""
    copy = tmp_path / "monday.dump"
    copy.write_bytes(b"last week's")
    with pytest.raises(backup.BackupFailed, match="holds nothing of Aanspraak"):
        backup.back_up(copy, empty)
    assert copy.read_bytes() == b"last week's"
    assert list(tmp_path.iterdir()) == [copy]


@pytest.mark.parametrize("words", [("backup", "monday.dump"), ("keys", "list"), ("database", "check")])
def test_a_command_makes_no_empty_database(tmp_path, words):
    """As root or without AANSPRAAK_VAR there is none where it looks: it says so, and leaves nothing there."""
    var = tmp_path / "var"
    (tmp_path / "monday.dump").write_bytes(b"last week's")
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "AANSPRAAK_VAR": str(var), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    folder = database._data_folder(ROOT, var)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"There is no database in {folder}.")
    assert not folder.exists()
    assert not var.exists()
    assert (tmp_path / "monday.dump").read_bytes() == b"last week's"


def test_a_missing_key_is_named(settings):
    _message()
    assert backup.missing_keys() == {}
    settings.FIELD_KEYS_PATH = ""
    settings.FIELD_KEYS = "other:" + base64.b64encode(b"k" * 32).decode()
    assert sum(backup.missing_keys().values()) > 0


def test_the_password_stands_in_no_command_line(params, tmp_path, monkeypatch):
    seen = []
    real = subprocess.run

    def run(command, **more):
        seen.append(command)
        return real(command, **more)

    monkeypatch.setattr(subprocess, "run", run)
    backup.back_up(tmp_path / "monday.dump", {**params, "password": params.get("password") or "hidden-word"})
    assert seen
    assert not any((params.get("password") or "hidden-word") in str(part) for command in seen for part in command)


@pytest.fixture
def own_server(settings, tmp_path, monkeypatch):
    """A DATABASE_URL of one's own; the folder of the machine's programs, which is empty."""
    settings.EMBEDDED_DATABASE = False
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_server_of_ones_own_is_asked_by_the_machines_programs_with_all_that_the_url_says(params, empty, own_server, tmp_path):
    """The embedded server's own cannot encrypt, and a certificate that is not checked proves nothing."""
    for name in ("pg_dump", "pg_restore"):
        program = own_server / name
        program.write_text(f"#!{sys.executable}\nimport json, os, sys\n"
                           f"json.dump([sys.argv[1:], dict(os.environ)], open({str(tmp_path / name)!r}, 'w'))\n")  # fmt: skip
        program.chmod(0o755)
    given = {"sslmode": "prefer", "sslrootcert": "/etc/our own/ca.pem", "options": "-c lock_timeout=5000"}
    copy = tmp_path / "monday.dump"
    backup.back_up(copy, {**params, **given})
    backup.restore(copy, {**empty, **given})
    for name, dbname in (("pg_dump", params["dbname"]), ("pg_restore", empty["dbname"])):
        words, environment = json.loads((tmp_path / name).read_text())
        [address] = [word.removeprefix("--dbname=") for word in words if word.startswith("--dbname=")]
        wanted = {**given, "host": params["host"], "user": params["user"], "dbname": dbname}
        assert conninfo_to_dict(address).items() >= wanted.items()
        assert "password" not in address
        assert "--no-password" in words  # nobody sits there who could type one
        assert environment["PGPASSWORD"] == params["password"]


def test_without_the_machines_programs_it_says_what_to_install(params, own_server, tmp_path):
    with pytest.raises(backup.BackupFailed, match="postgresql-client"):
        backup.back_up(tmp_path / "monday.dump", params)
    assert list(tmp_path.iterdir()) == [own_server]


def test_a_restore_where_there_are_no_keys_says_that_it_worked(params, empty, settings, tmp_path, monkeypatch, capsys):
    """It was a traceback after a copy that had been put back whole."""
    _message()
    copy = tmp_path / "monday.dump"
    backup.back_up(copy, params)
    settings.FIELD_KEYS_PATH = settings.FIELD_KEYS = ""
    monkeypatch.setattr(backup_commands, "prepare", lambda new: None)
    monkeypatch.setattr(backup_commands, "server", nullcontext)
    monkeypatch.setattr(backup_commands, "_params", lambda: empty)
    with pytest.raises(SystemExit):
        backup_commands.restore(copy)
    assert capsys.readouterr().err.startswith("Restored, but there are no keys here")
    with backup._connect(empty) as restored:
        assert restored.execute("SELECT count(*) FROM conversations_message").fetchall() == [(1,)]
