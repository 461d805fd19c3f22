"""``/healthz``: this process is alive. ``/readyz``: everything a turn needs answers; which parts do not, only to ourselves."""

from __future__ import annotations

import hmac
import time
from typing import Any

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from bot.channels.webchat.limits import is_this_machine
from bot.conversations.rasa_pool import addresses

__all__ = ["FRESH", "QUEUES", "beats", "healthz", "is_ours", "parts", "rasas_ready", "readyz"]

FRESH = 15.0  # seconds
QUEUES = ("turns", "delivery")
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


def beats() -> dict[str, list[float]]:
    """For each queue the seconds since each of its workers last said that it lives."""
    from bot.conversations.models import Heartbeat

    now, found = timezone.now(), {queue: [] for queue in QUEUES}
    for beat in Heartbeat.objects.all():
        found.setdefault(beat.queue, []).append((now - beat.at).total_seconds())
    return found


def _workers() -> dict[str, bool]:
    found = beats()
    return {queue: any(age < FRESH for age in found[queue]) for queue in QUEUES}


def parts() -> dict[str, bool]:
    """Each part a turn needs, and whether it answers."""
    database = _database()
    workers = _workers() if database else {"turns": False, "delivery": False}
    return {"database": database, "rasa": any(rasas_ready()), "actions": _answers(f"{settings.ACTIONS_URL}/health"), **workers}


def _rasa_ready(address: str) -> bool:
    try:
        headers = {"Authorization": f"Bearer {settings.RASA_TOKEN}"}
        return httpx.get(f"{address}/webhooks/turns/ready", headers=headers, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def rasas_ready() -> list[bool]:
    """Of each Rasa whether it has its model; turns need one."""
    return [_rasa_ready(address) for address in addresses()]


def is_ours(request: HttpRequest) -> bool:
    """Whether an operator asks: with the token; on a machine without a public address also from the machine itself."""
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
    ours = is_ours(request)
    found = parts() if ours else _recent()
    ready = all(found.values())
    response = JsonResponse(found if ours else {"ready": ready}, status=200 if ready else 503)
    response._has_been_logged = True  # asked several times a second while starting; "not yet" is no error
    return response
