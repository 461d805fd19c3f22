"""``aanspraak backup`` and ``aanspraak restore``."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer


def _fail(message: object) -> None:
    typer.secho(str(message), fg="red", err=True)
    raise SystemExit(1)


def prepare() -> None:
    """Django with the settings of this folder; its secrets are made where it has none."""
    import logging
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django

    _make_secrets()
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    django.setup()


def _make_secrets() -> None:
    """On a new machine only the keys were put back; the embedded server needs a password of its own."""
    import importlib

    from bot import settings
    from bot.secrets import ensure_secrets

    if settings.EMBEDDED_DATABASE and ensure_secrets(settings.SECRETS):
        importlib.reload(settings)


def _params() -> dict[str, object]:
    from django.db import connection

    return dict(connection.get_connection_params())


@contextmanager
def server():
    """The embedded server, for as long as the command needs it; one that runs already goes on."""
    from bot import settings

    if not settings.EMBEDDED_DATABASE:
        yield
        return
    from bot.database import EmbeddedDatabase
    from bot.secrets import read_secret

    server = EmbeddedDatabase(settings.ROOT, settings.VAR, read_secret("DATABASE_PASSWORD", settings.SECRETS) or "")
    ran = server._is_running()
    server.start()
    try:
        yield
    finally:
        if not ran:
            server.stop()


def back_up(path: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Copy the database to a file while all goes on. The keys are not in it: back those up elsewhere."""
    prepare()
    from bot.backup import BackupFailed
    from bot.backup import back_up as copy

    try:
        with server():
            size = copy(path, _params())
    except (BackupFailed, RuntimeError, OSError) as error:
        _fail(error)
    typer.echo(f"{path}: {size / 1e6:.1f} MB. Without the keys (var/secrets) nobody can read it; keep those in another place.")


def restore(path: Annotated[Path, typer.Argument(help="A file that `aanspraak backup` wrote.")]) -> None:
    """Put a copy back into an empty database, and say whether the keys at hand can read it."""
    prepare()
    from bot import backup

    try:
        with server():
            backup.restore(path, _params())
            missing = backup.missing_keys()
    except (backup.BackupFailed, RuntimeError, OSError) as error:
        _fail(error)
    if missing:
        _fail(f"Restored, but these keys are missing: {missing}. Put the keys of that time back, last in FIELD_KEYS.")
    typer.echo("Restored, and the keys read it. Whoever wiped since that copy is back: see docs/operating.md.")
