"""Killed with -9 in the middle of a stream of messages: nothing lost, nothing doubled but what nobody can know, promises kept.

The small sister of bench/chaos.py: every process is killed at least once and the database restarted, while residents write on
Telegram (by polling), WhatsApp and the web chat, and some go all the way to a handover.
"""

from __future__ import annotations

import threading
import time

import httpx
import psutil
import pytest

from bench import chaos
from bench.town import town
from tests.environment import VAR

KILLED = (*chaos.KILLED, "telegram")


class Writer(threading.Thread):
    """A resident in the web chat, who sends a message again until it is taken in, as the page does."""

    def __init__(self, resident) -> None:
        super().__init__(daemon=True)
        self._resident, self.positions, self.done = resident, [], threading.Event()
        self.start()

    def run(self) -> None:
        while not self.done.is_set():
            self.positions.append(self._send(len(self.positions)))
            time.sleep(1)

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

    def end(self) -> list[dict]:
        self.done.set()
        self.join(30)
        assert not self.is_alive()
        return self._resident.messages()


@pytest.fixture(scope="module")
def place():
    with town(VAR.parent / f"{VAR.name}-faults-kill", polling=True) as started:
        yield started


def test_nothing_is_lost_and_every_promise_is_kept(place):
    """What a resident said is stored once, each answer comes in order, and turns are as fast as before."""
    writer = Writer(place.system.resident())
    seed = time.time_ns() % 10**6  # new residents each time: the folder is kept
    found = chaos.run(
        place,
        messages=100,
        residents=10,
        kills=len(KILLED),
        restarts=1,
        seed=seed,
        rate=4,
        writers=10,
        killed=KILLED,
        hurried=True,
    )
    chaos.report(found)
    said = [m for m in writer.end() if m["author"] == "resident"]
    assert [m["id"] for m in said] == writer.positions
    assert len(said) > 10
    for wrong in ("lost", "stored_wrongly", "unanswered", "disordered", "unexplained"):
        assert getattr(found, wrong) == [], wrong
    assert (found.promises["not_kept"], found.promises["not_told"]) == (0, 0)
    assert found.deeds == {**dict.fromkeys(KILLED, 1), "database": 1}
    assert found.turn_after_ms <= 2 * found.turn_before_ms + 50
    check_children(place.system)


def check_children(system) -> None:
    """Every process is there, and is the child of the supervisor."""
    supervisor = psutil.Process(system.process.pid)
    children = {child.pid for child in supervisor.children() if child.status() != psutil.STATUS_ZOMBIE}
    assert {system.pid(name) for name in KILLED} == children


def test_the_judge_sees_what_went_wrong(place):
    """Were a message lost, or two answers swapped, or one doubled for no reason, the run would say so."""
    ledger, found = place.ledger(), chaos.Found()
    who = next(name for name in ledger["conversations"] if name.startswith("telegram:"))
    resident = chaos.Resident(place, 1)
    resident.chat = who.partition(":")[2]
    resident.said = ["nooit aangekomen"] * (1 + len(ledger["conversations"][who]["messages"]))
    resident.got = lambda: ["iets anders"]
    chaos.judge(found, [resident], ledger)
    assert found.lost
    assert found.disordered
    assert not found.good
