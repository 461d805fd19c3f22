"""``/healthz``: this process is alive. ``/readyz``: everything a turn needs answers."""

from __future__ import annotations

from datetime import timedelta

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

__all__ = ["healthz", "parts", "readyz"]

_FRESH = timedelta(seconds=15)


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


def readyz(request: HttpRequest) -> JsonResponse:
    found = parts()
    response = JsonResponse(found, status=200 if all(found.values()) else 503)
    response._has_been_logged = True  # asked several times a second while starting; "not yet" is no error
    return response
