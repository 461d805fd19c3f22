"""The calls a case makes to a webhook, signed as the provider signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client

__all__ = ["Post", "post", "signed"]

PATHS = {"whatsapp": "/channels/whatsapp/webhook", "telegram": "/channels/telegram/webhook"}


@dataclass
class Post:
    """One call. ``headers`` as sent; ``seconds`` and ``answer`` once it was made."""

    channel: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    query: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    answer: HttpResponse | None = None


def _hmac(body: bytes, secret: str, algorithm: Any = hashlib.sha256) -> str:
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


def signed(channel: str, body: bytes, setup: dict[str, Any], secret: str | None = None) -> dict[str, str]:
    """The headers that prove who calls."""
    if channel == "telegram":
        found = setup.get("telegram", {})
        return {found.get("header", "X-Telegram-Bot-Api-Secret-Token"): secret or found.get("secret_token", "")}
    return {"X-Hub-Signature-256": "sha256=" + _hmac(body, secret or setup.get("whatsapp", {}).get("app_secret", ""))}


def filled(headers: dict[str, str], body: bytes, setup: dict[str, Any]) -> dict[str, str]:
    """Headers of a case, with what it means by ``<valid>`` put in."""
    secret = setup.get("whatsapp", {}).get("app_secret", "")
    made = {}
    for name, value in headers.items():
        if value.startswith("sha1=<valid"):
            value = "sha1=" + _hmac(body, secret, hashlib.sha1)
        elif value.startswith("sha256=<valid"):
            value = "sha256=" + _hmac(body, secret)
        elif value.startswith("<valid"):
            value = _hmac(body, secret)
        made[name] = value
    return made


def post(call: Post) -> Post:
    """Make the call; afterwards it holds the answer. Safe in a thread of its own."""
    client = Client(raise_request_exception=False)
    began = time.perf_counter()
    try:
        headers = {k: v.encode("utf-8").decode("latin-1") for k, v in call.headers.items()}
        call.answer = client.generic(
            call.method, PATHS[call.channel], call.body, "application/json", headers=headers, query_params=call.query or None
        )
    finally:
        call.seconds = time.perf_counter() - began
    return call


def post_in_thread(call: Post) -> Post:
    """``post``, with a database connection that is closed again."""
    try:
        return post(call)
    finally:
        connection.close()


def dumped(body: Any, **more: Any) -> bytes:
    """JSON as Meta writes it: everything beyond ASCII escaped."""
    return json.dumps(body, **more).encode()
