"""A whole system as ``./run`` starts it, and residents of a made-up town who write to it on Telegram and WhatsApp.

The generator and the providers' fakes live in the calling process, on the same machine: every figure has them in it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.language.examples import examples
from bot.testing.telegram import FakeTelegram
from bot.testing.telegram_updates import callback_update, message_update
from bot.testing.whatsapp import FakeWhatsApp
from bot.testing.whatsapp_bodies import body, change, message
from bot.testing.whatsapp_rules import choices
from tests.faults.looking import database
from tests.running import ROOT, Running, running

__all__ = ["Resident", "Town", "texts", "town"]

_SECRET = "bench-secret"
_LEFT_OUT = {"safety", "rights", "handover"}
# On the way to a person: what is tapped where it is offered, else the first button.
_TO_A_PERSON = ("Ja, geef door", "Maakt niet uit", "Hier in de chat", "Ik kies")
# Long enough for Rasa to be started again meanwhile.
_PATIENCE_SECONDS = 90


def texts(seed: int, languages: tuple[str, ...] = ()) -> Iterator[str]:
    """Training examples of every topic but crises, rights and handovers, in these languages (else in all), without end."""
    rng = random.Random(seed)
    pool = [row.text for row in examples() if row.topic not in _LEFT_OUT and (not languages or row.tag in languages)]
    while True:
        yield rng.choice(pool)


@dataclass
class Town:
    """The system and both providers; ``polling``: Telegram is asked for updates, and no webhook set."""

    system: Running
    telegram: FakeTelegram
    whatsapp: FakeWhatsApp
    polling: bool = False
    numbering: threading.Lock = field(default_factory=threading.Lock)

    def taken(self, channel: str, made: dict[str, Any]) -> bool:
        """Hand one body to the webhook; False when the provider would have to come again."""
        try:
            if channel == "telegram":
                return self.telegram.deliver(made) in (200, None)
            return self.whatsapp.deliver(made) == 200
        except OSError:
            return False

    def deliver(self, channel: str, made: dict[str, Any]) -> None:
        """As a provider does: again and again until it is taken."""
        while not self.taken(channel, made):
            time.sleep(0.2)

    def ledger(self) -> dict[str, Any]:
        """Everything the database holds about conversations, in plain words (see bench/ledger.py)."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.ledger"], cwd=ROOT, env={**os.environ, **_ours(self.system)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    def restart_database(self) -> None:
        database(self.system).restart()


def _ours(system: Running) -> dict[str, str]:
    return {"AANSPRAAK_VAR": str(system.var), "PORT": str(system.port), "DJANGO_SETTINGS_MODULE": "bot.settings",
            "LOG_LEVEL": "ERROR", "AANSPRAAK_PROCESS": "bench"}  # fmt: skip


@contextmanager
def town(var: Path | None = None, polling: bool = False, **env: str) -> Iterator[Town]:
    """Start all of it in ``var`` (else in a folder that is thrown away), with both channels on."""
    with ExitStack() as stack:
        telegram, whatsapp = stack.enter_context(FakeTelegram()), stack.enter_context(FakeWhatsApp())
        folder = var or Path(tempfile.mkdtemp(prefix="aanspraak-bench-"))
        settings = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base, "TELEGRAM_WEBHOOK_SECRET": _SECRET,
                    "TELEGRAM_MODE": "polling" if polling else "webhook", "WHATSAPP_TOKEN": whatsapp.token,
                    "WHATSAPP_API_BASE": whatsapp.base, "WHATSAPP_PHONE_NUMBER_ID": whatsapp.phone_id,
                    "WHATSAPP_APP_SECRET": _SECRET}  # fmt: skip
        try:
            system = stack.enter_context(running(folder, **{**settings, **env}))
            channels = f"{system.base}/channels"
            telegram.webhook = None if polling else (f"{channels}/telegram/webhook", _SECRET)
            whatsapp.webhook = (f"{channels}/whatsapp/webhook", _SECRET)
            yield Town(system, telegram, whatsapp, polling)
        finally:
            stack.close()
            if var is None:
                _throw_away(folder)


def _throw_away(folder: Path) -> None:
    from bot.database import EmbeddedDatabase

    EmbeddedDatabase(ROOT, folder, "").throw_away()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Resident:
    """Somebody with a phone. ``said`` is what they sent, in order; with ``wants_person`` they go all the way to a handover."""

    town: Town
    number: int
    seed: int = 1
    wants_person: bool = False
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed}.{self.number}")
        self._texts = texts(self._rng.randrange(10**9), ("nl",) if self.wants_person else ())
        self.channel = "telegram" if self.number % 2 else "whatsapp"
        # New ones in each run: an id that a kept folder knows is a repeat.
        self.chat = self._rng.randrange(10**8, 10**9) * 100_000 + self.number
        self.phone = f"3168{self._rng.randrange(10**7):07}{self.number:05}"[:15]
        self._next = self._rng.randrange(10**8, 10**9) * 1000
        self._seen = 0

    @property
    def address(self) -> str:
        return str(self.chat) if self.channel == "telegram" else self.phone

    def got(self) -> list[Any]:
        """What this phone shows of ours: texts on Telegram, our own trackers on WhatsApp."""
        if self.channel == "telegram":
            return [m["text"] for m in self.town.telegram.sent(self.chat)]
        return [m.get("biz_opaque_callback_data") for m in self.town.whatsapp.sent(self.phone)]

    def act(self) -> None:
        """One more message: a tap on what was offered last, or words."""
        if self.wants_person:
            self._towards_a_person()
        elif (offered := self._offered()) and self._rng.random() < 0.3:
            self._tap(self._rng.choice(offered))
        else:
            self.write(next(self._texts))

    def _note(self, said: str) -> None:
        self.said.append(said)
        self._seen = len(self.got())

    def write(self, text: str) -> None:
        self._note(text)
        if self.channel == "telegram":
            self._next += 1
            said = {"message_id": self._next % 10**9, "text": text}
            self._on_telegram(lambda number: message_update(number, self.chat, said))
        else:
            self.town.deliver("whatsapp", body(change([message(self.phone, text)])))

    def _on_telegram(self, make: Callable[[int], dict[str, Any]]) -> None:
        """Numbers of updates only rise; whoever polls and has seen one asks for no lower one again."""
        if not self.town.polling:
            return self.town.deliver("telegram", make(self.town.telegram._number()))
        with self.town.numbering:
            return self.town.deliver("telegram", make(self.town.telegram._number()))

    def _towards_a_person(self) -> None:
        if not self.said:
            return self.write("geef me gewoon een mens")
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (len(self.got()) <= self._seen or not self._offered()) and time.monotonic() < deadline:
            time.sleep(0.1)
        offered = self._offered()
        if len(self.got()) <= self._seen or not offered:
            return self.write(next(self._texts))
        button = next((b for title in _TO_A_PERSON for b in offered if b[0].startswith(title)), offered[0])
        self.wants_person = not button[0].startswith(_TO_A_PERSON[0])
        return self._tap(button)

    def _offered(self) -> list[tuple[str, Any]]:
        """(title, what is needed to tap it) under the last message, where it has buttons."""
        if self.channel == "telegram":
            shown = self.town.telegram.sent(self.chat)[-1:]
            rows = [row for m in shown for row in m.get("reply_markup", {}).get("inline_keyboard", [])]
            return [(key["text"], (shown[0], key["callback_data"])) for row in rows for key in row]
        return [(found["title"], (kind, found)) for m in self.town.whatsapp.sent(self.phone)[-1:] for kind, found in choices(m)]

    def _tap(self, button: tuple[str, Any]) -> None:
        title, (first, second) = button
        self._note(title)
        if self.channel == "telegram":
            self._on_telegram(lambda number: callback_update(number, self.chat, first, second))
        else:
            content = {"type": "interactive", "interactive": {"type": first, first: second}}
            self.town.deliver("whatsapp", body(change([message(self.phone, content)])))
