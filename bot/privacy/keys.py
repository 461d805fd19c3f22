"""Encryption with key ids (AES-256-GCM) and keyed hashes for look-ups."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from .exceptions import KeyMissing

__all__ = ["decrypt", "encrypt", "keyed_hash"]

_NONCE = 12


@cache
def _keyring(spec: str) -> dict[bytes, AESGCM]:
    """FIELD_KEYS is ``id:base64key`` separated by commas or white space; the first one encrypts."""
    pairs = (item.split(":", 1) for item in spec.replace(",", " ").split())
    ring = {key_id.encode(): AESGCM(base64.b64decode(key)) for key_id, key in pairs}
    if not ring:
        raise KeyMissing("FIELD_KEYS is empty. Start once with ./run, which makes the keys, or give them.")
    return ring


def encrypt(plain: bytes) -> bytes:
    """``key id`` + NUL + nonce (12 bytes) + ciphertext."""
    key_id, cipher = next(iter(_keyring(settings.FIELD_KEYS).items()))
    nonce = os.urandom(_NONCE)
    return key_id + b"\0" + nonce + cipher.encrypt(nonce, plain, key_id)


def decrypt(stored: bytes) -> bytes:
    """The bytes given to ``encrypt``; raises KeyMissing, or InvalidTag for changed bytes."""
    key_id, _, rest = bytes(stored).partition(b"\0")
    cipher = _keyring(settings.FIELD_KEYS).get(key_id)
    if cipher is None:
        raise KeyMissing
    return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], key_id)


def keyed_hash(kind: str, value: str) -> str:
    """A look-up hash (64 hex digits) that nobody can reverse or guess without HASH_KEY."""
    if not settings.HASH_KEY:
        raise KeyMissing("HASH_KEY is empty. Start once with ./run, which makes it, or give it.")
    return hmac.new(base64.b64decode(settings.HASH_KEY), f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
