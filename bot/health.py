"""``/healthz``: this process is alive. ``/readyz``: everything a turn needs answers; which parts do not, only to ourselves."""

from __future__ import annotations

import hmac
import time
from datetime import timedelta
from typing import Any

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from bot.channels.webchat.limits import is_this_machine

__all__ = ["healthz", "parts", "readyz"]

_FRESH = timedelta(seconds=15)
_KEPT_SECONDS = 2.0
_last: dict[str, Any] = {}


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"alive": True})


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code < 500
    except httpx.HTTPError:
        return False


def _workers() -> dict[str, bool]:
    from bot.conversations.models import Heartbeat

    beats = dict(Heartbeat.objects.values_list("process", "at"))
    return {name: name in beats and timezone.now() - beats[name] < _FRESH for name in ("turns", "delivery")}


def parts() -> dict[str, bool]:
    """Each part a turn needs, and whether it answers."""
    database = _database()
    workers = _workers() if database else {"turns": False, "delivery": False}
    return {"database": database, "rasa": _rasa_ready(), "actions": _answers(f"{settings.ACTIONS_URL}/health"), **workers}


def _rasa_ready() -> bool:
    try:
        headers = {"Authorization": f"Bearer {settings.RASA_TOKEN}"}
        return httpx.get(f"{settings.RASA_URL}/webhooks/turns/ready", headers=headers, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _is_ours(request: HttpRequest) -> bool:
    """With the token; on a machine without a public address also from the machine itself."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    if settings.STATUS_TOKEN and hmac.compare_digest(given, settings.STATUS_TOKEN.encode()):
        return True
    # Where residents come nobody is ours without the token: a proxy on this machine looks like this machine.
    return not settings.PUBLIC_BASE_URL and is_this_machine(request.META.get("REMOTE_ADDR", ""))


def _recent() -> dict[str, bool]:
    """``parts``, asked at most once in some seconds: strangers cannot make the parts work."""
    now = time.monotonic()
    if now - _last.get("at", -_KEPT_SECONDS) >= _KEPT_SECONDS:
        _last.update(at=now, parts=parts())
    return _last["parts"]


def readyz(request: HttpRequest) -> JsonResponse:
    ours = _is_ours(request)
    found = parts() if ours else _recent()
    ready = all(found.values())
    response = JsonResponse(found if ours else {"ready": ready}, status=200 if ready else 503)
    response._has_been_logged = True  # asked several times a second while starting; "not yet" is no error
    return response
