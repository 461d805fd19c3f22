"""``aanspraak learning …``: what people decided about messages goes into the data."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.command_line import fail, with_django

learning_app = typer.Typer(help="What people decided about messages, into the data.", no_args_is_help=True)


@learning_app.command("write")
def write(
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show the change.")] = False,
) -> None:
    """Write accepted examples to data/nlu and content/evaluation, show the change, and forget the messages."""
    with_django()
    from bot.learning import writing
    from bot.learning.exceptions import CannotWrite

    try:
        change = writing.plan(writing.accepted_lines()) if dry else writing.write_accepted()
    except CannotWrite as error:
        fail(f"Nothing was written and nothing forgotten. {error}")
    typer.echo(change.diff(), nl=False)
    counts = (len(change.trained), len(change.held_out), len(change.left_out))
    typer.echo("{} to learn from, {} held out, {} left out (known already, or not usable)".format(*counts))


@learning_app.command("reviewer")
def reviewer(
    email: Annotated[str, typer.Argument(help="A maintainer's address.")],
    municipality: Annotated[str, typer.Option(help="As in MUNICIPALITY or with a team.")],
    elsewhere: Annotated[bool, typer.Option("--elsewhere", help="Theirs does not share this system: they review all.")] = False,
) -> None:
    """Say which municipality is a maintainer's own: they review no messages from there."""
    with_django()
    from bot.learning.reviewing import municipalities
    from bot.neighbourhood.models import User

    here = {name.casefold(): name for name in municipalities()}
    municipality = " ".join(municipality.split())
    if not elsewhere and municipality.casefold() not in here:
        named = ", ".join(here.values()) or "none"
        fail(f"{municipality} is no municipality here. There are: {named}. Of somebody from elsewhere say so: --elsewhere")
    municipality = here.get(municipality.casefold(), municipality)
    if not User.objects.filter(email__iexact=email, office=User.Office.MAINTAINER).update(municipality=municipality[:80]):
        fail(f"There is no maintainer {email}. Invite one: uv run aanspraak admin invite {email} --role maintainer")
    typer.echo(f"{email} reviews messages from everywhere but {municipality}.")
