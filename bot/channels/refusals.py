"""What a provider is told when we cannot take its call now."""

from __future__ import annotations

from django.http import HttpResponse

__all__ = ["come_again"]


def come_again() -> HttpResponse:
    """503: the same call may succeed in some seconds, and loses nothing by coming twice."""
    return HttpResponse(status=503, headers={"Retry-After": "5"})
