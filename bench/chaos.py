"""Kill -9 at random while a town writes on Telegram and WhatsApp, and count: nothing lost, everything in order, promises kept.

Four in ten residents go all the way to a handover (a person asked for, wishes, preview, yes by tap), and helpers at the desk
accept, answer, fall silent or never look, all of it under the kills.

    uv run python bench/chaos.py                                        (5,000 messages, 300 residents, 40 kills, 2 restarts)
    uv run python bench/chaos.py --messages 300 --residents 30 --kills 5 --restarts 1 --json var/chaos.json

Everything is real, as ``./run`` starts it: web, both workers, Rasa with the trained model, the actions and PostgreSQL;
only the providers are our fakes, which stay alive and know what arrived. Exit 1 when a message is lost or stored
twice, a reply is lost or out of order, a promise is not kept, a reply came twice although no process was killed while sending
it, or turns are slower at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil
import psycopg
from rich.progress import Progress

from bench import promises
from bench.team import Team
from bench.town import Resident, Town, town
from bench.witness import Witness
from tests.faults.looking import rows

KILLED = ("web", "turns", "delivery", "rasa", "actions")
_PROBES = 15
_MORE_STEPS = 12
# Nothing more is handled or sent for so long: what is still open then stays so.
_STUCK_SECONDS = 150
_READY_SECONDS = 180
_OPEN = (
    "SELECT (SELECT count(*) FROM conversations_message WHERE author = 'resident' AND handled_at IS NULL),"
    " (SELECT count(*) FROM conversations_delivery WHERE state IN ('pending', 'sending'))"
)
_SENDING = "SELECT id FROM conversations_delivery WHERE state = 'sending'"


@dataclass
class Found:
    """What came of it; every list is empty in a good run, but for ``doubled`` where ``interrupted`` explains it."""

    sent: int = 0
    seed: int = 1
    deeds: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    stored_wrongly: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    unwell: list[str] = field(default_factory=list)
    interrupted: list[int] = field(default_factory=list)
    failed_turns: int = 0
    broken: list[str] = field(default_factory=list)
    promises: dict[str, int] = field(default_factory=dict)
    turn_before_ms: float = 0
    turn_after_ms: float = 0
    seconds: float = 0

    @property
    def good(self) -> bool:
        wrong = self.lost or self.stored_wrongly or self.unanswered or self.disordered or self.unexplained
        wrong = wrong or self.broken or self.unwell
        # The machine is the tests' and ours: as in tests/faults, a little noise is no slower turn.
        return not wrong and self.turn_after_ms <= 1.5 * self.turn_before_ms + 50


def judge(found: Found, residents: list[Resident], ledger: dict[str, Any]) -> None:
    """Hold what the phones got and what the residents said against the database."""
    for resident in residents:
        who = f"{resident.channel}:{resident.address}"
        messages = ledger["conversations"].get(who, {"messages": []})["messages"]
        _judge_incoming(found, f"resident {resident.number}", resident.said, messages)
        found.failed_turns += sum(m["key"] == "turn.no_answer" for m in messages)
        _judge_replies(found, f"resident {resident.number}", messages)
        _judge_phone(found, f"resident {resident.number}", resident, messages)


def _squeeze(text: str) -> str:
    return "".join(text.split())[:20]


def _judge_incoming(found: Found, who: str, said: list[str], messages: list[dict]) -> None:
    """Each message once and in its order; masking and shortened titles may change words further on."""
    stored = [_squeeze(m["text"]) for m in messages if m["author"] == "resident"]
    if len(stored) < len(said):
        found.lost += [f"{who}: {len(said) - len(stored)} of {len(said)} messages"]
    elif [text[:4] for text in stored] != [_squeeze(text)[:4] for text in said]:
        found.stored_wrongly.append(f"{who}: {len(said)} said, {len(stored)} stored")
    if [m["position"] for m in messages] != list(range(1, len(messages) + 1)):
        found.stored_wrongly.append(f"{who}: positions with gaps")


def _judge_replies(found: Found, who: str, messages: list[dict]) -> None:
    """Each message answered, unless a person held the chat, and in their order (what needs no Rasa may come before)."""
    answers: dict[int, list[int]] = {}
    for m in messages:
        if m["answers"] is not None and m["key"] != "turn.slow":
            answers.setdefault(m["answers"], []).append(m["position"])
    asked = [m for m in messages if m["author"] == "resident"]
    albums = _albums(found, who, messages)
    silent = [
        m for m in asked
        if not m["handled"] or not (m["position"] in answers or m["album"] in albums or _was_held(m, messages))
    ]  # fmt: skip
    found.unanswered += [f"{who}: message {m['position']}" for m in silent]
    first = [min(answers[m["position"]]) for m in asked if m["by_rasa"] and m["position"] in answers]
    if first != sorted(first):
        found.disordered.append(f"{who}: answers stored in another order than the messages")


def _albums(found: Found, who: str, messages: list[dict]) -> set[str]:
    """The albums that got an answer; more than one is wrong, but for the question whether their files may go along."""
    said = [m for m in messages if m["answers"]]
    asked = {m["answers"] for m in said if m["key"].startswith("handover.file_question")}
    answered = {m["answers"] for m in said} - asked
    counts = Counter(m["album"] for m in messages if m["album"] and m["position"] in answered)
    found.disordered += [f"{who}: an album got {count} answers" for count in counts.values() if count > 1]
    return set(counts) | {m["album"] for m in messages if m["album"] and m["position"] in asked}


def _was_held(asked: dict, messages: list[dict]) -> bool:
    """Whether a helper held the chat when it came, or took it before its turn."""
    helpers = [m for m in messages if m["author"] == "helper" and m["position"] > asked["position"]]
    return asked["to_helper"] or any(m["at"] <= asked["handled"] for m in helpers)


def _judge_phone(found: Found, who: str, resident: Resident, messages: list[dict]) -> None:
    """What was to be sent, in that order; one may come twice in a row where its process was killed while sending."""
    ours = [m for m in messages if m["delivery"] is not None]
    found.lost += [
        f"{who}: reply {m['position']} is {m['state']}" for m in ours if m["state"] not in ("sent", "delivered", "read")
    ]
    wanted = [(m["text"] if resident.channel == "telegram" else str(m["delivery"]), m) for m in ours]
    place = 0
    for got in resident.got():
        if place < len(wanted) and got == wanted[place][0]:
            place += 1
        elif place and got == wanted[place - 1][0]:
            _note_double(found, who, wanted[place - 1][1])
        else:
            found.disordered.append(f"{who}: phone shows something else than reply {place + 1} of {len(wanted)}")
            return
    if place < len(wanted):
        found.lost.append(f"{who}: {len(wanted) - place} replies did not arrive")


def _note_double(found: Found, who: str, m: dict) -> None:
    line = f"{who}: reply {m['position']} (delivery {m['delivery']}, {m['attempts']} attempts)"
    found.doubled.append(line)
    if m["delivery"] not in found.interrupted:
        found.unexplained.append(line)


def _turn_times(place: Town, found: Found) -> float:
    """Message stored to first reply stored, one at a time in the web chat: the median in ms. Each must get a real answer."""
    resident = place.system.resident()
    for number in range(_PROBES + 1):
        resident.write(f"hoi {200 + number}", seconds=60)
    probes = rows(
        place.system,
        "SELECT extract(epoch FROM min(r.created_at) - m.created_at) * 1000, bool_or(r.key = 'turn.no_answer')"
        " FROM conversations_message m JOIN conversations_message r ON r.reply_to_id = m.id"
        " WHERE m.channel = 'webchat' AND m.author = 'resident' GROUP BY m.id ORDER BY m.id DESC LIMIT %s",
        _PROBES,
    )
    if failed := sum(bad for _, bad in probes):
        found.unwell.append(f"while nothing is killed {failed} of {len(probes)} turns fail")
    return statistics.median(float(milliseconds) for milliseconds, _ in probes)


class Trouble:
    """Kills and restarts, spread evenly over the messages."""

    def __init__(self, place: Town, deeds: list[str], found: Found) -> None:
        self._town, self._deeds, self._found = place, deeds, found

    def spread(self, done: Callable[[], float]) -> None:
        """``done`` tells which share of the messages is sent."""
        for number, deed in enumerate(self._deeds):
            while done() < (number + 0.5) / len(self._deeds):
                time.sleep(0.1)
            self._restart() if deed == "database" else self._kill(deed)
            self._found.deeds[deed] = self._found.deeds.get(deed, 0) + 1

    def _kill(self, name: str) -> None:
        try:
            psutil.Process(self._town.system.pid(name)).kill()
        except psutil.NoSuchProcess:  # it is just being started again
            return
        if name.startswith("delivery"):
            self._note_interrupted()

    def _restart(self) -> None:
        self._town.restart_database()
        self._note_interrupted()

    def _note_interrupted(self) -> None:
        for _ in range(50):
            try:
                self._found.interrupted += [pk for (pk,) in rows(self._town.system, _SENDING)]
                return
            except psycopg.OperationalError:
                time.sleep(0.1)


def _deeds(kills: int, restarts: int, chance: random.Random, killed: tuple[str, ...]) -> list[str]:
    """Each process about as often, in any order; restarts of the database among them."""
    deeds = [killed[n % len(killed)] for n in range(kills)] + ["database"] * restarts
    chance.shuffle(deeds)
    return deeds


def _to_the_end(residents: list[Resident]) -> None:
    """Who was held up goes on until the handover is there."""
    for _ in range(_MORE_STEPS):
        for resident in residents:
            if resident.wants_person:
                resident.act()


def _write(residents: list[Resident], each: int, rate: float, failed: list[BaseException], step: Callable[[], None],
           is_over: Callable[[], bool]) -> None:  # fmt: skip
    """Everybody one message, then everybody the next, at ``rate`` messages a second, until the time is over."""
    began, count = time.monotonic(), 0
    try:
        for _ in range(each):
            for resident in residents:
                if is_over():
                    return
                resident.act()
                count += 1
                step()
                time.sleep(max(0.0, began + count / rate - time.monotonic()))
        _to_the_end(residents)
    except BaseException as error:
        failed.append(error)
        raise


def _hurry(place: Town) -> None:
    """As if the minute after a send without an outcome, and a killed worker's lease, were over already."""
    rows(place.system, "UPDATE conversations_delivery SET due_at = now() WHERE state = 'sending'"
                       " AND due_at BETWEEN now() AND now() + interval '45 seconds' RETURNING id")  # fmt: skip
    rows(place.system, "UPDATE conversations_conversation SET lease_until = now()"
                       " WHERE lease_until BETWEEN now() AND now() + interval '15 seconds' RETURNING id")  # fmt: skip


def _wait_for(met: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not met() and time.monotonic() < end:
        time.sleep(0.5)


def _until_promises_are_due(team: Team) -> None:
    """Helpers do what they began, and whose time is over is looked at, which happens once a minute."""
    _wait_for(lambda: not team.busy(), _STUCK_SECONDS)
    _wait_for(lambda: team.look() or team.all_told(), _STUCK_SECONDS)  # looked again: the night may fall meanwhile


def _wait_until_done(place: Town, hurried: bool) -> None:
    last, since = (0, 0), time.monotonic()
    while True:
        try:
            [now] = rows(place.system, _OPEN)
        except psycopg.OperationalError:
            now = last
        if now == (0, 0) and not place.telegram.waiting():
            return
        if now != last:
            last, since = now, time.monotonic()
        if time.monotonic() - since > _STUCK_SECONDS:
            return
        if hurried:
            _hurry(place)
        time.sleep(0.5)


def _everybody_writes(place: Town, people: list[Resident], each: int, rate: float, writers: int, trouble: Trouble,
                      seconds: float) -> None:  # fmt: skip
    """Until each wrote ``each`` messages, or for ``seconds``, with the kills spread over them."""
    whole, failed, sent, began = each * len(people), [], Counter(), time.monotonic()

    def share() -> float:
        return 1.0 if failed else max(sent["all"] / whole, (time.monotonic() - began) / seconds)

    groups = [people[n::writers] for n in range(writers) if people[n::writers]]
    with Progress() as bar:
        task = bar.add_task("messages", total=whole)

        def step() -> None:
            sent["all"] += 1
            bar.update(task, completed=sent["all"])

        threads = [
            threading.Thread(
                target=_write,
                args=[group, each, rate * len(group) / len(people), failed, step, lambda: share() >= 1],
                daemon=True,
            )
            for group in groups
        ]
        for thread in threads:
            thread.start()
        trouble.spread(share)
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]


def run(place: Town, messages: int, residents: int, kills: int, restarts: int, seed: int = 1, rate: float = 8.0,
        writers: int = 8, killed: tuple[str, ...] = KILLED, hurried: bool = False, minutes: float = 600) -> Found:  # fmt: skip
    """Act it in ``place``, and judge it; ``hurried``: with the waits after a kill cut short; ``minutes``: of writing, at most."""
    began, found, chance = time.monotonic(), Found(seed=seed), random.Random(seed)
    people = [Resident(place, n, seed, wants_person=n % 10 < 4) for n in range(residents)]
    each = messages // residents
    found.sent = each * residents
    found.turn_before_ms = _turn_times(place, found)
    with Witness(place.system) as witness, Team(place) as team:
        place.telegram.arrives = partial(witness.sees, "telegram")
        place.whatsapp.arrives = partial(witness.sees, "whatsapp")
        trouble = Trouble(place, _deeds(kills, restarts, chance, killed), found)
        _everybody_writes(place, people, each, rate, writers, trouble, minutes * 60)
        place.system.wait_ready(_READY_SECONDS)
        _wait_until_done(place, hurried)  # the last yes may still wait for its turn
        _until_promises_are_due(team)
        _wait_until_done(place, hurried)
        place.telegram.arrives = place.whatsapp.arrives = None
    ledger = place.ledger()
    found.sent = sum(len(person.said) for person in people)
    judge(found, people, ledger)
    found.promises, found.broken = promises.judge(ledger, team, witness)
    found.turn_after_ms = _turn_times(place, found)
    found.seconds = time.monotonic() - began
    return found


def report(found: Found) -> None:
    """In words, the worst first."""
    deeds = ", ".join(f"{name} {count}" for name, count in sorted(found.deeds.items()))
    print(f"{found.sent} messages, killed or restarted: {deeds}; {found.seconds:.0f} s, seed {found.seed}")
    for name in ("lost", "stored_wrongly", "unanswered", "disordered", "broken", "unwell", "unexplained", "doubled"):
        lines = getattr(found, name)
        print(f"{name.replace('_', ' ')}: {len(lines)}", *lines[:20], sep="\n  " if lines else " ")
    print(f"sends that a kill interrupted: {len(found.interrupted)}; promises: {found.promises}")
    print(f"answered by 'something went wrong', since the actions were away or a turn failed: {found.failed_turns}")
    print(f"a turn, alone: {found.turn_before_ms:.0f} ms before, {found.turn_after_ms:.0f} ms after")
    print("(the generator and the providers' fakes ran on the same machine)")


def main() -> int:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("messages", 5000), ("residents", 300), ("kills", 40), ("restarts", 2), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rate", type=float, default=8.0, help="messages a second, over all residents")
    parser.add_argument(
        "--minutes", type=float, default=600, help="of writing, at most: on a busy machine fewer messages are sent"
    )
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with town() as place:
        found = run(place, asked.messages, asked.residents, asked.kills, asked.restarts, asked.seed, asked.rate,
                    minutes=asked.minutes)  # fmt: skip
    report(found)
    if asked.json:
        asked.json.write_text(json.dumps({**asdict(found), "good": found.good}, indent=1), encoding="utf-8")
    return int(not found.good)


if __name__ == "__main__":
    sys.exit(main())
