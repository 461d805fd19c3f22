"""What is kept of staff for a while only."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from bot.privacy.retention import ABSENCE, INVITATION

from .accounts import AccountEvent, Invitation, OfficeAccount
from .models import Absence, Helper, User

__all__ = ["sweep"]


def sweep(now: datetime) -> None:
    """Old invitations, absences and lines of the accounts' log go; who left long ago becomes nameless."""
    Invitation.objects.filter(Q(used_at__lt=now - INVITATION) | Q(expires_at__lt=now - INVITATION)).delete()
    Absence.objects.filter(last_day__lt=timezone.localdate(now) - ABSENCE).delete()
    long_ago = now - timedelta(days=settings.RETENTION_AUDIT_DAYS)
    AccountEvent.objects.filter(at__lt=long_ago).delete()
    gone = User.objects.filter(Q(is_active=False) | Q(helper__active=False)).exclude(email__endswith="@gone.invalid")
    for user in gone.annotate(seen=Coalesce("last_login", "date_joined")).filter(seen__lt=long_ago):
        _make_nameless(user)


@transaction.atomic
def _make_nameless(user: User) -> None:
    """The row stays, since what they did refers to it."""
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    name = f"{user.pk}@gone.invalid"
    user.email, user.username, user.first_name, user.last_name, user.is_active = name, name, "", "", False
    user.set_unusable_password()
    user.save()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    OfficeAccount.objects.filter(user=user).delete()
    Helper.objects.filter(user=user).update(first_name="–", active=False)
