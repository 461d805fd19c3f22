"""pywa's client, for sending only, kept as long as the process; WHATSAPP_API_BASE leads it elsewhere for tests.

Imported at the first send only: pywa takes half a second to import.
"""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from pywa import WhatsApp

__all__ = ["GRAPH", "close", "current", "make_client"]

GRAPH = "https://graph.facebook.com"
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)


class _Elsewhere(httpx.HTTPTransport):
    """Requests for the Graph API go to ``base``; a request to any other host is refused, since it carries the token."""

    def __init__(self, base: str) -> None:
        super().__init__(limits=httpx.Limits(max_connections=16))
        self._base = urlsplit(base)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != urlsplit(GRAPH).hostname:
            raise httpx.UnsupportedProtocol("The token is for the Graph API only.", request=request)
        request.url = request.url.copy_with(scheme=self._base.scheme, host=self._base.hostname, port=self._base.port)
        request.headers["Host"] = self._base.netloc
        return super().handle_request(request)


def make_client(phone_id: str, token: str, base: str, timeout: httpx.Timeout = _TIMEOUT) -> WhatsApp:
    """A client at ``base``; it opens no connection yet."""
    session = httpx.Client(transport=_Elsewhere(base), timeout=timeout)
    return WhatsApp(phone_id=phone_id, token=token, session=session)


_clients: dict[tuple[str, str, str], WhatsApp] = {}
_lock = threading.Lock()


def current() -> WhatsApp:
    """The client of the settings, made at the first call."""
    key = (settings.WHATSAPP_PHONE_NUMBER_ID, settings.WHATSAPP_TOKEN, settings.WHATSAPP_API_BASE)
    with _lock:
        if key not in _clients:
            _clients[key] = make_client(*key)
        return _clients[key]


def close() -> None:
    """Close every client (tests)."""
    with _lock:
        while _clients:
            _clients.popitem()[1].api._session.close()
