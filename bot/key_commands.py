"""``aanspraak keys …``: a new key for everything stored, while all goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bot.command_line import fail, prepare, server

keys_app = typer.Typer(help="The keys that everything stored is encrypted with.", no_args_is_help=True)


@contextmanager
def _ready() -> Iterator[None]:
    """Django and a database that answers; whatever stands in the way is one line."""
    prepare()
    from django.db import OperationalError, ProgrammingError

    from bot.privacy.exceptions import PrivacyError

    try:
        with server():
            yield
    except (PrivacyError, RuntimeError, OSError) as error:
        fail(error)
    except OperationalError:
        fail("The database does not answer. See DATABASE_URL, or start with ./run.")
    except ProgrammingError:
        fail("The database has no tables yet, or not all of them. Put your copy back, or: aanspraak database migrate")


def _shown(name: str, rows: int) -> None:
    if rows:
        typer.echo(f"{name}: {rows}")


@keys_app.command("list")
def list_keys() -> None:
    """Each key, the newest first, and how many values need it."""
    with _ready():
        from bot.privacy.keys import known, newest
        from bot.privacy.rotation import used_keys

        used = used_keys()
        for name in sorted(known() | {key.encode() for key in used}, key=lambda key: key != newest()):
            missing = "" if name in known() else "  MISSING: put it back"
            typer.echo(f"{name.decode()}  {used.get(name.decode(), 0)}{missing}")


@keys_app.command("rotate")
def rotate() -> None:
    """Make a new key and give it to every row, while residents go on writing. The old one stays until `keys drop`."""
    with _ready():
        from bot.privacy.rotation import add_key, reencrypt

        typer.echo(f"new key {add_key()}")
        typer.echo(f"{reencrypt(_shown)} values have it. Back up the keys again; `aanspraak keys drop` takes the old one away.")


@keys_app.command("reencrypt")
def reencrypt_rows() -> None:
    """Give every row the newest key; also after a rotation that was broken off."""
    with _ready():
        from bot.privacy.rotation import reencrypt

        typer.echo(f"{reencrypt(_shown)} values have the newest key now")


@keys_app.command("drop")
def drop() -> None:
    """Take the keys that no row needs out of the key file. Backups from before need them: keep your copy as long as those."""
    with _ready():
        from bot.privacy.rotation import drop_unused

        typer.echo(f"taken out: {', '.join(drop_unused()) or 'none'}")
