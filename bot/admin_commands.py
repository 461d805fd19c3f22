"""``aanspraak admin …``: let people in and out of the desk. Every step is written down."""

from __future__ import annotations

from typing import Annotated

import typer

admin_app = typer.Typer(help="Who may come in: invitations and lost second steps.", no_args_is_help=True)
_ROLES = "worker, key_person, coordinator, maintainer or administrator"


def _django() -> None:
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django

    django.setup()


def _fail(message: object) -> None:
    typer.secho(str(message), fg="red", err=True)
    raise SystemExit(1)


@admin_app.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="The address the person signs in with.")],
    name: Annotated[str, typer.Option(help="First name, or the name residents may see.")],
    role: Annotated[str, typer.Option(help=_ROLES)] = "worker",
    team: Annotated[str, typer.Option(help="The team's name; none for a maintainer or administrator.")] = "",
) -> None:
    """Make a link that lets one person in, once, within a week. Send it to them yourself."""
    _django()
    from django.conf import settings
    from django.urls import reverse

    from bot.desk.invitations import CannotInvite
    from bot.desk.invitations import invite as make_invitation
    from bot.neighbourhood.models import Team

    found = Team.objects.filter(name=team).first()
    if team and found is None:
        _fail(f"There is no team called {team!r}. There are: {', '.join(Team.objects.values_list('name', flat=True))}")
    try:
        token = make_invitation(email, name, role, found)
    except CannotInvite as error:
        _fail(error)
    base = settings.PUBLIC_BASE_URL or f"http://localhost:{settings.PORT}"
    typer.echo(base + reverse("desk:invitation", args=[token]))


@admin_app.command("reset-factor")
def reset(email: Annotated[str, typer.Argument(help="Whose second step was lost.")]) -> None:
    """Take a lost second step away and sign the person out everywhere; with the password they set up a new one."""
    _django()
    from bot.desk.invitations import UnknownAccount, reset_factor

    try:
        reset_factor(email)
    except UnknownAccount as error:
        _fail(error.args[0])
    typer.echo(f"Done. {email} signs in with the password and then sets up a new second step.")
