"""Notices on a phone (web push, RFC 8030 and 8292): an empty message to the browser's own mailbox, signed with our key.

Nothing is in it, so there is nothing to encrypt and nothing that the maker of the browser could read: the page's worker
shows the same words each time.
"""

from __future__ import annotations

import base64
import time
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from joserfc import jwt
from joserfc.jwk import ECKey

from bot.neighbourhood.models import Helper
from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event

from .models import PushDevice

__all__ = ["NoMailbox", "forget", "public_key", "remember", "ring"]

_SECONDS = 10
# What is not fetched in this time is of no use any more; a second notice takes the place of one that still lies there.
_KEPT = 4 * 3600
_VALID = 12 * 3600
_GONE = (404, 410)
_LONGEST = 1000
_MOST_DEVICES = 10


class NoMailbox(ValueError):
    """This is not the address of a browser's mailbox that we know. PUSH_HOSTS says which hosts we call."""


def _private() -> ec.EllipticCurvePrivateKey:
    """Ours, from the 32 bytes of PUSH_KEY."""
    number = int.from_bytes(base64.b64decode(settings.PUSH_KEY), "big")
    # Any number from 1 to below the order of P-256 is a key.
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return ec.derive_private_key(number % (order - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """What a browser asks for when it makes a mailbox; empty where there is no key."""
    if not settings.PUSH_KEY:
        return ""
    point = _private().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _hash(address: str) -> str:
    return keyed_hash("push", address)


def _checked(address: str) -> str:
    """Only mailboxes at hosts that are browsers': a helper must not make us call another address. Raises NoMailbox."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise NoMailbox from None
    ours = any(host == known or host.endswith(f".{known}") for known in settings.PUSH_HOSTS)
    secure = parts.scheme == "https" or (parts.scheme == "http" and settings.DEMO and host == "127.0.0.1")
    plain = address.isascii() and address.isprintable() and len(address) <= _LONGEST
    if not (ours and secure and plain) or parts.username:
        raise NoMailbox
    return address


def remember(helper: Helper, address: str) -> None:
    """From now on this device hears that something waits for ``helper``; a device is one person's. Raises NoMailbox."""
    known = {"helper": helper, "address": _checked(address)}
    PushDevice.objects.update_or_create(address_hash=_hash(address), defaults=known)
    newest = PushDevice.objects.filter(helper=helper).order_by("-pk").values_list("pk", flat=True)[:_MOST_DEVICES]
    PushDevice.objects.filter(helper=helper).exclude(pk__in=list(newest)).delete()


def forget(helper: Helper, address: str) -> None:
    """No more notices on this device."""
    PushDevice.objects.filter(helper=helper, address_hash=_hash(address)).delete()


def _signed(address: str) -> str:
    parts, key = urlsplit(address), ECKey.import_key(_private())
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + _VALID,
        "sub": settings.PUBLIC_BASE_URL or f"mailto:{settings.DEFAULT_FROM_EMAIL}",
    }  # fmt: skip
    return f"vapid t={jwt.encode({'alg': 'ES256', 'typ': 'JWT'}, claims, key)}, k={public_key()}"


def ring(helper: Helper) -> bool:
    """An empty notice to each of the helper's devices; whether one was taken. A mailbox that is gone is forgotten."""
    return any([_post(device) for device in PushDevice.objects.filter(helper=helper)] if settings.PUSH_KEY else [])


def _post(device: PushDevice) -> bool:
    headers = {"TTL": str(_KEPT), "Topic": "desk", "Urgency": "normal", "Content-Length": "0"}
    try:
        headers["Authorization"] = _signed(_checked(device.address))
        answer = httpx.post(device.address, headers=headers, timeout=_SECONDS)
    except NoMailbox:  # the operator took the host away
        device.delete()
        return False
    except httpx.HTTPError as error:
        event("desk.push_failed", device=device.pk, error=type(error).__name__)
        return False
    if answer.status_code in _GONE:
        device.delete()
    elif not answer.is_success:
        event("desk.push_failed", device=device.pk, status=answer.status_code)
    return answer.is_success
