"""Two web, two turns, two delivery and two Rasa processes on one PostgreSQL: order and exactly-once hold, whoever is killed."""

import random
import time

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench import chaos
from bench.town import town
from bot.testing.telegram_updates import message_update
from tests.environment import VAR
from tests.faults.looking import database, rows

TWO = {f"{name}_PROCESSES": "2" for name in ("WEB", "TURNS", "DELIVERY", "RASA")}
CHAT = random.randrange(10**8, 10**9)
DOUBLED = ("turns", "turns-2", "delivery", "delivery-2", "rasa", "rasa-2")


@pytest.fixture(scope="module")
def place():
    with town(VAR.parent / f"{VAR.name}-faults-scale", **TWO) as started:
        yield started


def busy(place, name):
    """Seconds of processor time of a process."""
    return sum(psutil.Process(place.system.pid(name)).cpu_times()[:2])


def counted(place, name, **labels):
    """A number as one of the web processes tells it, None while that one has no database; which one, the kernel chooses."""
    answer = httpx.get(
        f"{place.system.base}/metrics", headers={"Authorization": f"Bearer {place.system.secret('STATUS_TOKEN')}"}, timeout=30
    )
    samples = [s for family in text_string_to_metric_families(answer.text) for s in family.samples]
    return next((s.value for s in samples if s.name == f"aanspraak_{name}" and s.labels == labels), None)


def test_order_and_exactly_once_hold_with_two_of_each(place):
    """One of each pair is killed meanwhile; the other goes on, and what the dead one held is taken up."""
    # The system is ready with one of each; the second may still be starting.
    place.telegram.wait_for(lambda: (counted(place, "workers", queue="turns"), counted(place, "rasa_ready")) == (2, 2), 240)
    before = {name: busy(place, name) for name in DOUBLED}
    found = chaos.run(
        place, messages=60, residents=10, kills=3, restarts=0, seed=time.time_ns() % 10**6, rate=4, writers=10,
        killed=("turns-2", "delivery-2", "rasa-2"), hurried=True,
    )  # fmt: skip
    chaos.report(found)
    for wrong in ("lost", "stored_wrongly", "unanswered", "disordered", "broken", "unwell", "unexplained"):
        assert getattr(found, wrong) == [], wrong
    # Both of each pair worked; of a killed one its successor did.
    assert {name: busy(place, name) > 0.05 for name in DOUBLED} == dict.fromkeys(DOUBLED, True)
    assert all(busy(place, name) > before[name] + 0.2 for name in ("turns", "delivery", "rasa"))
    assert counted(place, "turn_seconds_count") >= 60
    place.telegram.wait_for(lambda: counted(place, "workers", queue="turns") == 2, 120)


def test_thirty_seconds_without_the_database(place):
    """The page is told to come again, providers too; afterwards everything is there once and answered, and all processes work."""
    server, resident = database(place.system), place.system.resident()
    resident.write("hoi", seconds=60)
    # Without its settings it does not start: else the system's own keeper would have it back within seconds.
    conf = server.data / "postgresql.conf"
    away = conf.rename(conf.with_suffix(".away"))
    server.stop()
    began, refused, number = time.monotonic(), set(), 0
    while time.monotonic() - began < 30:
        number += 1
        answer = resident.post({"text": "hoi 201", "id": "once"})
        refused.add(answer.status_code)
        assert not place.taken("telegram", message_update(10**7 + 1, CHAT, {"message_id": 1, "text": "hoi 202"}))
        time.sleep(2)
    away.rename(conf)
    server.start()
    assert refused == {503}
    place.deliver("telegram", message_update(10**7 + 1, CHAT, {"message_id": 1, "text": "hoi 202"}))
    while (answer := resident.post({"text": "hoi 201", "id": "once"})).status_code == 503:
        time.sleep(0.5)
    assert resident.wait(answer.json()["id"], seconds=90)
    place.telegram.wait_for(lambda: place.telegram.sent(CHAT), 90)
    assert [m["text"] for m in resident.messages() if m["author"] == "resident"] == ["hoi", "hoi 201"]
    open_ones = "SELECT count(*) FROM conversations_message WHERE author = 'resident' AND handled_at IS NULL"
    # Whoever waited long was told so first.
    place.telegram.wait_for(lambda: rows(place.system, open_ones) == [(0,)], 90)
    place.system.wait_ready()
    # Both web processes have their database again, also the one that was asked nothing meanwhile. A worker that lost it ends,
    # and is started again some seconds later.
    place.telegram.wait_for(lambda: all(counted(place, "workers", queue="turns") == 2 for _ in range(20)), 120)
