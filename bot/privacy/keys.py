"""Encryption with key ids (AES-256-GCM) and keyed hashes for look-ups.

Where the keys lie in a file, it is read again when it changed: a new key is known to every process within seconds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from .exceptions import KeyMissing

__all__ = ["SEEN_AFTER_SECONDS", "decrypt", "encrypt", "key_file", "key_id", "keyed_hash", "known", "look_again", "newest"]

_NONCE = 12
# How long a changed key file may stay unseen.
SEEN_AFTER_SECONDS = 2.0
_seen: dict[str, object] = {}


@cache
def _keyring(spec: str) -> dict[bytes, AESGCM]:
    """FIELD_KEYS is ``id:base64key`` separated by commas or white space; the first one encrypts."""
    pairs = (item.split(":", 1) for item in spec.replace(",", " ").split())
    ring = {key_id.encode(): AESGCM(base64.b64decode(key)) for key_id, key in pairs}
    if not ring:
        raise KeyMissing("FIELD_KEYS is empty. Start once with ./run, which makes the keys, or give them.")
    return ring


def key_file() -> Path | None:
    """Where the keys lie; None when they come from the environment itself."""
    path = getattr(settings, "FIELD_KEYS_PATH", None)
    return Path(path) if path else None


def look_again() -> None:
    """Read the key file at the next use, however short ago it was read."""
    _seen.pop("at", None)


def _spec() -> str:
    """FIELD_KEYS of now: as the settings gave it, or the file's if it has changed since."""
    path, now = getattr(settings, "FIELD_KEYS_PATH", None), time.monotonic()  # a Path costs more than the deciphering
    if not path:
        return settings.FIELD_KEYS
    if _seen.get("path") != path or now - _seen.get("at", -SEEN_AFTER_SECONDS) >= SEEN_AFTER_SECONDS:
        try:
            spec = Path(path).read_text(encoding="utf-8").strip()
            _keyring(spec)
        except (OSError, ValueError, KeyMissing):  # gone or half written: what was read before still holds
            spec = _seen["spec"] if _seen.get("path") == path else settings.FIELD_KEYS
        _seen.update(path=path, at=now, spec=spec)
    return _seen["spec"]


def newest() -> bytes:
    """The id of the key that encrypts."""
    return next(iter(_keyring(_spec())))


def known() -> frozenset[bytes]:
    """The ids of all keys."""
    return frozenset(_keyring(_spec()))


def key_id(stored: bytes) -> bytes:
    """Which key ``stored`` needs."""
    return bytes(stored).partition(b"\0")[0]


def encrypt(plain: bytes) -> bytes:
    """``key id`` + NUL + nonce (12 bytes) + ciphertext."""
    name, cipher = next(iter(_keyring(_spec()).items()))
    nonce = os.urandom(_NONCE)
    return name + b"\0" + nonce + cipher.encrypt(nonce, plain, name)


def decrypt(stored: bytes) -> bytes:
    """The bytes given to ``encrypt``; raises KeyMissing, or InvalidTag for changed bytes."""
    name, _, rest = bytes(stored).partition(b"\0")
    cipher = _keyring(_spec()).get(name)
    if cipher is None:  # somebody was quicker than our look at the file
        look_again()
        cipher = _keyring(_spec()).get(name)
    if cipher is None:
        raise KeyMissing
    return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], name)


def keyed_hash(kind: str, value: str) -> str:
    """A look-up hash (64 hex digits) that nobody can reverse or guess without HASH_KEY."""
    if not settings.HASH_KEY:
        raise KeyMissing("HASH_KEY is empty. Start once with ./run, which makes it, or give it.")
    return hmac.new(base64.b64decode(settings.HASH_KEY), f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
