"""``aanspraak backup`` and ``aanspraak restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import fail, prepare, server


def _params() -> dict[str, object]:
    from django.db import connection

    return dict(connection.get_connection_params())


def back_up(path: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Copy the database to a file while all goes on. The keys are not in it: back those up elsewhere."""
    prepare()
    from bot.backup import BackupFailed
    from bot.backup import back_up as copy

    try:
        with server():
            size = copy(path, _params())
    except (BackupFailed, RuntimeError, OSError) as error:
        fail(error)
    typer.echo(f"{path}: {size / 1e6:.1f} MB. Without the keys (var/secrets) nobody can read it; keep those in another place.")


def restore(path: Annotated[Path, typer.Argument(help="A file that `aanspraak backup` wrote.")]) -> None:
    """Put a copy back into an empty database, and say whether the keys at hand can read it."""
    if not path.is_file():  # before anything is made for it
        fail(f"{path} is no file.")
    prepare(new=True)
    from bot import backup
    from bot.privacy.exceptions import KeyMissing

    try:
        with server():
            backup.restore(path, _params())
            missing = backup.missing_keys()
    except KeyMissing:
        fail("Restored, but there are no keys here to read it with. Put FIELD_KEYS and HASH_KEY of that time back, then start.")
    except (backup.BackupFailed, RuntimeError, OSError) as error:
        fail(error)
    if missing:
        fail(f"Restored, but these keys are missing: {missing}. Put the keys of that time back, last in FIELD_KEYS.")
    typer.echo("Restored, and the keys read it. Whoever wiped since that copy is back: see docs/operating.md.")
