"""Helpers at the desk, over its own pages, while the house is shaken: some answer, some accept and fall silent, some never look.

``python -m bench.team sessions``, inside the system's settings, prints a signed-in session for each worker of the demo.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import psycopg

from bench.town import Town, settings_of
from tests.faults.looking import rows
from tests.running import ROOT

__all__ = ["ANSWERS", "Team"]

ANSWERS = 3
# What becomes of the first handover, the second, and so on.
_PLANS = ("talk", "silent", "unread", "talk")
_CSRF = "a" * 32
_HANDOVER = re.compile(r"/desk/handovers/([0-9a-f-]{36})/")
_UNTOLD = (
    "SELECT 1 FROM handover_handover h WHERE id = ANY(%s::uuid[]) AND state IN ('open', 'accepted', 'contacted', 'confirmed')"
    " AND NOT EXISTS (SELECT FROM handover_handoverevent e WHERE e.handover_id = h.id AND e.kind = 'late')"
)
_PAUSE_SECONDS = 0.3
_MAY_BE_LATE = "state IN ('open', 'accepted')"
_OVERDUE = f"UPDATE handover_handover SET due_at = due_at - interval '30 days' WHERE id = %s AND {_MAY_BE_LATE} RETURNING id"


class Team:
    """Every worker of the demo teams, each a thread of their own.

    ``answers``: handover to the texts that the desk took, in order; ``doubtful``: a text that the desk took no longer, after an
    attempt whose answer was lost; ``late``: handovers whose promised time was moved into the past.
    """

    def __init__(self, town: Town) -> None:
        self.town, self.answers, self.doubtful = town, defaultdict(list), set[str]()
        self.accepted, self.late = set[str](), set[str]()
        # A folder that is kept knows those of earlier runs.
        self.before = {str(pk) for (pk,) in rows(town.system, "SELECT id FROM handover_handover")}
        self._plans: dict[str, str] = {}
        self._lock, self._end = threading.Lock(), threading.Event()
        self._workers = [threading.Thread(target=_Worker(self, cookie).work, daemon=True) for cookie in _sessions(town)]

    def __enter__(self) -> Team:
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for worker in self._workers:
            worker.join(30)

    @property
    def over(self) -> bool:
        return self._end.is_set()

    def plan(self, handover: str) -> str:
        """The same for everybody who asks: two workers may reach for one handover."""
        with self._lock:
            return self._plans.setdefault(handover, _PLANS[len(self._plans) % len(_PLANS)])

    def busy(self) -> bool:
        """Whether somebody has still something to do for a handover that waits or was begun."""
        planned = set(self._plans)
        waiting = {str(pk) for (pk,) in rows(self.town.system, "SELECT id FROM handover_handover WHERE state = 'open'")}
        return bool(waiting - planned - self.before) or not all(self._done(pk) for pk in planned)

    def _done(self, pk: str) -> bool:
        if self._plans[pk] == "talk":
            return len(self.answers[pk]) >= ANSWERS or pk in self.doubtful or self._is_over(pk)
        return pk in self.late or self._is_over(pk)

    def _is_over(self, pk: str) -> bool:
        live = "SELECT 1 FROM handover_handover WHERE id = %s AND state IN ('open', 'accepted', 'contacted', 'confirmed')"
        return not rows(self.town.system, live, pk)

    def all_told(self) -> bool:
        """Whether every late one that still lives was found to be late."""
        return not rows(self.town.system, _UNTOLD, list(self.late))

    def look(self) -> None:
        """At night nobody is told anything, and the run would wait for the morning: look as if it were noon."""
        if not 8 <= datetime.now(ZoneInfo("Europe/Amsterdam")).hour < 21:
            _inside(self.town, "look")

    def let_pass(self, handover: str) -> None:
        """The time that was promised is over, once; not where a helper is answering."""
        with self._lock:
            if handover in self.late or self._plans[handover] == "talk":
                return
            try:
                if rows(self.town.system, _OVERDUE, handover):
                    self.late.add(handover)
            except psycopg.OperationalError:  # it is just being restarted: another time
                return


class _Worker:
    """One of them. What the desk does not answer is done again, as somebody would who sees no answer."""

    def __init__(self, team: Team, cookie: dict[str, str]) -> None:
        base = f"http://localhost:{team.town.system.port}"
        self._team, self._mine, self._left = team, [], set[str]()
        self._desk = httpx.Client(base_url=base, cookies=cookie, headers={"X-CSRFToken": _CSRF, "Referer": base}, timeout=20)

    def work(self) -> None:
        with self._desk:
            while not self._team.over:
                for handover in self._waiting():
                    self._take(handover)
                for handover in list(self._mine):
                    self._answer(handover)
                time.sleep(_PAUSE_SECONDS)

    def _waiting(self) -> list[str]:
        page = self._once("GET", "/desk/?order=newest")
        found = dict.fromkeys(_HANDOVER.findall(page.text)) if page is not None and page.status_code == 200 else ()
        return [handover for handover in found if handover not in self._left | self._team.before]

    def _take(self, handover: str) -> None:
        plan = self._team.plan(handover)
        if plan == "unread" or handover in self._team.accepted:
            self._team.let_pass(handover)
        elif self._done(f"/desk/handovers/{handover}/accept", handover):
            self._team.accepted.add(handover)
            if plan == "talk":
                self._mine.append(handover)
            else:
                self._team.let_pass(handover)
        if plan == "talk" or handover in self._team.late:
            self._left.add(handover)

    def _answer(self, handover: str) -> None:
        said = self._team.answers[handover]
        if len(said) >= ANSWERS:
            return self._mine.remove(handover)
        text = f"Antwoord {len(said) + 1}: neem de brief mee, dan lezen we die samen. {uuid.uuid4().hex[:8]}"
        if self._done(f"/desk/handovers/{handover}/write", handover, text=text, client_id=str(uuid.uuid4())):
            return said.append(text)
        self._team.doubtful.add(handover)
        return self._mine.remove(handover)

    def _done(self, path: str, handover: str, **form: str) -> bool:
        """Press until the desk answers: True when it led back to the handover's page, False when it says why not."""
        while not self._team.over:
            answer = self._once("POST", path, form)
            if answer is not None and answer.status_code < 500:
                return answer.status_code == 302 and handover in answer.headers["Location"]
            time.sleep(_PAUSE_SECONDS)
        return False

    def _once(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response | None:
        try:
            return self._desk.request(method, path, data=form)
        except httpx.TransportError:
            return None


def _sessions(town: Town) -> list[dict[str, str]]:
    return json.loads(_inside(town, "sessions"))


def _inside(town: Town, what: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.team", what], cwd=ROOT, env={**os.environ, **settings_of(town.system)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def _main(what: str) -> None:
    import django

    django.setup()
    if what == "look":
        from bot.handover.watch import look

        look(datetime.now(ZoneInfo("Europe/Amsterdam")).replace(hour=12))
        return
    from bench.busy_team import cookie_of
    from bot.neighbourhood.models import Helper

    workers = Helper.objects.filter(kind=Helper.Kind.WORKER, active=True).select_related("user")
    json.dump([cookie_of(worker) for worker in workers], sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1])
