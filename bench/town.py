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
from functools import cache
from pathlib import Path
from typing import Any

from bot.language.catalogue import translate
from bot.language.examples import examples
from bot.language.sources import BUTTON, load_sources
from bot.language.tags import ON_OFFER
from bot.testing.telegram import FakeTelegram
from bot.testing.telegram_updates import callback_update, message_update
from bot.testing.whatsapp import FakeWhatsApp
from bot.testing.whatsapp_bodies import body, change, message
from bot.testing.whatsapp_rules import choices
from tests.faults.looking import database
from tests.running import ROOT, Running, running

__all__ = ["Resident", "Town", "settings_of", "texts", "town"]

_SECRET = "bench-secret"
_LEFT_OUT = {"safety", "rights", "handover"}
# On the way to a person: what everybody taps where it is offered; who wishes nothing does not mind at all.
_YES = "Ja, geef door"
_ALWAYS = (_YES, "Zeg ik niet", "Hier in de app")
# Before what was tapped, on Telegram.
_TAPPED = "✓ "
_NEVER_MIND, _CHOOSE = "Maakt niet uit", "Ik kies"
_NO_WISH = ("Niet nu", "Luister", "Computerstem")
# Said anew in other words, and not at once: ten times the same within minutes is what a program writes.
_ASKS = ("geef me gewoon een mens", "ik wil met een mens praten", "kan ik iemand spreken", "ik wil een medewerker spreken")
_BEFORE_ASKING_ANEW_SECONDS = 3
_ALBUMS = 0.05
# Long enough for Rasa to be started again meanwhile.
_PATIENCE_SECONDS = 90


def texts(seed: int, languages: tuple[str, ...] = ()) -> Iterator[str]:
    """Training examples of every topic but crises, rights and handovers, in these languages (else in all), without end."""
    rng = random.Random(seed)
    pool = [row.text for row in examples() if row.topic not in _LEFT_OUT and (not languages or row.tag in languages)]
    while True:
        yield rng.choice(pool)


@cache
def _wiping() -> frozenset[str]:
    """Buttons that lead to a wipe, in every language: what is gone can be held against nothing."""
    sources = (variation.buttons for variations in load_sources().values() for variation in variations)
    dutch = {button.title for buttons in sources for button in buttons if button.payload.startswith("/delete_my_data")}
    return frozenset(translate(BUTTON, title, tag) or title for title in dutch for tag in ON_OFFER)


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
            [sys.executable, "-m", "bench.ledger"], cwd=ROOT, env={**os.environ, **settings_of(self.system)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    def restart_database(self) -> None:
        database(self.system).restart()


def settings_of(system: Running) -> dict[str, str]:
    """For a process of ours that works on the system's database."""
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
    """Somebody with a phone. ``said`` is what they sent, in order.

    With ``wants_person`` they go all the way to a handover, half of them by every question about their wishes.
    """

    town: Town
    number: int
    seed: int = 1
    wants_person: bool = False
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed}.{self.number}")
        self._texts = texts(self._rng.randrange(10**9), ("nl",) if self.wants_person else ())
        self.channel = "telegram" if self.number % 2 else "whatsapp"
        self.has_wishes = self.number % 4 >= 2
        # A tap after the yes may take the request back, before the watch sees that it is late: most keep to words.
        self._taps = not self.wants_person or self.number % 8 >= 6
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
            return [m.get("text", "") for m in self.town.telegram.sent(self.chat)]
        sent = [m.get("biz_opaque_callback_data") or "" for m in self.town.whatsapp.sent(self.phone)]
        # The parts before the last ("12.1") are no message of their own; one that came twice is a double.
        return [tracker.split(".")[0] for n, tracker in enumerate(sent) if "." not in tracker or tracker in sent[:n]]

    def act(self) -> None:
        """One more message: a tap on what was offered last, or words."""
        if self.wants_person:
            self._towards_a_person()
        elif self.channel == "telegram" and self._rng.random() < _ALBUMS:
            self.send_album(self._rng.choice(["", next(self._texts)]))
        elif (offered := [b for b in self._offered() if b[0] not in _wiping()]) and self._taps and self._rng.random() < 0.3:
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

    def send_album(self, caption: str) -> None:
        """Three pictures at once, with words under the first or none."""
        album = str(self._rng.randrange(10**17))
        self._note(caption)
        self.said += ["", ""]
        for words in (caption, "", ""):
            self._next += 1
            sent = {"message_id": self._next % 10**9, "media_group_id": album, "photo": [{"file_id": f"photo{self._next}"}]}
            sent |= {"caption": words} if words else {}
            self._on_telegram(lambda number, sent=sent: message_update(number, self.chat, sent))

    def _on_telegram(self, make: Callable[[int], dict[str, Any]]) -> None:
        """Numbers of updates only rise; whoever polls and has seen one asks for no lower one again."""
        if not self.town.polling:
            return self.town.deliver("telegram", make(self.town.telegram._number()))
        with self.town.numbering:
            return self.town.deliver("telegram", make(self.town.telegram._number()))

    def _towards_a_person(self) -> None:
        """The next step; what is offered on no such road, or nothing for long, is answered by asking once more."""
        if not self.said:
            return self.write(_ASKS[0])
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (len(self.got()) <= self._seen or not self._offered()) and time.monotonic() < deadline:
            time.sleep(0.1)
        button = self._step() if len(self.got()) > self._seen else None
        if button is None:
            time.sleep(_BEFORE_ASKING_ANEW_SECONDS)
            return self.write(_ASKS[len(self.said) % len(_ASKS)])
        self.wants_person = button[0] != _YES
        return self._tap(button)

    def _step(self) -> tuple[str, Any] | None:
        offered = {title: (title, how) for title, how in self._offered()}
        known = next((title for title in _ALWAYS if title in offered), None)
        if known is None and _NEVER_MIND in offered:
            known = _NEVER_MIND
            if self.has_wishes:
                known = (
                    _CHOOSE
                    if _CHOOSE in offered
                    else self._rng.choice([t for t in offered if not any(word in t for word in _NO_WISH)])
                )
        return offered.get(known)

    def _offered(self) -> list[tuple[str, Any]]:
        """(title, what is needed to tap it) under the last message, where it has buttons."""
        if self.channel == "telegram":
            shown = self.town.telegram.sent(self.chat)[-1:]
            rows = [row for m in shown for row in m.get("reply_markup", {}).get("inline_keyboard", [])]
            return [(key["text"].removeprefix(_TAPPED), (shown[0], key["callback_data"])) for row in rows for key in row]
        return [(found["title"], (kind, found)) for m in self.town.whatsapp.sent(self.phone)[-1:] for kind, found in choices(m)]

    def _tap(self, button: tuple[str, Any]) -> None:
        title, (first, second) = button
        self._note(title)
        if self.channel == "telegram":
            self._on_telegram(lambda number: callback_update(number, self.chat, first, second))
        else:
            content = {"type": "interactive", "interactive": {"type": first, first: second}}
            self.town.deliver("whatsapp", body(change([message(self.phone, content)])))
