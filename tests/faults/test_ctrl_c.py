"""Starting and stopping: Ctrl-C leaves nothing behind, and whatever stands in the way is one clear line."""

import shutil
import signal
import socket
import threading
import time
from contextlib import suppress
from types import SimpleNamespace

import httpx
import psutil
import psycopg
import pytest

import bot.start
from bot.database import EmbeddedDatabase
from tests.environment import VAR
from tests.faults.looking import clear_line, of_each, processes, rows
from tests.running import ROOT, running, starting

FOLDER = VAR.parent / f"{VAR.name}-faults-ctrl-c"
# Thirty is the promise on an idle machine; one whose other processor is busy gets half as much again. Ten is the promise on any.
READY_SECONDS, ENDED_SECONDS = 45, 10


class Stream(threading.Thread):
    """An open page: reads its event stream until that ends."""

    def __init__(self, base, token):
        super().__init__(daemon=True)
        self._base, self._headers, self.opened = base, {"Authorization": f"Bearer {token}"}, threading.Event()
        self.start()

    def run(self):
        try:
            with httpx.stream("GET", f"{self._base}/chat/api/stream", headers=self._headers, timeout=60) as answer:
                for _ in answer.iter_lines():
                    self.opened.set()
        except httpx.HTTPError:
            pass


def still_running(processes, seconds):
    """One that ended and whose parent (a container's first process) has not noticed is no running one."""
    _, alive = psutil.wait_procs(processes, timeout=max(0.5, seconds))
    return [p for p in alive if _runs(p)]


def _runs(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop_at_once(system, least):
    """Ctrl-C: all of it ends in time, and of ``least`` processes and more nothing is left."""
    ours = processes(system)
    assert len(ours) >= least
    seconds = system.stop()
    print(f"ended in {seconds:.1f} s")
    assert seconds < ENDED_SECONDS
    assert still_running(ours, ENDED_SECONDS - seconds) == []


def test_ctrl_c_ends_everything_and_the_next_start_is_quick():
    """With three open streams nothing is left within ten seconds; what was said is there after the second start."""
    with running(FOLDER) as system:
        residents = [system.resident() for _ in range(3)]
        residents[0].write("hoi")
        streams = [Stream(system.base, resident.token) for resident in residents]
        assert all(stream.opened.wait(60) for stream in streams)
        stop_at_once(system, least=7)
        assert system.process.returncode == 0
        for stream in streams:
            stream.join(60)
            assert not stream.is_alive()
    began = time.monotonic()
    with running(FOLDER) as system:
        seconds = time.monotonic() - began
        used = sum(of_each(system, lambda process: sum(process.cpu_times()[:2])))
        print(f"second start ready in {seconds:.1f} s, {used:.0f} s of processor time, load {psutil.getloadavg()[0]:.1f}")
        assert seconds < READY_SECONDS
        history = httpx.get(
            f"{system.base}/chat/api/messages", headers={"Authorization": f"Bearer {residents[0].token}"}, timeout=30
        )
        assert [m["author"] for m in history.json()] == ["resident", "bot"]
        _others_are_told(system)


def _others_are_told(system):
    """While one runs, its folder cannot be had by another."""
    line = clear_line(AANSPRAAK_VAR=str(system.var), PORT="18990")
    assert "already runs from this folder" in line
    assert rows(system, "SELECT 1") == [(1,)]


def test_ctrl_c_before_all_is_up_ends_everything_too():
    """PostgreSQL as well, which is up long before the rest."""
    with starting(FOLDER) as system:
        wait_until_database(system)
        stop_at_once(system, least=2)
        assert "Traceback" not in system.output


def test_a_signal_that_was_swallowed_still_ends_the_start():
    """Python forgets an exception that comes in a destructor: the next step looks again."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        interrupts = bot.start._Interrupts()
        interrupts.check()
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def wait_until_database(system):
    deadline = time.monotonic() + 120
    while not answers(system):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(system):
    try:
        return rows(system, "SELECT 1")
    except (OSError, psycopg.OperationalError):  # no password yet, no server yet
        return None


def test_a_port_in_use_is_one_clear_line():
    """It says which one, and how to take another; the same for Rasa's."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = clear_line(AANSPRAAK_VAR=str(VAR), PORT=str(port), RASA_PORT="18991", ACTIONS_PORT="18992")
        assert f"Port {port} (PORT) is in use" in line
        assert f"--port {port + 100}" in line
        assert f"Port {port} (RASA_PORT) is in use" in clear_line(AANSPRAAK_VAR=str(VAR), PORT="18990", RASA_PORT=str(port))


def test_a_full_disk_stops_the_start(monkeypatch, tmp_path):
    """Before anything is written, with what to do."""
    monkeypatch.setattr(bot.start.shutil, "disk_usage", lambda folder: SimpleNamespace(free=12_000_000))
    with pytest.raises(bot.start.CannotStart, match=r"almost full: 12 MB left .* Make room"):
        bot.start._check_disk(tmp_path)
    monkeypatch.setattr(bot.start.shutil, "disk_usage", lambda folder: SimpleNamespace(free=2_000_000_000))
    bot.start._check_disk(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "abc", "Give a port number"),
        ("RASA_PORT", "99999", "between 1 and 65535"),
        ("DATABASE_URL", "mysql://user:geheim@host/db", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://user:geheim@127.0.0.1:1/db", "Check DATABASE_URL"),
        ("PUBLIC_BASE_URL", "http://chat.example.nl", "must begin with https://"),
        ("FIELD_KEYS", "geheim", "Put your backup of var/secrets back"),
        ("LOG_LEVEL", "loud", "Give INFO, WARNING or DEBUG"),
        ("TELEGRAM_TOKEN_FILE", "/nowhere/token", "TELEGRAM_TOKEN"),
    ],
)
def test_a_broken_setting_is_one_clear_line(name, value, told):
    """With its name and what to do, and never with a secret."""
    line = clear_line(**{"AANSPRAAK_VAR": str(FOLDER), "PORT": "18993", name: value})
    assert told in line
    assert name.removesuffix("_FILE") in line
    assert "geheim" not in line


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    """Below a file there is no folder, also for root; below /proc nobody can make one."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "var", "/proc/aanspraak"):
        assert "Set AANSPRAAK_VAR to a folder" in clear_line(AANSPRAAK_VAR=str(folder), PORT="18994")


def test_new_secrets_beside_an_old_database_begin_anew(tmp_path):
    """As root the database outlives a checkout that is deleted: it is kept aside, and a wrong password is one clear line."""
    first = EmbeddedDatabase(ROOT, tmp_path, "one", durable=False)
    first.start()
    first.stop()
    second = EmbeddedDatabase(ROOT, tmp_path, "two", durable=False)
    with pytest.raises(RuntimeError, match="Put your backup of var/secrets back"):
        second.start()
    assert not (second.data / "postmaster.pid").exists()
    kept = second.set_aside()
    second.start()
    second.stop()
    assert (kept / "PG_VERSION").exists()
    for folder in (kept, second.data):
        shutil.rmtree(folder)
