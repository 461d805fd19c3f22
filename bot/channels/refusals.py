"""What a provider is told when we cannot take its call now."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from procrastinate.exceptions import ConnectorException

from bot.privacy.exceptions import KeyMissing

__all__ = ["PASSING", "come_again"]

# What may be over in some seconds, or when somebody put a key back. What the database says to the queue, the queue wraps.
PASSING = (OperationalError, InterfaceError, ConnectorException, KeyMissing)


def come_again() -> HttpResponse:
    """503: the same call may succeed in some seconds, and loses nothing by coming twice."""
    return HttpResponse(status=503, headers={"Retry-After": "5"})
