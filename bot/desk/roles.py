"""Who somebody is at the desk: one of five roles, and the team they work in."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import TextChoices

from bot.neighbourhood.models import Helper, Team, User

from .accounts import helper_of, office_of

__all__ = ["COUNTS", "EVERYBODY", "PEOPLE", "TEAM", "TEXTS", "Role", "Staff", "staff_of"]


class Role(TextChoices):
    """Worker and key person: own handovers. Coordinator: the team. Maintainer: texts. Administrator: people, no content."""

    WORKER = "worker"
    KEY_PERSON = "key_person"
    COORDINATOR = "coordinator"
    MAINTAINER = "maintainer"
    ADMINISTRATOR = "administrator"


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


def _helper_role(helper: Helper) -> Role:
    if helper.coordinator:
        return Role.COORDINATOR
    return Role.KEY_PERSON if helper.kind == Helper.Kind.KEY_PERSON else Role.WORKER


def staff_of(user: User | AnonymousUser) -> Staff | None:
    """Who that is; None for an account without any role."""
    helper, office = helper_of(user), office_of(user)
    if helper:
        return Staff(user, _helper_role(helper), helper)
    return Staff(user, Role(office), None) if office else None
