"""The Cloud API's error codes, as an answer to a send and as a status that comes later. Source: Meta's list, platforms.md."""

from __future__ import annotations

from bot.conversations.refused import SendFailed

__all__ = ["RECIPIENT_UNSUPPORTED", "by_code"]

_THROTTLED = {4, 613, 80007, 130429, 131048, 133016}
_ONE_RECIPIENT = 131056
_TRANSIENT = {1, 2, 131000, 131016, 131053, 131057}
_WINDOW = 131047
_DOWN = {0, 3, 10, 190, 368, 131031, 131042, 131045, 130497, 133010}
_PERMANENT = {
    131026: "undeliverable", 131049: "not_now", 130472: "not_now", 131050: "opted_out", 131021: "bad_request",
    131030: "undeliverable", 131062: "undeliverable",
}  # fmt: skip
# A business-scoped user id is not possible here: where the phone number is known, it is tried once with that.
RECIPIENT_UNSUPPORTED = 131062


# Without a code of theirs, from something in between: nobody gets anything until a person has looked.
_LOCKED_OUT = (401, 403)


def _is_down(code: int) -> bool:
    return code in _DOWN or 200 <= code <= 299


def by_code(code: int | None, status: int = 400, transient: bool = False, retry_after: float | None = None) -> SendFailed:
    """What ``code`` means; ``status`` is the HTTP status, which decides only where the code says nothing."""
    if code in _THROTTLED or (status == 429 and code != _ONE_RECIPIENT):
        return SendFailed("too_many", everybody=True, retry_after=retry_after, growth=4)
    if code == _ONE_RECIPIENT:
        return SendFailed("too_many", retry_after=retry_after, growth=4)
    if code == _WINDOW:
        return SendFailed("window", window=True)
    if code in _PERMANENT:
        return SendFailed(_PERMANENT[code], permanent=True)
    if code is not None and 132000 <= code <= 132999:
        return SendFailed("template", permanent=True)
    if code in _TRANSIENT or transient or status >= 500:
        return SendFailed("server_error", retry_after=retry_after)
    if _is_down(code) if code is not None else status in _LOCKED_OUT:
        return SendFailed("channel_down", channel_down=True)
    return SendFailed("unknown_reason" if code is None else "bad_request", permanent=True)
