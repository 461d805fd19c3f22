"""What every answer of the web process carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

__all__ = ["SecurityHeaders"]

_POLICY = "; ".join(
    (
        "default-src 'self'",
        # allauth shows the TOTP code as a data: picture.
        "img-src 'self' data:",
        # A voice is fetched with the session and played from memory.
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_OFF = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _OFF),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Conversations: kept by no cache, and not shown again by the Back button of a shared phone.
_PRIVATE = ("/chat/", "/desk/", "/accounts/")


class SecurityHeaders:
    """No inline script or style, nothing from elsewhere, no frame around us; private pages are stored nowhere."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable) -> None:
        self._get_response = get_response
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self._later(request) if self._async else _add(request, self._get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return _add(request, await self._get_response(request))


def _add(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith(_PRIVATE) or request.path in {"/chat", "/desk"}:
        response.headers["Cache-Control"] = "no-store"
    return response
