"""The embedded PostgreSQL is stopped by who started it, and only while nobody else uses it: a command never ends a live one."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest

import bot.settings
from bot.command_line import server
from bot.database import EmbeddedDatabase, embedded_url
from bot.database_keeper import kept
from bot.run_lock import RunLock
from bot.secrets import ensure_secrets
from bot.start import CannotStart, _lock
from tests.environment import ROOT


@pytest.fixture
def database(tmp_path):
    """A cluster of its own, as in a checkout that was never started."""
    ensure_secrets(tmp_path / "secrets")
    one = EmbeddedDatabase.with_secrets(ROOT, tmp_path, tmp_path / "secrets", durable=False)
    yield one
    one.throw_away()


@pytest.fixture
def here(database, tmp_path, monkeypatch):
    """The commands work with that cluster."""
    monkeypatch.setattr(bot.settings, "VAR", tmp_path)
    monkeypatch.setattr(bot.settings, "SECRETS", tmp_path / "secrets")
    monkeypatch.setattr(bot.settings, "EMBEDDED_DATABASE", True)
    return database


def another(database, tmp_path, **changed):
    other = EmbeddedDatabase.with_secrets(ROOT, tmp_path, tmp_path / "secrets", durable=False)
    for name, value in changed.items():
        setattr(other, name, value)
    return other


def test_a_command_with_another_password_leaves_a_live_one_alone(database, tmp_path):
    """The secret was changed under a running system: one clear line, and residents are answered on."""
    database.start()
    with pytest.raises(RuntimeError, match="another password"):
        another(database, tmp_path, password="two").start()
    assert database.is_running()


def test_a_command_that_cannot_see_the_socket_leaves_a_live_one_alone(database, tmp_path):
    """Under PrivateTmp the socket lies in another /tmp; the line says that, and speaks of no password."""
    database.start()
    hidden = database.socket.rename(database.socket.with_name(f"{database.socket.name}-hidden"))
    try:
        with pytest.raises(RuntimeError, match="PrivateTmp") as told:
            another(database, tmp_path).start()
        assert "another password" not in str(told.value)
        assert database.is_running()
    finally:
        database.socket.rmdir()  # the one that was made anew
        hidden.rename(database.socket)


def test_a_command_finds_the_socket_of_another_temporary_folder(database, tmp_path):
    """The one that runs says where it listens, to the settings too."""
    database.start()
    look = (
        "import sys, psycopg; from pathlib import Path; from bot.database import EmbeddedDatabase, embedded_url\n"
        f"var = Path({str(tmp_path)!r}); root = Path({str(ROOT)!r})\n"
        "other = EmbeddedDatabase.with_secrets(root, var, var / 'secrets', durable=False); other.start()\n"
        "psycopg.connect(embedded_url(root, var, other.password)).close()\n"
    )
    (tmp_path / "elsewhere").mkdir()
    env = {**os.environ, "TMPDIR": str(tmp_path / "elsewhere"), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", look], env=env, check=True, timeout=60)
    assert database.is_running()


def test_one_that_is_still_starting_is_waited_for(database, monkeypatch):
    database.start()
    answers, real = [psycopg.OperationalError("FATAL:  the database system is starting up")] * 2, database._ensure_role

    def ensure():
        if answers:
            raise answers.pop()
        real()

    monkeypatch.setattr(database, "_ensure_role", ensure)
    database.start()
    assert not answers
    assert database.is_running()


def test_a_command_stops_what_it_started(here):
    with server():
        assert here.is_ready()
    assert not here.is_running()


def test_a_command_leaves_what_ran_already(here):
    here.start()
    with server():
        pass
    assert here.is_running()


def test_nothing_starts_from_the_folder_while_a_command_has_the_database(here, tmp_path):
    """Else the command's end would stop it under the running system."""
    with server(), pytest.raises(CannotStart, match="one of its commands"):
        _lock(tmp_path)
    _lock(tmp_path).close()


def test_a_command_beside_a_starting_system_waits_for_its_database_and_leaves_it(here, tmp_path):
    lock = _lock(tmp_path)
    late = threading.Timer(1, here.start)
    late.start()
    with server():
        assert here.is_ready()
    late.join()
    assert here.is_running()
    lock.close()


def test_a_command_makes_no_roles_beside_whoever_is_making_them(here, tmp_path, monkeypatch):
    """Ready for the first time, it holds neither role nor database yet: both would make them, and one would fail."""
    made, real = threading.Event(), here._make_owner

    def slow(admin):
        made.set()
        time.sleep(1)
        real(admin)

    monkeypatch.setattr(here, "_make_owner", slow)
    lock = _lock(tmp_path)
    starting = threading.Thread(target=here.start)
    starting.start()
    assert made.wait(60)
    with server():
        assert psycopg.connect(embedded_url(ROOT, tmp_path, here.password)).close() is None
    starting.join()
    lock.close()


def test_of_two_commands_side_by_side_the_first_to_end_leaves_it_to_the_other(here, tmp_path):
    with server():
        beside = RunLock(tmp_path)
        assert beside.shared()
    assert here.is_running()
    beside.close()


def test_a_command_says_when_no_database_comes(here, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.command_line._PATIENCE", 0.5)
    lock = _lock(tmp_path)
    with pytest.raises(RuntimeError, match="Try again in a minute"), server():
        pass
    lock.close()


def postmaster(database):
    return int((database.data / "postmaster.pid").read_text().split()[0])


def test_one_that_was_killed_is_started_again_while_the_system_runs(database):
    """Its memory was taken: nobody was answered until somebody started all anew."""
    database.start()
    killed, said = postmaster(database), []

    async def system():
        async with kept(database, said.append):
            os.kill(killed, signal.SIGKILL)
            while not said:
                await asyncio.sleep(0.1)

    asyncio.run(asyncio.wait_for(system(), 60))
    assert said == ["PostgreSQL ended, and was started again"]
    assert postmaster(database) != killed
    database.enter()


def test_one_that_died_is_stopped(database):
    """Its pid file is still there; Ctrl-C ended with a traceback."""
    database.start()
    os.kill(postmaster(database), signal.SIGKILL)
    database.stop()
    assert not database.is_running()


def test_no_empty_one_takes_the_place_of_one_that_went_away(database):
    with pytest.raises(RuntimeError, match="any more"):
        database.start_again()
    assert not database.data.exists()
