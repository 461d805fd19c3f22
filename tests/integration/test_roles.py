"""Whoever works at run time can do all that the program needs, and can neither change tables nor read the server's secrets."""

import os
import subprocess
import sys
import time
from urllib.parse import quote, unquote, urlsplit

import psycopg
import pytest
from django.conf import settings as live
from django.db import ProgrammingError, connection, connections
from typer.testing import CliRunner

from bot import roles
from bot.cli import app as cli
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Heartbeat, Measure, Message
from bot.database import RUNNER, embedded_url
from bot.doctor import _roles
from bot.privacy.wipe import wipe_resident
from bot.secrets import read_secret
from tests.environment import ROOT, VAR

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner():
    """The owner's own connection to the test database, beside Django's."""
    params = connection.get_connection_params()
    wanted = {name: params[name] for name in ("host", "port", "user", "password", "dbname") if params.get(name)}
    with psycopg.connect(**wanted, autocommit=True) as own:
        yield own


def _reconnect(user, password):
    connections.close_all()
    connection.settings_dict.update(USER=user, PASSWORD=password)


@pytest.fixture
def runner(owner, rasa):
    """Django and the queue as the run-time role, as the web process and the workers are."""
    roles.grant(RUNNER)
    before = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    _reconnect(RUNNER, read_secret("DATABASE_RUN_PASSWORD", VAR / "secrets"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (RUNNER,)
    yield RUNNER
    _reconnect(*before.values())


def refused(statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), connection.cursor() as cursor:
        cursor.execute(statement)
    return True


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE conversations_message",
        "ALTER TABLE conversations_message ADD COLUMN copy text",
        "CREATE TABLE copy (text text)",
        "CREATE TEMPORARY TABLE copy (text text)",
        "CREATE FUNCTION public.copy() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE INDEX copy ON conversations_message (position)",
        "CREATE TRIGGER copy AFTER INSERT ON conversations_message EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1()",
        "TRUNCATE conversations_message",
        "CREATE ROLE friend",
        "CREATE DATABASE copy",
        "ALTER ROLE aanspraak PASSWORD 'known'",
        "DELETE FROM django_migrations",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY conversations_message TO PROGRAM 'cat'",
        "CREATE SCHEMA copy",
        "ALTER SYSTEM SET log_statement = 'all'",
        "SET ROLE aanspraak",
    ],
)
def test_what_only_an_owner_may_is_refused(runner, statement):
    """Whatever a hole in the web process lets somebody send to the database."""
    assert refused(statement)


def test_the_role_may_use_every_table_and_sequence(runner, owner):
    """Also those that no other test of it touches; a migration whose table it may not use fails here."""
    tables = owner.execute(
        "SELECT tablename, has_table_privilege(%s, format('public.%%I', tablename), 'SELECT'), has_table_privilege(%s,"
        " format('public.%%I', tablename), 'INSERT') AND has_table_privilege(%s, format('public.%%I', tablename), 'UPDATE')"
        " AND has_table_privilege(%s, format('public.%%I', tablename), 'DELETE') FROM pg_tables WHERE schemaname = 'public'",
        [runner] * 4,
    ).fetchall()
    assert len(tables) > 40
    assert [name for name, reads, _ in tables if not reads] == []
    assert [name for name, _, writes in tables if not writes] == ["django_migrations"]
    sequences = owner.execute(
        "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"
        " AND NOT has_sequence_privilege(%s, format('public.%%I', sequencename), 'USAGE')",
        [runner],
    ).fetchall()
    assert sequences == []


def test_what_a_later_migration_makes_is_theirs_at_once(runner, owner):
    """The version that runs meanwhile is not locked out."""
    owner.execute("CREATE TABLE public.made_later (id bigserial PRIMARY KEY, word text)")
    try:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO made_later (word) VALUES ('x') RETURNING id")
            assert cursor.fetchone() == (1,)
        assert refused("DROP TABLE made_later")
    finally:
        owner.execute("DROP TABLE public.made_later")


@pytest.fixture
def worker(runner, rasa):
    """The real worker process on the test database, as that role."""
    params = connection.get_connection_params()
    url = f"postgresql://{runner}:{params['password']}@{quote(params['host'], safe='')}:5432/{params['dbname']}"
    env = {**os.environ, "DATABASE_URL": url, "RASA_URL": rasa.url, "LOG_LEVEL": "ERROR"}
    process = subprocess.Popen([sys.executable, "-m", "bot.worker", "turns"], cwd=ROOT, env=env)
    yield process
    process.terminate()
    assert process.wait(60) == 0


def _until(seen, seconds=90):
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_message_is_taken_in_answered_counted_and_wiped_by_the_role(worker):
    """By the real queue: deferring, fetching, finishing, the beat; and everything gone afterwards."""
    receive(Incoming("webchat", "a", text="hoi"))
    _until(lambda: Message.objects.filter(author="bot").exists())
    _until(lambda: Measure.objects.filter(name="turn_seconds").exists())
    assert Heartbeat.objects.get().queue == "turns"
    wipe_resident(Conversation.objects.get().resident)
    assert not Message.objects.exists()


def test_a_role_that_may_too_much_is_named(runner, monkeypatch):
    """By `aanspraak database check` and by the doctor, in production."""
    assert roles.too_much(runner) == []
    assert roles.too_much("postgres")[:2] == ["is a superuser", "makes roles"]
    assert roles.too_much("aanspraak") == ["makes databases", "makes tables", "owns tables", "empties tables"]
    monkeypatch.setattr("bot.settings.DEMO", False)
    assert list(_roles()) == []
    monkeypatch.setattr("bot.settings.DATABASE_RUN_ROLE", "aanspraak")
    assert [(found.level, found.what) for found in _roles()] == [
        (
            "warning",
            "What residents reach may change the database: aanspraak makes databases, makes tables, owns tables, empties tables.",
        )
    ]


def test_the_owner_alone_keeps_what_it_has(owner):
    """Where one role does all, nothing is granted or taken."""
    assert roles.grant("aanspraak") is False
    assert roles.grant("") is False


def test_processes_connect_as_the_role_and_commands_as_the_owner(monkeypatch):
    """By the name each process gives itself."""
    import importlib

    from bot import settings

    def role(process, **env):
        with monkeypatch.context() as patch:
            patch.setenv("AANSPRAAK_PROCESS", process)
            for name, value in env.items():
                patch.setenv(name, value)
            return urlsplit(importlib.reload(settings).DATABASE_URL).username

    given = {"DATABASE_URL": "postgresql://run:a@db/x", "DATABASE_OWNER_URL": "postgresql://own:b@db/x"}
    try:
        for process in ("web", "turns", "delivery", "telegram", "rasa", "actions"):
            assert role(process) == RUNNER
            assert role(process, **given) == "run"
        assert (role("aanspraak"), role("aanspraak", **given)) == ("aanspraak", "own")
        assert role("aanspraak", DATABASE_URL="postgresql://run:a@db/x") == "run"
    finally:
        importlib.reload(settings)
    assert unquote(urlsplit(embedded_url(ROOT, VAR, "p", RUNNER)).username) == live.DATABASE_RUN_ROLE == RUNNER


def test_an_administrator_is_told_what_to_give_to_psql():
    """Both roles, without a password in it, with names that cannot break out."""
    told = CliRunner().invoke(cli, ["database", "roles", "--runner", 'a"b']).output
    assert 'CREATE ROLE "a""b" LOGIN NOSUPERUSER' in told
    assert "PASSWORD '" not in told
