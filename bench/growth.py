"""Does a turn grow slower with what is stored: among 1,000, 100,000 and 1,000,000 residents, and late in one conversation?

    uv run python bench/growth.py --json var/growth.json
    uv run python bench/growth.py --stored 1000 10000 --messages 60    (quickly)

A whole system as ``./run`` starts it, with the trained model and fakes of both providers. One resident of each channel writes and
is answered; all rows that this made are then copied in the database until so many residents are stored, as old as what is kept
can be. A turn is measured from the message stored to its first reply stored, and what every part of the system uses for it is
beside it. The last figure is one of a conversation with a start and an end: median turns around the 5th and the 300th message.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.crowd import cpu_seconds
from bench.town import Resident, Town, texts, town
from bench.turns import percentile
from tests.faults.looking import connect, rows

_GROWTH, _LATE_GROWTH = 1.20, 1.30
_PAUSE_SECONDS, _ANSWER_SECONDS = 0.2, 10
# Kept for a month, and older than the week that is counted at the hour: that count is no turn's cost.
_KEPT_DAYS, _COUNTED_DAYS, _AT_ONCE = 29, 15, 50_000
# Copies lie so far apart that no two rows get one number; what is written afterwards comes behind all of them.
_APART, _BEHIND = 100, 10**9

# What differs in a copy: ``t`` is the row, ``n`` the number of the copy. Times lie some days back; all else is the same.
_ID = {"id": f"t.id + n * {_APART}"}
_CONVERSATION = {"conversation_id": f"t.conversation_id + n * {_APART}"}
_MESSAGE = {"message_id": f"t.message_id + n * {_APART}"}
_COPIED = {
    "resident": {"id": "md5(t.id::text || n)::uuid"},
    "conversation": {**_ID, "resident_id": "md5(t.resident_id::text || n)::uuid",
                     "rasa_sender": "md5(t.rasa_sender::text || n)::uuid",
                     "address_hash": "md5(t.address_hash || n) || md5(n || t.address_hash)"},
    "alias": {**_ID, **_CONVERSATION, "value_hash": "md5(t.value_hash || n) || md5(n || t.value_hash)"},
    "message": {**_ID, **_CONVERSATION, "reply_to_id": f"t.reply_to_id + n * {_APART}",
                "provider_hash": "md5(t.provider_hash || n) || md5(n || t.provider_hash)"},
    "delivery": {**_ID, **_MESSAGE},
    "turnresult": {**_ID, **_MESSAGE},
    "rasasession": {**_ID, **_CONVERSATION, "sender_id": "md5(t.sender_id || n)::uuid"},
}  # fmt: skip


@dataclass
class Measured:
    """Turns among so many stored residents, or at one place of a conversation; ms, and processor ms a turn by part."""

    name: str
    turns: int
    median: float
    p95: float
    cpu: dict[str, float]

    @property
    def cpu_a_turn(self) -> float:
        return sum(ms for part, ms in self.cpu.items() if part != "generator and fakes")


def _write_and_wait(resident: Resident, text: str) -> None:
    seen, deadline = len(resident.got()), time.monotonic() + _ANSWER_SECONDS
    resident.write(text)
    while len(resident.got()) == seen and time.monotonic() < deadline:
        time.sleep(0.02)


def templates(place: Town) -> None:
    """A first message and its answer on each channel: their rows are kept aside, to be copied."""
    for number in (0, 1):
        _write_and_wait(Resident(place, number), "ik snap een brief niet")
    time.sleep(2)  # what a provider says afterwards (sent, read) is stored too
    with connect(place.system) as connection:
        connection.execute("CREATE SCHEMA bench")
        for name in _COPIED:
            connection.execute(f"CREATE TABLE bench.{name} AS SELECT * FROM conversations_{name}")
            if name != "resident":
                connection.execute(f"SELECT setval(pg_get_serial_sequence('conversations_{name}', 'id'), {_BEHIND})")


def store(place: Town, first: int, last: int) -> None:
    """Copies ``first`` to ``last`` (not included) of what ``templates`` made: two residents a copy."""
    with connect(place.system) as connection:
        for name, changed in _COPIED.items():
            columns = connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'bench' AND table_name = %s",
                (name,),
            ).fetchall()
            earlier = f" - make_interval(days => {_COUNTED_DAYS} + n % {_KEPT_DAYS - _COUNTED_DAYS})"
            values = [changed.get(column, f"t.{column}" + (earlier if "timestamp" in kind else "")) for column, kind in columns]
            into = f"conversations_{name} ({', '.join(column for column, _ in columns)})"
            for start in track(range(first, last, _AT_ONCE), f"storing: {name}", transient=True):
                numbers = f"generate_series({start}, {min(start + _AT_ONCE, last) - 1}) n"
                connection.execute(f"INSERT INTO {into} SELECT {', '.join(values)} FROM bench.{name} t, {numbers}")
        connection.execute("VACUUM ANALYZE")


def measure(place: Town, name: str, turns: int, seed: int) -> Measured:
    """Residents new to the system write in turn, at an even pace at which nobody waits for another."""
    people = [Resident(place, number, seed) for number in range(turns // 5)]
    [[before]] = rows(place.system, "SELECT coalesce(max(id), 0) FROM conversations_conversation")
    used = cpu_seconds(place)
    for number in track(range(turns), name, transient=True):
        resident = people[number % len(people)]
        resident.write(next(resident._texts))
        time.sleep(_PAUSE_SECONDS)
    time.sleep(2)
    now = cpu_seconds(place)
    found = turn_times(place, before)
    times = [ms for _, _, ms in found]
    cpu = {part: 1000 * (now[part] - used[part]) / turns for part in now}
    return Measured(name, len(times), statistics.median(times), percentile(times, 0.95), cpu)


def turn_times(place: Town, after: int) -> list[tuple[int, int, float]]:
    """(conversation, how many-th message of the resident, ms to the first reply) of conversations with a higher number."""
    return rows(place.system, """
        SELECT m.conversation_id, m.nth, extract(epoch FROM min(r.created_at) - m.created_at)::float * 1000
        FROM (SELECT id, conversation_id, created_at, row_number() OVER (PARTITION BY conversation_id ORDER BY position) AS nth
              FROM conversations_message WHERE author = 'resident' AND conversation_id > %s) m
        JOIN conversations_message r ON r.reply_to_id = m.id
        GROUP BY m.id, m.conversation_id, m.nth, m.created_at""", after)  # fmt: skip


def long_conversations(place: Town, messages: int, people: int, seed: int) -> list[Measured]:
    """Some residents write until so many messages each, in the web chat: a provider's pace for one phone is slower."""
    [[before]] = rows(place.system, "SELECT coalesce(max(id), 0) FROM conversations_conversation")
    crowd, said = [place.system.resident() for _ in range(people)], texts(seed)
    for _ in track(range(messages + 5), "one long conversation each", transient=True):
        for resident in crowd:
            resident.post({"text": next(said)})
            time.sleep(_PAUSE_SECONDS)
    time.sleep(2)
    found, measured = turn_times(place, before), []
    for middle in (5, messages):
        times = [ms for _, nth, ms in found if middle - 4 <= nth <= middle + 4]
        measured.append(Measured(f"message {middle}", len(times), statistics.median(times), percentile(times, 0.95), {}))
    return measured


def table(measured: list[Measured]) -> Table:
    """For a terminal."""
    made = Table("among, or at", "turns", "median ms", "p95 ms", "processor ms a turn", "of that postgres")
    for one in measured:
        cpu = (f"{one.cpu_a_turn:.1f}", f"{one.cpu['postgres']:.1f}") if one.cpu else ("", "")
        made.add_row(one.name, str(one.turns), f"{one.median:.1f}", f"{one.p95:.1f}", *cpu)
    return made


def main() -> int:
    """Store, measure, store more, measure again; 1 when a turn grew by more than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--turns", type=int, default=400, help="measured at each size")
    parser.add_argument("--messages", type=int, default=300, help="how long the long conversations become")
    parser.add_argument("--residents", type=int, default=10, help="who have one")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with town() as place:
        templates(place)
        copies, measured = 1, []
        measure(place, "warming up", 100, 1)
        for number, stored in enumerate(asked.stored):
            store(place, copies, stored // 2)
            copies = stored // 2
            measured.append(measure(place, f"{stored:,} residents", asked.turns, 100 + number))
        early, late = long_conversations(place, asked.messages, asked.residents, 200)
    console = Console()
    console.print(table([*measured, early, late]))
    growths = {"time": measured[-1].median / measured[0].median, "processor": measured[-1].cpu_a_turn / measured[0].cpu_a_turn,
               "late": late.median / early.median}  # fmt: skip
    console.print(f"a turn among the most residents: {growths['time'] - 1:+.0%} time, {growths['processor'] - 1:+.0%} processor"
                  f" (at most {_GROWTH - 1:+.0%}); late in a conversation {growths['late'] - 1:+.0%} (at most"
                  f" {_LATE_GROWTH - 1:+.0%})")  # fmt: skip
    if asked.json:
        found = {"measured": [asdict(one) for one in (*measured, early, late)], "growths": growths}
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return int(growths["time"] > _GROWTH or growths["processor"] > _GROWTH or growths["late"] > _LATE_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
