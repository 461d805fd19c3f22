"""What the Cloud API's errors mean for a delivery: by their code, never by the HTTP status or the title alone."""

from __future__ import annotations

import httpx
from pywa.errors import WhatsAppError

from bot.conversations.refused import SendFailed

from .codes import by_code

__all__ = ["ERRORS", "translate"]

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# Besides the provider's own: an accepted message whose answer pywa cannot read.
ERRORS = (WhatsAppError, httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError, IndexError)
# Within this time a status names the message by what we sent along; then it is sent once more.
_UNKNOWN_SECONDS = 60.0


def _retry_after(response: httpx.Response | None) -> float | None:
    value = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(value), 3600.0) if value.isascii() and value.isdecimal() and len(value) <= 6 else None


def _has_error_body(response: httpx.Response | None) -> bool:
    try:
        return response is None or isinstance(response.json().get("error"), dict)
    except (ValueError, AttributeError):
        return False


def _refused(error: WhatsAppError) -> SendFailed:
    response = error.raw_response
    status = response.status_code if response is not None else 400
    theirs = _has_error_body(response)
    if status >= 500 and not theirs:
        # A page of HTML from something in between: it may have gone through.
        return SendFailed("no_answer", unknown=True, retry_after=_UNKNOWN_SECONDS)
    # Without an error of theirs pywa makes the HTTP status the code.
    return by_code(error.code if theirs else None, status, bool(error.is_transient), _retry_after(response))


def translate(error: Exception) -> SendFailed:
    """One of ``ERRORS`` as SendFailed."""
    if isinstance(error, WhatsAppError):
        return _refused(error)
    if isinstance(error, _NOT_SENT):
        return SendFailed("unreachable")
    if isinstance(error, httpx.HTTPError):
        return SendFailed("no_answer", unknown=True, retry_after=_UNKNOWN_SECONDS)
    return SendFailed("bad_answer", unknown=True, retry_after=_UNKNOWN_SECONDS)
