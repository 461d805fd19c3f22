"""``aanspraak keys …``: a new key for everything stored, while all goes on."""

from __future__ import annotations

import typer

keys_app = typer.Typer(help="The keys that everything stored is encrypted with.", no_args_is_help=True)


def _django() -> None:
    import logging
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django

    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    django.setup()


def _shown(name: str, rows: int) -> None:
    if rows:
        typer.echo(f"{name}: {rows}")


@keys_app.command("list")
def list_keys() -> None:
    """Each key, the newest first, and how many values need it."""
    _django()
    from bot.privacy.keys import known, newest
    from bot.privacy.rotation import used_keys

    used = used_keys()
    for name in sorted(known() | {key.encode() for key in used}, key=lambda key: key != newest()):
        missing = "" if name in known() else "  MISSING: put it back"
        typer.echo(f"{name.decode()}  {used.get(name.decode(), 0)}{missing}")


@keys_app.command("rotate")
def rotate() -> None:
    """Make a new key and give it to every row, while residents go on writing. The old one stays until `keys drop`."""
    _django()
    from bot.privacy.exceptions import PrivacyError
    from bot.privacy.rotation import add_key, reencrypt

    try:
        typer.echo(f"new key {add_key()}")
        typer.echo(f"{reencrypt(_shown)} values have it. Back up the keys again; `aanspraak keys drop` takes the old one away.")
    except PrivacyError as error:
        typer.secho(str(error), fg="red", err=True)
        raise SystemExit(1) from None


@keys_app.command("reencrypt")
def reencrypt_rows() -> None:
    """Give every row the newest key; also after a rotation that was broken off."""
    _django()
    from bot.privacy.rotation import reencrypt

    typer.echo(f"{reencrypt(_shown)} values have the newest key now")


@keys_app.command("drop")
def drop() -> None:
    """Take the keys that no row needs out of the key file. Backups from before need them: keep your copy as long as those."""
    _django()
    from bot.privacy.exceptions import PrivacyError
    from bot.privacy.rotation import drop_unused

    try:
        gone = drop_unused()
    except PrivacyError as error:
        typer.secho(str(error), fg="red", err=True)
        raise SystemExit(1) from None
    typer.echo(f"taken out: {', '.join(gone) or 'none'}")
