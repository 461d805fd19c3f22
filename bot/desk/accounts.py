"""Accounts at the desk: nobody signs up by themselves; who is a helper; the demo's second step."""

from __future__ import annotations

import base64

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt as secret_of
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse

from bot.neighbourhood.models import Helper, User
from bot.privacy.keys import decrypt, encrypt

__all__ = [
    "PROVIDER_STEP",
    "ClosedSignup",
    "EncryptedSecondStep",
    "ensure_demo_totp",
    "helper_of",
    "lacks_second_step",
    "office_of",
    "prepare_demo_accounts",
    "totp_now",
    "tried_address",
]

# In the session of who did the second step at the municipality's sign-in, where the operator trusts that.
PROVIDER_STEP = "second_step_by_provider"
# The demo neighbourhood's addresses; .invalid is no domain, so that they are nobody's.
_DEMO_DOMAIN = "@demo.invalid"


class ClosedSignup(DefaultAccountAdapter):
    """Accounts come by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("desk:signed_out") if settings.OIDC_ISSUER else super().get_logout_redirect_url(request)


class EncryptedSecondStep(DefaultMFAAdapter):
    """The second step's secrets are ciphertext in the database, like everything else that must not leak."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(encrypt(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(base64.b64decode(encrypted_text)).decode()


def totp_now(secret: str) -> str:
    """The six digits an authenticator app would show now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def helper_of(user: User | AnonymousUser) -> Helper | None:
    """The helper behind an account; None without one, and for a demo account where real residents write."""
    if not user.is_authenticated or (not settings.DEMO and user.email.endswith(_DEMO_DOMAIN)):
        return None
    return Helper.objects.select_related("team", "user").filter(user=user, active=True).first()


def office_of(user: User | AnonymousUser) -> str:
    """``maintainer``, ``administrator`` or empty; empty for a demo account where real residents write."""
    if not user.is_authenticated or (not settings.DEMO and user.email.endswith(_DEMO_DOMAIN)):
        return ""
    return user.office


def tried_address(request: HttpRequest, credentials: dict | None = None) -> str:
    """Whose password was tried, for django-axes: allauth's form calls the field ``login``."""
    return ((credentials or {}).get("email") or request.POST.get("login", "")).strip().lower()


def lacks_second_step(request: HttpRequest) -> bool:
    """Whether who is signed in must first set up a second step; a demo's accounts get theirs from ``prepare_demo_accounts``."""
    if settings.DEMO or request.session.get(PROVIDER_STEP):
        return False
    return not Authenticator.objects.filter(user=request.user).exists()


def ensure_demo_totp(user: User) -> None:
    """Give ``user`` the demo's authenticator, with the secret of this checkout."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if found and secret_of(found.data["secret"]) == settings.DEMO_TOTP_SECRET:
        return
    if found:
        found.delete()
    TOTP.activate(user, settings.DEMO_TOTP_SECRET)


def prepare_demo_accounts() -> int:
    """The second step of every demo account, after ``load_demo``; a second time changes nothing. Returns how many there are."""
    if not settings.DEMO or not settings.DEMO_TOTP_SECRET:
        return 0
    users = User.objects.filter(email__endswith=_DEMO_DOMAIN).exclude(helper=None, office="")
    for user in users:
        ensure_demo_totp(user)
    return len(users)
