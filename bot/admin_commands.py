"""``aanspraak admin …``: let people in and out of the desk. Every step is written down."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from bot.command_line import fail, with_django

admin_app = typer.Typer(help="Who may come in: invitations and lost second steps.", no_args_is_help=True)
_ROLES = "worker, key_person, coordinator, maintainer or administrator"


@admin_app.command("team")
def add_team(
    name: Annotated[str, typer.Argument(help="The name residents know, such as: Buurtteam Noord.")],
    areas: Annotated[str, typer.Option(help="Its postcodes, four digits each: 3061,3062")] = "",
) -> None:
    """Add a team. Its coordinator sets the opening hours at the desk; until then no time is promised."""
    with_django()
    from bot.neighbourhood.models import Team

    codes = [area.strip() for area in areas.split(",") if area.strip()]
    if wrong := [code for code in codes if not re.fullmatch(r"[1-9][0-9]{3}", code)]:
        fail(f"A postcode here is four digits, and these are not: {', '.join(wrong)}")
    if not name.strip() or len(name) > 80:
        fail("A team has a name of at most 80 characters.")
    if not Team.objects.get_or_create(name=name.strip(), defaults={"areas": codes})[1]:
        fail(f"There is a team called {name.strip()!r} already. Its coordinator changes it at the desk.")
    typer.echo(
        f"{name.strip()} is there. Invite its coordinator: aanspraak admin invite EMAIL --name NAME --role coordinator --team …"
    )


@admin_app.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="The address the person signs in with.")],
    name: Annotated[str, typer.Option(help="First name, or the name residents may see.")],
    role: Annotated[str, typer.Option(help=_ROLES)] = "worker",
    team: Annotated[str, typer.Option(help="The team's name; none for a maintainer or administrator.")] = "",
) -> None:
    """Make a link that lets one person in, once, within a week. Send it to them yourself."""
    with_django()
    from django.conf import settings
    from django.urls import reverse

    from bot.desk.invitations import CannotInvite
    from bot.desk.invitations import invite as make_invitation
    from bot.neighbourhood.models import Team

    found = Team.objects.filter(name=team).first()
    if team and found is None:
        fail(f"There is no team called {team!r}. There are: {', '.join(Team.objects.values_list('name', flat=True))}")
    try:
        token = make_invitation(email, name, role, found)
    except CannotInvite as error:
        fail(error)
    base = settings.PUBLIC_BASE_URL or f"http://localhost:{settings.PORT}"
    typer.echo(base + reverse("desk:invitation", args=[token]))


@admin_app.command("reset-factor")
def reset(email: Annotated[str, typer.Argument(help="Whose second step was lost.")]) -> None:
    """Take a lost second step away and sign the person out everywhere; with the password they set up a new one."""
    with_django()
    from bot.desk.invitations import UnknownAccount, reset_factor

    try:
        reset_factor(email)
    except UnknownAccount as error:
        fail(error.args[0])
    typer.echo(f"Done. {email} signs in with the password and then sets up a new second step.")
