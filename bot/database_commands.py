"""``aanspraak database …``: the tables and the two roles that may touch them."""

from __future__ import annotations

import typer

from bot.command_line import fail, prepare, server

database_app = typer.Typer(help="The tables, and who may touch them.", no_args_is_help=True)


def _with_database(work):
    """``work()`` with Django and a database that answers; whatever stands in the way is one line."""
    prepare()
    from django.db import DatabaseError

    try:
        with server():
            return work()
    except RuntimeError as error:
        fail(error)
    except DatabaseError as error:  # its text may hold the address
        fail(f"The database refused ({type(error).__name__}). Check DATABASE_OWNER_URL, else DATABASE_URL.")


@database_app.command("migrate")
def migrate() -> None:
    """Bring the tables up to date as their owner; the version before may go on running beside it."""
    from bot import roles

    separate = _with_database(roles.migrate)
    typer.echo("The tables are up to date." + (" The run-time role may work with them." if separate else ""))


@database_app.command("roles")
def show_roles(owner: str = "aanspraak", runner: str = "aanspraak_run") -> None:
    """Print what an administrator of the server gives to psql once, to make both roles and the database."""
    from bot.roles import how_to_make

    typer.echo(how_to_make(owner, runner), nl=False)


@database_app.command("check")
def check() -> None:
    """Whether what residents reach connects as a role that cannot change tables; exit 1 when it can."""
    from bot.roles import too_much

    def look() -> tuple[str, list[str]]:
        from django.conf import settings

        return settings.DATABASE_RUN_ROLE, too_much(settings.DATABASE_RUN_ROLE)

    role, found = _with_database(look)
    for what in found:
        typer.echo(f"{role} {what}")
    if found:
        fail("Make a role of its own for DATABASE_URL, and give the owner as DATABASE_OWNER_URL: aanspraak database roles")
    typer.echo(f"{role} reads and writes rows, and no more.")
