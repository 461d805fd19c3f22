"""Many residents at once on both webhooks, and what each part of the system uses meanwhile."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import queue
import threading
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench.town import Resident, Town, texts
from bot.language.tags import ON_OFFER
from bot.testing.telegram_updates import message_update
from bot.testing.whatsapp_bodies import body, change, message
from tests.faults.looking import database, processes

__all__ = ["NAMES", "Crowd", "cpu_seconds", "memory_mib"]

NAMES = ("web", "turns", "delivery", "rasa", "actions")
_SENDERS = 12


class Wire:
    """Kept connections to the two webhooks, one a thread."""

    def __init__(self, place: Town) -> None:
        self._place, self._local = place, threading.local()
        self._host = urlsplit(place.system.base).netloc

    def post(self, channel: str, made: dict[str, Any]) -> int:
        raw, headers = json.dumps(made).encode(), {"Content-Type": "application/json"}
        _, secret = self._place.telegram.webhook if channel == "telegram" else self._place.whatsapp.webhook
        if channel == "telegram":
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        else:
            headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        for attempt in (1, 2):
            if not hasattr(self._local, "connection"):
                self._local.connection = http.client.HTTPConnection(self._host, timeout=20)
            try:
                self._local.connection.request("POST", f"/channels/{channel}/webhook", raw, headers)
                answer = self._local.connection.getresponse()
                answer.read()
                break
            except (OSError, http.client.HTTPException):
                del self._local.connection  # after some silence the server closes it; a provider opens another
                if attempt == 2:
                    raise
        return answer.status


class Crowd:
    """Residents who write when told to, and the moments they wrote and were answered."""

    def __init__(self, place: Town, count: int, seed: int) -> None:
        self._place, self._wire = place, Wire(place)
        self.people = deque(Resident(place, n, seed) for n in range(count))
        # Everybody writes one language, as people do; each of ours has as many speakers.
        self._texts = {tag: texts(seed, (tag,)) for tag in ON_OFFER}
        self._number = time.time_ns() // 1_000_000
        self._jobs: queue.Queue = queue.Queue()
        self.wrote: dict[str, float] = {}
        self.webhook_ms: list[float] = []
        self.failed = 0
        for _ in range(_SENDERS):
            threading.Thread(target=self._send, daemon=True).start()

    def write(self) -> None:
        """The one who was silent longest writes."""
        resident = self.people[0]
        self.people.rotate(-1)
        text = next(self._texts[ON_OFFER[resident.number % len(ON_OFFER)]])
        self._jobs.put((resident, self._made(resident, text)))

    def _made(self, resident: Resident, text: str) -> dict[str, Any]:
        self._number += 1
        if resident.channel == "telegram":
            return message_update(self._number, resident.chat, {"message_id": self._number % 10**9, "text": text})
        return body(change([message(resident.phone, text)]))

    def _send(self) -> None:
        while True:
            resident, made = self._jobs.get()
            began = time.monotonic()
            self.wrote[resident.address] = began
            try:
                self.failed += self._wire.post(resident.channel, made) != 200
            except (OSError, http.client.HTTPException):
                self.failed += 1
            self.webhook_ms.append((time.monotonic() - began) * 1000)

    def answers(self) -> dict[str, float]:
        """The moment of the first reply to each, since they wrote."""
        found: dict[str, float] = {}
        for call in list(self._place.telegram.calls):
            if call.method == "sendMessage":
                self._first(found, str(call.params["chat_id"]), call.at)
        for call in list(self._place.whatsapp.calls):
            if call.params.get("to") and call.params.get("type"):
                self._first(found, call.params["to"], call.at)
        return found

    def _first(self, found: dict[str, float], address: str, at: float) -> None:
        if at > self.wrote.get(address, float("inf")):
            found.setdefault(address, at)

    def forget(self) -> None:
        self.wrote.clear()
        self.webhook_ms.clear()
        self._place.telegram.calls.clear()
        self._place.whatsapp.calls.clear()


def _cpu(process: psutil.Process, with_children: bool = False) -> float:
    times = process.cpu_times()
    total = times.user + times.system
    if with_children:
        total += times.children_user + times.children_system
        total += sum(_cpu(child) for child in process.children())
    return total


def cpu_seconds(place: Town) -> dict[str, float]:
    """What each part has used so far."""
    used = {name: _cpu(psutil.Process(place.system.pid(name))) for name in NAMES}
    first = int((database(place.system).data / "postmaster.pid").read_text().split()[0])
    return {**used, "postgres": _cpu(psutil.Process(first), with_children=True), "generator and fakes": _cpu(psutil.Process())}


def memory_mib(place: Town) -> dict[str, float]:
    """Sum of PSS of every process, and each part's; what processes share is counted once."""
    names = {place.system.pid(name): name for name in NAMES} | {place.system.process.pid: "supervisor"}
    found: dict[str, float] = {}
    for process in processes(place.system):
        try:
            name, pss = names.get(process.pid, "postgres"), process.memory_full_info().pss / 2**20
        except psutil.NoSuchProcess:
            continue
        found[name] = round(found.get(name, 0) + pss, 1)
    return {**found, "all": round(sum(found.values()), 1)}
