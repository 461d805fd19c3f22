"""Kill -9 at random while residents write on Telegram and WhatsApp, and count: nothing lost, everything in order.

``uv run python bench/chaos.py --messages 5000 --kills 40 --restarts 2``

Web and both workers are real processes on an embedded PostgreSQL of their own; the providers and Rasa are our fakes, which
stay alive and know what arrived. Exit 1 when a message is lost, stored twice or answered out of order, or when more
replies are doubled than processes were killed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECRET = "chaos-secret"
_READY_SECONDS, _DRAIN_SECONDS = 60, 300


@dataclass
class Result:
    """What was found at the end."""

    sent: int = 0
    lost: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    kills: int = 0

    @property
    def good(self) -> bool:
        return not self.lost and not self.disordered and len(self.doubled) <= self.kills


class Processes:
    """Web and workers, started again when they die, as the supervisor does."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        python = sys.executable
        web = [python, "-m", "uvicorn", "bot.asgi:application", "--host", "127.0.0.1", "--port", str(port), "--ws", "none",
               "--log-level", "error"]  # fmt: skip
        self._commands = {
            "web": web,
            "turns": [python, "-m", "bot.worker", "turns"],
            "delivery": [python, "-m", "bot.worker", "delivery"],
        }
        self._environment, self._running, self._stop = environment, {}, threading.Event()
        for name in self._commands:
            self._start(name)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _start(self, name: str) -> None:
        quiet = subprocess.DEVNULL
        self._running[name] = subprocess.Popen(self._commands[name], cwd=ROOT, env=self._environment, stdout=quiet, stderr=quiet)

    def _watch(self) -> None:
        while not self._stop.wait(0.3):
            for name, process in list(self._running.items()):
                if process.poll() is not None:
                    self._start(name)

    def kill(self, chance: random.Random) -> None:
        """One of them, without warning."""
        self._running[chance.choice(list(self._running))].send_signal(signal.SIGKILL)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        for process in self._running.values():
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _until(met, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _deliver(fake, body: dict) -> None:
    """As a provider does: again and again until it is taken."""
    while True:
        try:
            if fake.deliver(body) == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)


def _write(residents: range, count: int, telegram, whatsapp) -> None:
    from bot.testing.telegram_updates import message_update
    from bot.testing.whatsapp_bodies import body, change, message

    for number in range(count):
        for resident in residents:
            text = f"bericht {number} van {resident}"
            if resident % 2:
                update = message_update(
                    resident * 100_000 + number, 7_000_000 + resident, {"message_id": number + 1, "text": text}
                )
                _deliver(telegram, update)
            else:
                _deliver(whatsapp, body(change([message(f"3160{resident:07}", text, id=f"wamid.{resident}.{number}")])))


def _judge(residents: int, each: int, telegram, whatsapp, kills: int) -> Result:
    result = Result(sent=residents * each, kills=kills)
    for resident in range(residents):
        wanted = [f"echo: bericht {number} van {resident}" for number in range(each)]
        got = [m["text"] for m in telegram.sent(7_000_000 + resident)] if resident % 2 else whatsapp.texts(f"3160{resident:07}")
        echoes = [text for text in got if text.startswith("echo: ")]
        counted = Counter(echoes)
        result.lost += [text for text in wanted if text not in counted]
        result.doubled += [text for text, times in counted.items() for _ in range(times - 1)]
        if list(dict.fromkeys(echoes)) != [text for text in wanted if text in counted]:
            result.disordered.append(f"resident {resident}")
    return result


def run(messages: int, residents: int, kills: int, restarts: int, seed: int = 1) -> Result:
    """Act it, and judge it."""
    with tempfile.TemporaryDirectory(prefix="aanspraak-chaos-") as var:
        from bot.secrets import ensure_secrets, read_secret

        for name in ("DATABASE_URL", "PUBLIC_BASE_URL"):
            os.environ.pop(name, None)
        os.environ.update(AANSPRAAK_VAR=var, DJANGO_SETTINGS_MODULE="bot.settings", LOG_LEVEL="ERROR")
        secrets = Path(var) / "secrets"
        ensure_secrets(secrets)
        (Path(var) / "static").mkdir()
        from bot.database import EmbeddedDatabase

        server = EmbeddedDatabase(ROOT, Path(var), read_secret("DATABASE_PASSWORD", secrets))
        server.start()
        try:
            return _act(server, messages, residents, kills, restarts, random.Random(seed))
        finally:
            server.throw_away()


def _act(server, messages: int, residents: int, kills: int, restarts: int, chance: random.Random) -> Result:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    from bot.conversations.models import Delivery, Message
    from bot.testing.rasa import FakeRasa
    from bot.testing.telegram import FakeTelegram
    from bot.testing.whatsapp import FakeWhatsApp

    port, each = _free_port(), messages // residents
    with FakeTelegram() as telegram, FakeWhatsApp() as whatsapp, FakeRasa() as rasa:
        environment = {**os.environ, "RASA_URL": rasa.url, "PORT": str(port), "TELEGRAM_TOKEN": telegram.token,
                       "TELEGRAM_API_BASE": telegram.base, "TELEGRAM_WEBHOOK_SECRET": SECRET, "WHATSAPP_TOKEN": whatsapp.token,
                       "WHATSAPP_API_BASE": whatsapp.base, "WHATSAPP_PHONE_NUMBER_ID": whatsapp.phone_id,
                       "WHATSAPP_APP_SECRET": SECRET, "TELEGRAM_MODE": "webhook", "OMP_NUM_THREADS": "1"}  # fmt: skip
        base = f"http://127.0.0.1:{port}/channels"
        telegram.webhook, whatsapp.webhook = (f"{base}/telegram/webhook", SECRET), (f"{base}/whatsapp/webhook", SECRET)
        processes = Processes(port, environment)
        try:
            _until(lambda: _listens(port), _READY_SECONDS)
            writers = [threading.Thread(target=_write, args=[range(n, residents, 4), each, telegram, whatsapp]) for n in range(4)]
            for writer in writers:
                writer.start()
            _trouble(processes, server, kills, restarts, chance, writers)
            for writer in writers:
                writer.join()

            def done() -> bool:
                waiting = Message.objects.filter(author="resident", handled_at=None).exists()
                return not waiting and not Delivery.objects.filter(state__in=("pending", "sending")).exists()

            _until(done, _DRAIN_SECONDS)
            stored = Message.objects.filter(author="resident").count()
            result = _judge(residents, each, telegram, whatsapp, kills + restarts)
            result.lost += [f"{stored} stored, not {residents * each}"] if stored != residents * each else []
            return result
        finally:
            processes.stop()


def _trouble(processes: Processes, server, kills: int, restarts: int, chance: random.Random, writers: list) -> None:
    """Spread over the time it takes; a restart of the database stands among the kills."""
    deeds = ["kill"] * kills + ["restart"] * restarts
    chance.shuffle(deeds)
    for deed in deeds:
        time.sleep(chance.uniform(1.5, 5))
        if deed == "restart":
            from django.db import connections

            connections.close_all()
            server.restart()
        else:
            processes.kill(chance)


def main() -> int:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("messages", 600), ("residents", 30), ("kills", 10), ("restarts", 1), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    began = time.monotonic()
    result = run(asked.messages, asked.residents, asked.kills, asked.restarts, asked.seed)
    print(f"{result.sent} messages, {result.kills} kills and restarts, {time.monotonic() - began:.0f} s")
    for name in ("lost", "disordered", "doubled"):
        found = getattr(result, name)
        print(f"{name}: {len(found)}", *found[:20], sep="\n  " if found else " ")
    return int(not result.good)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
