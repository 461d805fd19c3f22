"""Killed with -9 in the middle of a stream of messages: nothing is lost, nothing doubled, and turns are as fast as before."""

from __future__ import annotations

import random
import statistics
import threading
import time

import httpx
import psutil
import pytest

from bot.testing.telegram import FakeTelegram
from tests.environment import VAR
from tests.faults.looking import address_hash, database, rows
from tests.running import running

# Long enough for a lease of a killed worker to run out, and for a send whose outcome nobody knows.
SETTLE_SECONDS = 100
KILLED = ("turns", "delivery", "rasa", "actions", "web")
# New ones each time: an id that was used with the folder before is a repeat.
CHATS = tuple(random.sample(range(10**8, 10**9), 2))


class Endless(threading.Thread):
    """Goes on until its end is asked for."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.start()

    def end(self) -> None:
        self.done.set()
        self.join(30)
        assert not self.is_alive()


class Writer(Endless):
    """A resident who writes numbered messages, and sends one again until it is taken in, as the page does."""

    def __init__(self, resident) -> None:
        self._resident, self.positions = resident, []
        super().__init__()

    def run(self) -> None:
        while not self.done.is_set():
            self.positions.append(self._send(len(self.positions)))
            time.sleep(0.4)

    def _send(self, number: int) -> int:
        while True:
            try:
                # From 200: 112 and 113 are numbers of their own.
                answer = self._resident.post({"text": f"hoi {200 + number}", "id": f"n{number}"})
                if answer.status_code == 202:
                    return answer.json()["id"]
                assert answer.status_code >= 500, answer.text
            except httpx.TransportError:
                pass
            time.sleep(0.2)

    @property
    def messages(self) -> list[dict]:
        return self._resident.messages()


class Chatter(Endless):
    """Two residents on Telegram."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self._telegram, self.said = telegram, 0
        super().__init__()

    def run(self) -> None:
        while not self.done.is_set():
            for chat in CHATS:
                self._telegram.say(chat, f"hoi {200 + self.said}")
            self.said += 1
            time.sleep(1.5)  # about as many answers as Telegram takes for one chat


@pytest.fixture(scope="module")
def telegram():
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture(scope="module")
def system(telegram):
    settings = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base, "TELEGRAM_MODE": "polling"}
    with running(VAR.parent / f"{VAR.name}-faults-kill", **settings) as started:
        yield started


def wait_until(met, seconds, what):
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.2)


def alive(system, name, not_pid):
    """Whether ``name`` runs again, as another process."""
    pid = system.pid(name)
    return pid != not_pid and psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def kill(system, name):
    """With -9; returns once it is back and everything says it is ready."""
    pid = system.pid(name)
    began = time.monotonic()
    psutil.Process(pid).kill()
    wait_until(lambda: alive(system, name, pid), 30, f"{name} was not started again")
    system.wait_ready(60)
    print(f"{name} is back after {time.monotonic() - began:.1f} s")


def restart_database(system):
    """Both workers notice, end, and come back with a LISTEN that lives."""
    before = {name: system.pid(name) for name in ("turns", "delivery")}
    database(system).restart()
    for name, pid in before.items():
        wait_until(lambda name=name, pid=pid: alive(system, name, pid), 30, f"{name} kept a dead connection")
    system.wait_ready(60)


def turn_times(system, count=20):
    """Message stored to first reply stored, in ms, one at a time."""
    resident = system.resident()
    token = resident.post({"text": "hoi", "id": "first"}).json()["id"]
    resident.wait(token)
    [(conversation,)] = rows(
        system, "SELECT conversation_id FROM conversations_message WHERE author = 'resident' ORDER BY id DESC LIMIT 1"
    )
    for number in range(count):
        resident.write(f"hoi {200 + number}")
    found = rows(
        system,
        "SELECT extract(epoch FROM min(r.created_at) - m.created_at) * 1000 FROM conversations_message m"
        " JOIN conversations_message r ON r.reply_to_id = m.id WHERE m.conversation_id = %s GROUP BY m.id ORDER BY m.position",
        conversation,
    )
    return [float(milliseconds) for (milliseconds,) in found][-count:]


def open_work(system):
    """Messages without an answer, and answers that are not sent yet."""
    unhandled = "SELECT count(*) FROM conversations_message WHERE author = 'resident' AND handled_at IS NULL"
    unsent = "SELECT count(*) FROM conversations_delivery WHERE state IN ('pending', 'sending')"
    return rows(system, f"SELECT ({unhandled}), ({unsent})")[0]


def test_nothing_is_lost_or_doubled_and_turns_stay_fast(system, telegram):
    """Every process is killed once and the database restarted at last, while five residents keep writing."""
    began = rows(system, "SELECT now()")[0][0]
    before = statistics.median(turn_times(system))
    writers, chatter = [Writer(system.resident()) for _ in range(3)], Chatter(telegram)
    try:
        for name in (*KILLED, "telegram"):
            kill(system, name)
            time.sleep(1)
        restart_database(system)
        time.sleep(1)
    finally:
        for thread in (*writers, chatter):
            thread.end()
    wait_until(
        lambda: not telegram.waiting() and open_work(system) == (0, 0), SETTLE_SECONDS,
        lambda: f"not all was answered: {open_work(system)} open, {telegram.waiting()} at Telegram",
    )  # fmt: skip

    check_positions(system, began)
    check_answers(system, began)
    for writer in writers:
        said = [m["id"] for m in writer.messages if m["author"] == "resident"]
        assert said == writer.positions
        assert len(said) > 20
    for chat in CHATS:
        check_chat(system, telegram, chat, chatter.said)

    after = statistics.median(turn_times(system))
    print(f"turn time before {before:.0f} ms, after {after:.0f} ms")
    assert after <= 2 * before + 30
    check_children(system)


def check_positions(system, began):
    """In every conversation 1, 2, 3 … up to the last."""
    gaps = rows(
        system,
        "SELECT c.id, c.last_position, count(*), min(m.position), max(m.position) FROM conversations_conversation c"
        " JOIN conversations_message m ON m.conversation_id = c.id WHERE c.created_at >= %s GROUP BY c.id"
        " HAVING count(*) <> c.last_position OR max(m.position) <> c.last_position OR min(m.position) <> 1",
        began,
    )
    assert gaps == []


def check_answers(system, began):
    """Exactly one each ("it takes a little longer" is no answer), and in the order of the messages."""
    wrong = rows(
        system,
        "SELECT m.conversation_id, m.position, count(r.id) FROM conversations_message m"
        " LEFT JOIN conversations_message r ON r.reply_to_id = m.id AND r.key <> 'turn.slow'"
        " WHERE m.author = 'resident' AND m.created_at >= %s GROUP BY m.id HAVING count(r.id) <> 1",
        began,
    )
    assert wrong == []
    keys = dict(rows(system, "SELECT key, count(*) FROM conversations_message WHERE author = 'bot' GROUP BY key"))
    print(f"answers: {keys}")
    stray = rows(
        system,
        "SELECT count(*) FROM conversations_message WHERE author = 'bot' AND reply_to_id IS NULL AND created_at >= %s", began,
    )  # fmt: skip
    assert stray == [(0,)]


def check_chat(system, telegram, chat, said):
    """What was said once came in once; each answer arrived, and only one whose outcome nobody knew may have come twice."""
    stored = rows(
        system,
        "SELECT m.author, d.attempts FROM conversations_message m LEFT JOIN conversations_delivery d ON d.message_id = m.id"
        " JOIN conversations_conversation c ON c.id = m.conversation_id WHERE c.address_hash = %s",
        address_hash(system, "telegram", chat),
    )
    attempts = [tries for author, tries in stored if author == "bot"]
    assert sum(author == "resident" for author, _ in stored) == said
    assert len(attempts) <= len(telegram.sent(chat)) <= sum(attempts)
    assert sum(tries > 1 for tries in attempts) <= 2


def check_children(system):
    """Every process is there, and is the child of the supervisor."""
    supervisor = psutil.Process(system.process.pid)
    children = {child.pid for child in supervisor.children() if child.status() != psutil.STATUS_ZOMBIE}
    assert {system.pid(name) for name in (*KILLED, "telegram")} == children
