"""Who somebody is at the desk: one of five roles, and the team they work in."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as lazy

from bot.neighbourhood.models import Helper, Team, User

from .accounts import helper_of, office_of

__all__ = ["COUNTS", "EVERYBODY", "PEOPLE", "TEAM", "TEXTS", "Role", "Staff", "helper_role", "role_words", "staff_of"]


class Role(TextChoices):
    """Worker and key person: own handovers. Coordinator: the team. Maintainer: texts. Administrator: people, no content."""

    WORKER = "worker"
    KEY_PERSON = "key_person"
    COORDINATOR = "coordinator"
    MAINTAINER = "maintainer"
    ADMINISTRATOR = "administrator"


_WORDS = {
    Role.WORKER: lazy("medewerker"), Role.KEY_PERSON: lazy("sleutelpersoon"), Role.COORDINATOR: lazy("coördinator"),
    Role.MAINTAINER: lazy("beheer van teksten"), Role.ADMINISTRATOR: lazy("beheer van mensen"),
}  # fmt: skip
# Groups that pages are for.
EVERYBODY = frozenset(Role)
TEAM = frozenset({Role.WORKER, Role.KEY_PERSON, Role.COORDINATOR})
PEOPLE = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
TEXTS = frozenset({Role.WORKER, Role.COORDINATOR, Role.MAINTAINER})
COUNTS = frozenset({Role.WORKER, Role.KEY_PERSON, Role.COORDINATOR})


@dataclass(frozen=True)
class Staff:
    """A signed-in account with its role; ``helper`` and ``team`` are None for a maintainer or administrator."""

    user: User
    role: Role
    helper: Helper | None

    @property
    def team(self) -> Team | None:
        return self.helper.team if self.helper else None


def role_words(role: str) -> str:
    """A role as people call it."""
    return str(_WORDS.get(role, role))


def helper_role(helper: Helper) -> Role:
    """What a helper is at the desk."""
    if helper.coordinator:
        return Role.COORDINATOR
    return Role.KEY_PERSON if helper.kind == Helper.Kind.KEY_PERSON else Role.WORKER


def staff_of(user: User | AnonymousUser) -> Staff | None:
    """Who that is; None for an account without any role."""
    helper, office = helper_of(user), office_of(user)
    if helper:
        return Staff(user, helper_role(helper), helper)
    return Staff(user, Role(office), None) if office else None
