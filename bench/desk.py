"""What the desk must hold: how fast its pages are, how soon news is on a screen, what many open pages cost, and who wins.

``uv run python bench/desk.py --json var/desk.json``

Two real web processes on an embedded PostgreSQL of their own. Times are those a client on this machine sees: a little more
than the server's own. Exit 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.busy_team import Town, browser, cookie_of
from bench.turns import free_port, percentile

_READY_SECONDS = 90


@dataclass(frozen=True)
class Finding:
    """One number beside its limit; ``at_most`` is part of what must hold."""

    name: str
    value: float
    at_most: float
    unit: str
    more: str = ""

    @property
    def good(self) -> bool:
        return self.value <= self.at_most


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def webs(count: int) -> Iterator[dict[int, subprocess.Popen]]:
    """``{port: process}`` of web processes as ``./run`` starts them."""
    ports = [free_port() for _ in range(count)]
    started = {}
    for port in ports:
        command = [sys.executable, "-m", "uvicorn", "bot.asgi:application", "--host", "127.0.0.1", "--port", str(port),
                   "--ws", "none", "--log-level", "error"]  # fmt: skip
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started[port] = subprocess.Popen(command, cwd=ROOT, **quiet, env={**os.environ, "PORT": str(port)})
    try:
        end = time.monotonic() + _READY_SECONDS
        while not all(map(_listens, ports)):
            if time.monotonic() > end:
                raise SystemExit("the web processes did not start")
            time.sleep(0.2)
        yield started
    finally:
        for process in started.values():
            process.kill()
            process.wait()


# --- 1. pages -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pages:
    """``times`` a client waited, and what the server itself computed for one page: steadier on a machine that others use too."""

    times: list[float]
    computed: float

    def finding(self, name: str) -> Finding:
        more = f"median {statistics.median(self.times):.0f}, computing {self.computed:.0f}, n={len(self.times)}"
        return Finding(f"{name}, p95", percentile(self.times, 0.95), 150, "ms", more)


def page_times(web: httpx.Client, process: subprocess.Popen, address: str, times: int, what: str) -> Pages:
    for _ in range(5):
        web.get(address).raise_for_status()
    found, before = [], psutil.Process(process.pid).cpu_times()
    for _ in track(range(times), what):
        began = time.perf_counter()
        answer = web.get(address)
        found.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
    after = psutil.Process(process.pid).cpu_times()
    return Pages(found, (after.user + after.system - before.user - before.system) * 1000 / times)


# --- 2. news on a screen ------------------------------------------------------------------------------------------

_WATCH = """() => { window.seen = {};
  const look = () => document.querySelectorAll('#thread .resident .bubble').forEach((e) => {
    const n = e.textContent.trim(); if (!(n in window.seen)) window.seen[n] = Date.now(); });
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true}); }"""


def news_times(port: int, town: Town, times: int) -> list[float]:
    """From stored (the database's clock is ours) to in the page of a colleague's real browser."""
    from bot.conversations.inbox import Incoming, receive
    from bot.conversations.models import Conversation, Message
    from bot.handover import service
    from bot.testing.browser import DESK, chromium

    token = "bench-news"
    from bot.conversations.inbox import open_conversation

    open_conversation("webchat", token, "tr")
    talk = Conversation.objects.latest("pk")
    found = town.handover(talk)
    service.accept(found.pk, town.holder)
    service.write(found.pk, town.holder, "Hallo")
    base, stored = f"http://localhost:{port}", {}
    with chromium() as chrome:
        page = chrome.new_page(**DESK)
        page.context.add_cookies([{"name": k, "value": v, "url": base} for k, v in cookie_of(town.holder).items()])
        page.goto(f"{base}/desk/handovers/{found.pk}/")
        page.evaluate(_WATCH)
        page.wait_for_timeout(1500)
        for n in track(range(times), "news in a browser"):
            receive(Incoming("webchat", token, text=f"bench {n}"))
            stored[f"bench {n}"] = Message.objects.filter(conversation=talk).latest("pk").created_at.timestamp() * 1000
            page.wait_for_timeout(700)
        seen = page.evaluate("window.seen")
    missing = [text for text in stored if text not in seen]
    return [seen[text] - at for text, at in stored.items() if text in seen] + [60_000.0] * len(missing)


# --- 3. many open pages -------------------------------------------------------------------------------------------


def _pss_mib(process: subprocess.Popen) -> float:
    parent = psutil.Process(process.pid)
    return sum(p.memory_full_info().pss for p in (parent, *parent.children(recursive=True))) / 2**20


def _connections() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('web', 'aanspraak-live')")
        return cursor.fetchone()[0]


def _open_stream(port: int, path: str, cookies: dict[str, str]) -> socket.socket:
    """A stream that stays open, as light as it can be on our side; read until its first event."""
    line = "; ".join(f"{k}={v}" for k, v in cookies.items())
    end = socket.create_connection(("127.0.0.1", port), timeout=60)
    end.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {line}\r\nAccept: text/event-stream\r\n\r\n".encode())
    got = end.recv(4000)
    if b" 200 " not in got.split(b"\r\n", 1)[0]:
        raise SystemExit(f"a stream was refused: {got[:100]!r}")
    return end


def crowd(port: int, process: subprocess.Popen, town: Town, desks: int, chats: int) -> tuple[float, int]:
    """(MiB more, database connections more) of one web process with this many open pages."""
    chat = httpx.Client(base_url=f"http://localhost:{port}", timeout=60)
    warm = browser(port, town.holder)
    for _ in range(20):
        warm.get("/desk/").raise_for_status()
    before, connections = _pss_mib(process), _connections()
    open_now = []
    for n in track(range(desks), "open desks"):
        helper = town.helpers[n % len(town.helpers)]
        browser(port, helper).get("/desk/").raise_for_status()
        open_now.append(_open_stream(port, "/desk/stream", cookie_of(helper)))
    for _ in track(range(chats), "open chat pages"):
        token = chat.post("/chat/api/sessions", json={}).json()["session"]
        open_now.append(_open_stream(port, "/chat/api/stream", {"aanspraak_chat": token}))
    time.sleep(3)
    peak = _connections()
    town.handover()  # news for all of them
    time.sleep(2)
    more = _pss_mib(process) - before, max(peak, _connections()) - connections
    for end in open_now:
        end.close()
    return more


# --- 4. who wins --------------------------------------------------------------------------------------------------


def race(ports: list[int], town: Town, rounds: int) -> list[str]:
    """What went wrong in ``rounds`` in which two workers press "Neem aan" at the same moment, each at a process of their own."""
    two = [(browser(port, helper), helper) for port, helper in zip(ports, town.helpers[1:3])]
    wrong, start, ends = [], threading.Barrier(3), threading.Barrier(3)
    target, answers = [""], [None, None]

    def press(who: int) -> None:
        while True:
            start.wait()
            if not target[0]:
                return
            answers[who] = two[who][0].post(f"/desk/handovers/{target[0]}/accept")
            ends.wait()

    threads = [threading.Thread(target=press, args=[n]) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for _ in track(range(rounds), "two accept at once"):
        found = town.handover()
        target[0] = str(found.pk)
        start.wait()
        ends.wait()
        found.refresh_from_db()
        codes = [answer.status_code for answer in answers]
        if sorted(codes) != [302, 409]:
            wrong.append(f"answers {codes}")
            continue
        winner, loser = codes.index(302), codes.index(409)
        if found.holder_id != two[winner][1].pk or found.events.filter(kind="accepted").count() != 1:
            wrong.append("stored other than told")
        if two[winner][1].first_name not in answers[loser].text:
            wrong.append("not told who")
        found.delete()
    target[0] = ""
    start.wait()
    for thread in threads:
        thread.join()
    return wrong


# --- all of it ----------------------------------------------------------------------------------------------------


def measure(asked: argparse.Namespace) -> list[Finding]:
    town = Town(asked.waiting, asked.messages)
    with webs(2) as started:
        port, other = started
        web, process = browser(port, town.holder), started[port]
        address = f"/desk/handovers/{town.long.pk}/"
        page = page_times(web, process, address, asked.times, f"a handover of {asked.messages} messages")
        queue = page_times(web, process, "/desk/", asked.times, f"a queue of {asked.waiting}")
        wish = page_times(web, process, "/desk/?wish=woman", asked.times, "the same, by wish")
        wrong = race([port, other], town, asked.rounds)
        more, connections = crowd(port, process, town, asked.desks, asked.chats)
        news = news_times(other, town, asked.news)
    pages = asked.desks + asked.chats
    return [
        page.finding(f"handover with {asked.messages} messages"),
        queue.finding(f"queue of {asked.waiting}"),
        wish.finding(f"queue of {asked.waiting} by wish"),
        Finding(
            "stored to on a colleague's screen, p95", percentile(news, 0.95), 500, "ms", f"median {statistics.median(news):.0f}"
        ),
        Finding(f"{asked.desks} desks and {asked.chats} chats open, memory", more, 300, "MiB"),
        Finding("database connections more for them", connections, max(8, pages * 0.05), "", f"for {pages} pages"),
        Finding(f"accepted by two at once, {asked.rounds} times: wrong", len(wrong), 0, "", ", ".join(sorted(set(wrong)))),
    ]


def run(asked: argparse.Namespace) -> list[Finding]:
    """On a database of its own, thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="aanspraak-desk-") as var:
        from bot.secrets import ensure_secrets

        for name in ("DATABASE_URL", "PUBLIC_BASE_URL"):
            os.environ.pop(name, None)
        os.environ.update(
            AANSPRAAK_VAR=var, DJANGO_SETTINGS_MODULE="bot.settings", LOG_LEVEL="ERROR", RASA_URL="http://127.0.0.1:1"
        )
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        secrets = Path(var) / "secrets"
        ensure_secrets(secrets)
        (Path(var) / "static").mkdir()
        from bot.database import EmbeddedDatabase

        server = EmbeddedDatabase.with_secrets(ROOT, Path(var), secrets)
        server.start()
        try:
            import django
            from django.core.management import call_command

            from bot.roles import migrate

            django.setup()
            migrate()
            call_command("collectstatic", verbosity=0, interactive=False)
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright runs an event loop in this thread
            return measure(asked)
        finally:
            server.throw_away()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sizes = {"waiting": 2000, "messages": 200, "times": 100, "desks": 50, "chats": 500, "rounds": 500, "news": 40}
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", type=Path, help="Write the numbers here.")
    asked = parser.parse_args()
    findings = run(asked)
    load = os.getloadavg()[0]
    table = Table("what", "measured", "at most", "", "", title=f"{os.cpu_count()} cores, load {load:.1f}")
    for f in findings:
        table.add_row(f.name, f"{f.value:.1f} {f.unit}", f"{f.at_most:.0f} {f.unit}", "ok" if f.good else "TOO MUCH", f.more)
    Console().print(table)
    if asked.json:
        rows = [{**asdict(f), "value": round(f.value, 1), "good": f.good} for f in findings]
        whole = {"cores": os.cpu_count(), "load": round(load, 1), "findings": rows}
        asked.json.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(not all(f.good for f in findings))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
