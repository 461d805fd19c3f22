"""Coming in: an invitation becomes an account once; a lost second step is taken away so that a new one can be set up."""

from __future__ import annotations

import datetime as dt
import secrets

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from bot.neighbourhood.accounts import AccountEvent, Invitation, OfficeAccount
from bot.neighbourhood.models import Helper, Team, User
from bot.privacy.keys import keyed_hash

__all__ = ["AlreadyInside", "CannotInvite", "NotSomebody", "UnknownAccount", "find_invitation", "invite", "join", "reset_factor"]

_VALID = dt.timedelta(days=7)


class CannotInvite(Exception):
    """Say a role, and a team for everybody who works in one."""


class AlreadyInside(CannotInvite):
    """There is an account with this address already. Use reset-factor when its second step was lost."""


class NotSomebody(CannotInvite):
    """Give one e-mail address, and a first name of at most 40 characters."""


class UnknownAccount(LookupError):
    """There is no account with this address. Check how it is spelled."""


def _hash(token: str) -> str:
    return keyed_hash("invitation", token)


def _posts(role: str) -> dict[str, object]:
    """What a role means in the tables: worker, key_person, coordinator, maintainer, administrator. Raises CannotInvite."""
    if role in User.Office.values:
        return {"office": role}
    if role == "coordinator":
        return {"kind": Helper.Kind.WORKER, "coordinator": True}
    if role in Helper.Kind.values:
        return {"kind": role}
    raise CannotInvite(CannotInvite.__doc__)


def _check(email: str, first_name: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise NotSomebody(NotSomebody.__doc__) from None
    if not first_name.strip() or len(first_name) > 40:
        raise NotSomebody(NotSomebody.__doc__)


@transaction.atomic
def invite(email: str, first_name: str, role: str, team: Team | None, by: User | None = None) -> str:
    """The token of a fresh link, valid for a week; an older one for the same address stops working.

    Raises AlreadyInside, NotSomebody or CannotInvite.
    """
    email, post = email.strip().lower(), _posts(role)
    _check(email, first_name)
    if bool(team) != ("kind" in post):
        raise CannotInvite(CannotInvite.__doc__)
    if User.objects.filter(email__iexact=email).exists():
        raise AlreadyInside(AlreadyInside.__doc__)
    Invitation.objects.filter(email=email, used_at=None).delete()
    token = secrets.token_urlsafe(24)
    rest = {"email": email, "first_name": first_name, "team": team, "invited_by": by, **post}
    Invitation.objects.create(token_hash=_hash(token), expires_at=timezone.now() + _VALID, **rest)
    AccountEvent.objects.create(email=email, kind=AccountEvent.Kind.INVITED, actor=by)
    return token


def find_invitation(token: str) -> Invitation | None:
    """The invitation behind a link; None when it was used, ran out or never was."""
    return Invitation.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=timezone.now()).first()


@transaction.atomic
def join(invitation: Invitation, first_name: str, password: str | None) -> User | None:
    """The account, made now; None when the invitation was used at the same moment. Without a password none will ever fit."""
    if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now()):
        return None
    who = {"email": invitation.email, "username": invitation.email, "first_name": first_name, "office": invitation.office}
    user = User(**who)
    user.set_password(password)
    user.save()
    if invitation.kind:
        place = {"team": invitation.team, "kind": invitation.kind, "coordinator": invitation.coordinator}
        Helper.objects.create(user=user, first_name=first_name, **place)
    AccountEvent.objects.create(email=user.email, kind=AccountEvent.Kind.JOINED, actor=user)
    return user


@transaction.atomic
def reset_factor(email: str, by: User | None = None) -> User:
    """Take the second step, the link to the municipality's sign-in and every session away. Raises UnknownAccount.

    With the password, or the same address at that sign-in, a new second step is set up.
    """
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise UnknownAccount(UnknownAccount.__doc__)
    Authenticator.objects.filter(user=user).delete()
    OfficeAccount.objects.filter(user=user).delete()
    end_sessions(user)
    AccountEvent.objects.create(email=user.email, kind=AccountEvent.Kind.FACTOR_RESET, actor=by)
    return user


def end_sessions(user: User) -> None:
    """Sign ``user`` out everywhere."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
