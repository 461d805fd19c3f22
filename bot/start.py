"""``aanspraak run``: from a checkout to a running system, with one clear line for whatever stands in the way."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot.run_lock import RunLock

__all__ = ["CannotStart", "start"]

ROOT = Path(__file__).resolve().parents[1]
_NEEDED_BYTES = 400_000_000
_READY_SECONDS = 240
console = Console(stderr=False, highlight=False)


class _Interrupts:
    """A signal before all is up ends the start: as KeyboardInterrupt at once, and at ``check`` when that was swallowed.

    (An exception in a callback of an import or a destructor is printed and forgotten by Python.)
    """

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self._asked = True
        raise KeyboardInterrupt

    def check(self) -> None:
        if self._asked:
            raise KeyboardInterrupt


class CannotStart(Exception):
    """Something stands in the way; the message says what to do."""


def _check_ports(settings) -> None:
    rasa = [("RASA_PORT", port) for port in settings.RASA_PORTS]
    for name, port in [("PORT", settings.PORT), *rasa, ("ACTIONS_PORT", settings.ACTIONS_PORT)]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CannotStart(
                    f"Port {port} ({name}) is in use. Stop the other program, or start with: ./run --port {settings.PORT + 100}"
                ) from None


def _check_disk(var: Path) -> None:
    free = shutil.disk_usage(var).free
    if free < _NEEDED_BYTES:
        raise CannotStart(f"The disk is almost full: {free // 1_000_000} MB left in {var}. Make room (400 MB) and start again.")


def _lock(var: Path) -> RunLock:
    """Held as long as we run: two starts on one folder would fight over the database, and a command could stop it."""
    lock = RunLock(var)
    if not lock.alone():
        lock.close()
        raise CannotStart(
            "Aanspraak already runs from this folder, or one of its commands does. "
            "Use it, stop it (Ctrl-C there), or start again when the command is done."
        )
    return lock


def _prepare_var(settings) -> list[str]:
    from bot.secrets import ensure_secrets

    try:
        settings.VAR.mkdir(parents=True, exist_ok=True)
        _check_disk(settings.VAR)  # before the keys: a full disk would keep half of them
        made = ensure_secrets(settings.SECRETS)
    except OSError as error:
        raise CannotStart(
            f"{settings.VAR} cannot be written ({error.strerror}). Set AANSPRAAK_VAR to a folder that can."
        ) from None
    if made:
        console.print(f"Made keys in {settings.SECRETS}. Back them up: without them nobody can read the database.")
    return made


def _fresh_settings(port: int | None):
    """(settings, the secrets made now). Settings read the secrets at import: make those first, then read again."""
    if port:
        os.environ["PORT"] = str(port)
    import importlib

    try:
        import bot.settings as settings
    except OSError as error:
        raise CannotStart(
            f"{error.filename} cannot be read ({error.strerror}). Set AANSPRAAK_VAR to a folder of your own."
        ) from None
    made = _prepare_var(settings)
    return importlib.reload(settings), made


def _check_keys() -> None:
    """Now, and not at the first resident's message."""
    from bot.privacy.exceptions import KeyMissing
    from bot.privacy.keys import encrypt, keyed_hash

    try:
        encrypt(b"probe")
        keyed_hash("probe", "probe")
    except (KeyMissing, ValueError):
        raise CannotStart("FIELD_KEYS or HASH_KEY is wrong. Put your backup of var/secrets back, or correct them.") from None


def _start_database(settings, made: list[str]):
    if not settings.EMBEDDED_DATABASE:
        return None
    from bot.database import EmbeddedDatabase

    server = EmbeddedDatabase.with_secrets(ROOT, settings.VAR, settings.SECRETS)
    # As root the cluster lies outside var: it outlives a checkout that was deleted and cloned again.
    if "DATABASE_PASSWORD" in made and (kept := server.set_aside()):
        console.print(f"An earlier database, whose keys are gone, was moved to {kept}.")
    try:
        server.start()
    except RuntimeError as error:
        raise CannotStart(f"PostgreSQL did not start. {error}") from None
    except KeyboardInterrupt:  # it leaves its parent, and nobody else would stop it
        server.stop()
        raise
    return server


def _migrate_and_load(empty: bool, settings) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bot.settings"
    import django
    from django.core.management import call_command
    from django.db import OperationalError

    logging.getLogger("procrastinate").setLevel(logging.WARNING)  # what it adds to itself tells nobody at a terminal anything
    django.setup()
    _check_keys()
    from bot.roles import migrate

    try:
        migrate()
    except OperationalError:  # its text may hold the address
        raise CannotStart("The database does not answer, or refuses us. Check DATABASE_URL and that it runs.") from None
    call_command("collectstatic", verbosity=0, interactive=False)
    if not settings.DEMO:
        _refuse_demo(settings)
    elif not empty:
        _load_demo()
    from django.db import connections

    connections.close_all()


def _refuse_demo(settings) -> None:
    from bot.neighbourhood.demo import is_loaded

    if is_loaded():
        empty = "Move its folder away" if settings.EMBEDDED_DATABASE else "Give an empty one in DATABASE_URL"
        raise CannotStart(
            "This database holds the made-up neighbourhood of the demo: residents would be brought to people who do not exist."
            f" {empty} and start again (docs/operating.md)."
        )


def _load_demo() -> None:
    from bot.desk.accounts import prepare_demo_accounts
    from bot.neighbourhood.demo import load_demo
    from bot.privacy.exceptions import KeyMissing

    load_demo()
    try:
        prepare_demo_accounts()
    except KeyMissing as error:  # new keys beside an old database
        raise CannotStart(str(error)) from None


def _have_a_model(settings) -> Path:
    from bot.training import ModelMissing, TrainingFailed, current_model, ensure_model

    columns = (SpinnerColumn(), TextColumn("Training the understanding: {task.description}"), BarColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("looking", total=1.0)
            show = lambda step, done: bar.update(task, description=step, completed=done)  # noqa: E731
            return ensure_model(settings.VAR, show, settings.DEMO, console.print)
    except ModelMissing as error:
        raise CannotStart(str(error)) from None
    except TrainingFailed as error:
        if model := current_model():
            console.print(f"{error} Going on with the model of before.")
            return model
        raise CannotStart(str(error)) from None


def _children(settings):
    from bot.supervisor import Child

    def several(name: str, number: int, command: list[str]) -> list[Child]:
        return [Child(name if n == 1 else f"{name}-{n}", command) for n in range(1, number + 1)]

    python = sys.executable
    web = [python, "-m", "uvicorn", "bot.asgi:application", "--host", settings.LISTEN, "--port", str(settings.PORT),
           "--ws", "none", "--timeout-graceful-shutdown", "3", "--no-access-log", "--no-server-header",
           "--log-level", "warning"]  # fmt: skip
    if settings.WEB_PROCESSES > 1:  # one socket, so that a proxy needs to know one port
        web += ["--workers", str(settings.WEB_PROCESSES)]
    rasas = several("rasa", settings.RASA_PROCESSES, [python, "-m", "bot.dialogue.server"])
    for rasa, port in zip(rasas, settings.RASA_PORTS):
        rasa.env = {"RASA_PORT": str(port), "RASA_URL": settings.RASA_URL}
    children = [
        Child("web", web),
        *several("turns", settings.TURNS_PROCESSES, [python, "-m", "bot.worker", "turns"]),
        *several("delivery", settings.DELIVERY_PROCESSES, [python, "-m", "bot.worker", "delivery"]),
        Child("actions", [python, "-m", "bot.dialogue.action_server"]),
        *rasas,
    ]
    if settings.TELEGRAM_TOKEN and settings.TELEGRAM_MODE == "polling":
        children.append(Child("telegram", [python, "-m", "bot.channels.telegram.polling"]))
    return children


def _environment(settings) -> dict[str, str]:
    from bot.training import quiet_environment

    ours = {name: value for name, value in quiet_environment().items() if not name.startswith("DATABASE_OWNER_URL")}
    # One thread a library, and none that waits by spinning: on small machines they only get in each other's way. The sentence
    # encoder takes two for itself.
    return {**ours, "DJANGO_SETTINGS_MODULE": "bot.settings", "PORT": str(settings.PORT), "OMP_NUM_THREADS": "1",
            "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
            "PYTHONUNBUFFERED": "1"}  # fmt: skip


def _leave_address(settings) -> None:
    """Commands find the Rasa that runs from this folder, whatever port was given."""
    (settings.VAR / "running.json").write_text(json.dumps({"rasa": settings.RASA_URL, "port": settings.PORT}), encoding="utf-8")


async def _until_ready(settings, announce) -> None:
    deadline, parts = time.monotonic() + _READY_SECONDS, {}
    headers = {"Authorization": f"Bearer {settings.STATUS_TOKEN}"}
    if settings.PUBLIC_BASE_URL:  # no other name is let in
        headers["Host"] = urlsplit(settings.PUBLIC_BASE_URL).netloc
    async with httpx.AsyncClient(timeout=5, headers=headers) as client:
        while time.monotonic() < deadline:
            try:
                answer = await client.get(f"http://127.0.0.1:{settings.PORT}/readyz")
                parts = answer.json()
                if answer.status_code == 200:
                    announce()
                    return
            except (httpx.HTTPError, ValueError):
                pass
            await asyncio.sleep(0.3)
    waiting = ", ".join(name for name, ok in parts.items() if not ok) or "web"
    raise CannotStart(f"Not ready after {_READY_SECONDS} s: {waiting}. The logs are in {settings.VAR / 'log'}.")


def _announce(settings, began: float, open_browser: bool, empty: bool) -> None:
    base = f"http://localhost:{settings.PORT}"
    console.print(f"\n[bold]Aanspraak is ready[/bold] (after {time.monotonic() - began:.0f} s)")
    console.print(f"  Chat, for residents   {base}/chat/")
    console.print(f"  Desk, for helpers     {base}/desk/")
    if settings.DEMO and not empty:
        console.print(f"  Demo sign-in          mark@demo.invalid   {settings.DEMO_PASSWORD}")
        console.print("  For maintainers       noor@demo.invalid   the same password")
        console.print("  Second step           uv run aanspraak demo-code   (a new code every 30 s)")
        console.print("  The neighbourhood, its people and numbers are made up.")
    if not settings.TELEGRAM_TOKEN:
        console.print("  Telegram              off: give TELEGRAM_TOKEN in .env to switch it on (docs/channels.md)")
    if not settings.WHATSAPP_TOKEN:
        console.print("  WhatsApp              off: give WHATSAPP_TOKEN in .env to switch it on (docs/channels.md)")
    console.print("Ctrl-C stops everything.\n")
    if open_browser and sys.stdout.isatty() and (os.environ.get("DISPLAY") or sys.platform == "darwin"):
        import webbrowser

        webbrowser.open(f"{base}/chat/")


async def _supervise(supervisor, database, ready) -> None:
    from bot.database_keeper import kept
    from bot.supervisor import never_failing

    async with kept(database, never_failing(console.print)):
        await supervisor.run(ready)


def start(port: int | None = None, empty: bool = False, open_browser: bool = True) -> None:
    """Set up, start, and keep running until a signal. Raises CannotStart or SettingsError."""
    began = time.monotonic()
    interrupts = _Interrupts()
    settings, made = _fresh_settings(port)
    lock = _lock(settings.VAR)
    _check_ports(settings)
    from bot.language.locales import compile_all

    compile_all()
    database = _start_database(settings, made)
    try:
        _migrate_and_load(empty, settings)
        _have_a_model(settings)
        _leave_address(settings)
        _check_ports(settings)  # training takes minutes: another's answer on our port must not pass for ours
        from bot.supervisor import Supervisor, never_failing

        supervisor = Supervisor(
            _children(settings), settings.VAR / "log", _environment(settings), lambda line: console.print(line)
        )
        interrupts.check()
        announce = never_failing(lambda: _announce(settings, began, open_browser, empty))
        asyncio.run(_supervise(supervisor, database, lambda: _until_ready(settings, announce)))
        never_failing(console.print)("Stopped.")
    finally:
        (settings.VAR / "running.json").unlink(missing_ok=True)
        if database:
            database.stop()
        lock.close()
