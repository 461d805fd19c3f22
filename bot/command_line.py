"""What commands share: how one ends with a clear line, and how it gets Django and a database."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import NoReturn

import typer

__all__ = ["fail", "prepare", "server", "with_django"]

_PATIENCE = 60.0


def fail(message: object) -> NoReturn:
    """End the command with this line on stderr, in red, and exit code 1."""
    typer.secho(str(message), fg="red", err=True)
    raise SystemExit(1)


def with_django() -> None:
    """Django with the settings of this folder; a command's answer stands alone, without the queue's log lines."""
    import logging
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django

    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    django.setup()


def prepare(new: bool = False) -> None:
    """``with_django``; the embedded database's secrets are made where there are none. Only with ``new`` may it have to be made.

    Whoever asks as root, or without the installation's AANSPRAAK_VAR, would be answered out of an empty one.
    """
    if not new:
        _need_database()
    _make_secrets()
    with_django()


def _need_database() -> None:
    from bot import settings
    from bot.database import missing_in

    if settings.EMBEDDED_DATABASE and (folder := missing_in(settings.ROOT, settings.VAR)):
        fail(
            f"There is no database in {folder}. Give this command as the user who runs Aanspraak, with the same "
            ".env and AANSPRAAK_VAR; ./run makes a new one."
        )


def _make_secrets() -> None:
    """On a new machine only the keys were put back; the embedded server needs a password of its own."""
    import importlib

    from bot import settings
    from bot.secrets import ensure_secrets

    if settings.EMBEDDED_DATABASE and ensure_secrets(settings.SECRETS):
        importlib.reload(settings)


@contextmanager
def server():
    """The embedded server, for as long as the command needs it; only what it started itself and nobody else uses is stopped."""
    from bot import settings

    if not settings.EMBEDDED_DATABASE:
        yield
        return
    from bot.database import EmbeddedDatabase
    from bot.run_lock import RunLock

    server, lock = EmbeddedDatabase.with_secrets(settings.ROOT, settings.VAR, settings.SECRETS), RunLock(settings.VAR)
    try:
        started = _have_running(server, lock)
        try:
            yield
        finally:
            if started and lock.alone():
                server.stop()
    finally:
        lock.close()


def _have_running(server, lock) -> bool:
    """Whether this call started it. While ``./run`` or another command holds the lock, starting is theirs and is waited for."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if lock.alone():
            ran = server.is_running()
            server.start()
            lock.shared()
            return not ran
        lock.shared()
        if server.is_ready():
            server.enter()
            return False
        lock.let_go()
        time.sleep(0.2)
    raise RuntimeError("./run or another command of this folder is still starting its database. Try again in a minute.")
