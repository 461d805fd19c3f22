"""Signing in with the municipality's own account (OpenID Connect): who came back from the provider, and whom that is here.

Nobody gets an account by having one there: the provider's person is matched to somebody who was invited, once by an e-mail
address that the provider vouches for, from then on by the provider's own unchanging name for them.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoOAuth2App, OAuth
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from joserfc.errors import JoseError
from requests import RequestException

from bot.neighbourhood.accounts import AccountEvent, Invitation, OfficeAccount
from bot.neighbourhood.models import User
from bot.privacy.keys import keyed_hash

from .invitations import join

__all__ = [
    "Identity", "NotInvited", "NotSignedIn", "ProviderAway", "Refused", "SomebodyElse", "came_back", "is_on", "leave", "person",
    "send_away",
]  # fmt: skip

_SECONDS = 10
# The provider's clock and ours may differ by this much.
_LEEWAY = 60


class NotSignedIn(Exception):
    """Signing in with the municipality's account did not work."""


class ProviderAway(NotSignedIn):
    """The provider does not answer, or not as OpenID Connect asks. Try again, or sign in with a password."""


class Refused(NotSignedIn):
    """What came back is not the answer to what this browser asked. Begin again from the sign-in page."""


class NotInvited(NotSignedIn):
    """Nobody with this address was invited. Ask a coordinator for an invitation."""


class SomebodyElse(NotSignedIn):
    """The account here belongs to another person at the provider. Ask the administrator to take the second step away."""


@dataclass(frozen=True)
class Identity:
    """Whom the provider says this is. ``email`` is empty unless it vouches for it; ``two_steps``: it asked for a second step."""

    key: str
    email: str
    two_steps: bool


def is_on() -> bool:
    """Whether the operator named a provider."""
    return bool(settings.OIDC_ISSUER)


def _provider() -> DjangoOAuth2App:
    """Made anew each time: what the provider publishes about itself is read again, so a change there needs no restart here."""
    return OAuth().register(
        "office",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        server_metadata_url=f"{settings.OIDC_ISSUER}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "default_timeout": _SECONDS},
    )


def _metadata(provider: DjangoOAuth2App) -> dict[str, Any]:
    found = provider.load_server_metadata()
    if str(found.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER:
        raise ProviderAway
    return found


def send_away(request: HttpRequest, back: str) -> HttpResponse:
    """To the provider's sign-in; ``back`` is the address it sends the browser to afterwards. Raises ProviderAway."""
    try:
        provider = _provider()
        _metadata(provider)
        return provider.authorize_redirect(request, back)
    except (RequestException, RuntimeError, ValueError, AttributeError) as error:
        raise ProviderAway from error


def leave(back: str) -> str | None:
    """Where a browser signs out at the provider too; None where it offers that nowhere. Raises ProviderAway."""
    try:
        provider = _provider()
        if "end_session_endpoint" not in _metadata(provider):
            return None
        return provider.create_logout_url(back, client_id=settings.OIDC_CLIENT_ID)["url"]
    except (RequestException, RuntimeError, ValueError, AttributeError) as error:
        raise ProviderAway from error


def came_back(request: HttpRequest) -> Identity:
    """Who that is, once state, code, signature, issuer, audience, nonce, times are right. Raises ProviderAway or Refused."""
    try:
        provider = _provider()
        issuer = _metadata(provider)["issuer"]
        # Authlib itself looks at neither when it is not asked to.
        wanted = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID}}
        token = provider.authorize_access_token(request, claims_options=wanted, leeway=_LEEWAY)
        claims = dict(token["userinfo"])  # of the ID token; none, and nobody is signed in
        if not claims.get("email") and "userinfo_endpoint" in provider.server_metadata:
            more = provider.userinfo(token=token)
            if not hmac.compare_digest(str(more.get("sub", "")), str(claims["sub"])):
                raise Refused
            claims = {**more, **claims}
        return _identity(issuer, claims)
    except RequestException as error:
        raise ProviderAway from error
    except (AuthlibBaseError, JoseError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        raise Refused from error


def _identity(issuer: str, claims: dict[str, Any]) -> Identity:
    vouched = claims.get("email_verified") is True or settings.OIDC_EMAIL_VERIFIED
    asserted = {claims.get("acr"), *(claims.get("amr") or ())}
    return Identity(
        key=keyed_hash("oidc", f"{issuer}\n{claims['sub']}"),
        email=str(claims.get("email") or "").strip().lower() if vouched else "",
        two_steps=bool(asserted & set(settings.OIDC_SECOND_STEP)),
    )


def person(identity: Identity) -> User:
    """The account this is: known from before, else the one invited with this address. Raises NotInvited or SomebodyElse."""
    known = OfficeAccount.objects.select_related("user").filter(key=identity.key).first()
    user = known.user if known else _by_address(identity)
    if not user.is_active:
        raise NotInvited
    return user


def _by_address(identity: Identity) -> User:
    if not identity.email:
        raise NotInvited
    user = User.objects.filter(email__iexact=identity.email).first()
    try:
        with transaction.atomic():
            user = user or _taken_up(identity.email)
            OfficeAccount.objects.create(user=user, key=identity.key)
            AccountEvent.objects.create(email=user.email, kind=AccountEvent.Kind.LINKED, actor=user)
    except IntegrityError:
        twice = OfficeAccount.objects.filter(key=identity.key).first()  # two tabs at the same moment
        if twice is None:  # an address that went to a new colleague must not open the old one's account
            raise SomebodyElse from None
        return twice.user
    return user


def _taken_up(email: str) -> User:
    """The account of an invitation that still holds, made now; without a password."""
    found = Invitation.objects.filter(email__iexact=email, used_at=None, expires_at__gt=timezone.now()).first()
    user = join(found, found.first_name, None) if found else None
    if user is None:
        raise NotInvited
    return user
