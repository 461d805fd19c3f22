"""Who asks, and may they: the checks every endpoint makes before it does anything."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone

from bot.conversations.inbox import find_conversation
from bot.conversations.models import Conversation
from bot.privacy import wipe

from .exceptions import ForeignOrigin, InvalidJson, NotJson, TooLarge, UnknownSession, WrongMethod

__all__ = ["COOKIE", "check_request", "conversation_of", "new_token", "read_body", "remember", "renew", "token_of"]

COOKIE = "aanspraak_chat"
CHANNEL = Conversation.Channel.WEBCHAT
_MAX_BODY = 64 * 1024
_MAX_TOKEN = 200


def check_request(request: HttpRequest, method: str) -> None:
    """The right method, from our own page or from a program; a body must call itself JSON."""
    if request.method != method:
        raise WrongMethod(headers={"Allow": method})
    if _is_foreign(request):
        raise ForeignOrigin
    if method == "POST" and request.content_type != "application/json" and _has_body(request):
        raise NotJson


def _is_foreign(request: HttpRequest) -> bool:
    """A browser names the page that sends; programs send no Origin and hold no cookie they did not ask for."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site") == "cross-site"
    return origin not in settings.CSRF_TRUSTED_ORIGINS and _host(origin) != request.get_host()


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _has_body(request: HttpRequest) -> bool:
    return request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers


def read_body(request: HttpRequest) -> bytes:
    """At most 64 KiB, else TooLarge. (What is larger than any channel needs never gets here: bot/body_limit.py.)"""
    length = request.headers.get("Content-Length") or "0"
    if length.isascii() and length.isdigit() and int(length[:12]) > _MAX_BODY:
        raise TooLarge
    try:
        raw = request.read(_MAX_BODY + 1)
    except UnreadablePostError:
        raise InvalidJson from None
    if len(raw) > _MAX_BODY:
        raise TooLarge
    return raw


def token_of(request: HttpRequest) -> str:
    """The session's token from ``Authorization: Bearer``, else from the cookie. Never from the address."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else request.COOKIES.get(COOKIE, "")
    if not token or len(token) > _MAX_TOKEN:
        raise UnknownSession
    return token


def conversation_of(token: str) -> Conversation:
    """The token's conversation; UnknownSession when it never was or has been wiped."""
    found = find_conversation(CHANNEL, token)
    if found is None:
        raise UnknownSession
    return found


def new_token() -> str:
    return secrets.token_urlsafe(32)


def renew(request: HttpRequest, response: HttpResponse, conversation: Conversation) -> None:
    """Whoever looks or writes keeps the session as long as we keep the conversation; a program holds its own token."""
    if (token := token_of(request)) == request.COOKIES.get(COOKIE):
        remember(response, token, _days(conversation))


def _days(conversation: Conversation) -> int:
    """Where others read along the browser never holds it longer than without a handover."""
    if not wipe.outlives(conversation.pk, timezone.now()) or conversation.resident.discreet:
        return settings.RETENTION_DAYS
    return settings.RETENTION_HANDOVER_DAYS


def remember(response: HttpResponse, token: str, days: int | None = None) -> None:
    """Give the browser its session; scripts and other sites cannot read it."""
    max_age = (days or settings.RETENTION_DAYS) * 86_400
    response.set_cookie(
        COOKIE, token, max_age=max_age, path="/chat/", httponly=True, samesite="Lax",
        secure=bool(settings.PUBLIC_BASE_URL),
    )  # fmt: skip
