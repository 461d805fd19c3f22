"""Fetch a file of a resident from WhatsApp: first its address, then, from Meta's hosts only, the file."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from bot.conversations.refused import SendFailed

from ..media import FetchFailed
from .client import GRAPH, current
from .failures import ERRORS, translate

__all__ = ["download"]

# The token travels along: no other host may ever get it.
_HOSTS = {"lookaside.fbsbx.com", "graph.facebook.com"}
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)


def _check(url: str) -> None:
    """Meta's hosts by https; where WHATSAPP_API_BASE leads elsewhere, that very address too."""
    parts, base = urlsplit(url), urlsplit(settings.WHATSAPP_API_BASE)
    ours = settings.WHATSAPP_API_BASE != GRAPH and (parts.scheme, parts.netloc) == (base.scheme, base.netloc)
    if not ours and not (parts.scheme == "https" and parts.hostname in _HOSTS and parts.port in (None, 443)):
        raise FetchFailed("host")


def _address(media_id: str) -> str:
    try:
        return current().get_media_url(media_id).url
    except ERRORS as error:
        failed: SendFailed = translate(error)
        raise FetchFailed("gone" if failed.permanent else failed.code, again=not failed.permanent) from None


def download(reference: Mapping[str, str], limit: int) -> bytes:
    """The bytes, at most ``limit``; raises FetchFailed. Redirects are not followed."""
    url = _address(reference["id"])
    _check(url)
    headers = {"Authorization": f"Bearer {settings.WHATSAPP_TOKEN}"}
    content = bytearray()
    try:
        with httpx.stream("GET", url, headers=headers, timeout=_TIMEOUT, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise FetchFailed("gone" if answer.status_code < 500 else "server_error", again=answer.status_code >= 500)
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > limit:
                    raise FetchFailed("size")
    except httpx.HTTPError:
        raise FetchFailed("unreachable", again=True) from None
    return bytes(content)
