"""What Telegram's errors mean for a delivery."""

from __future__ import annotations

from concurrent.futures import TimeoutError as NoAnswer

import httpx
from telegram import error as telegram

from bot.conversations.refused import SendFailed

__all__ = ["ERRORS", "translate"]

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Besides python-telegram-bot's own: an accepted message with an answer that it cannot read.
ERRORS = (telegram.TelegramError, NoAnswer, KeyError, TypeError, ValueError, AttributeError)


def _refused(error: telegram.BadRequest) -> SendFailed:
    return SendFailed("no_chat" if "chat not found" in error.message.lower() else "bad_request", permanent=True)


def _network(error: telegram.NetworkError) -> SendFailed:
    """Not sent and refused by a broken server are tried again; cut off in the middle is an unknown outcome."""
    cause = error.__cause__
    if isinstance(cause, _NOT_SENT):
        return SendFailed("unreachable")
    if isinstance(error, telegram.TimedOut) or isinstance(cause, httpx.HTTPError):
        return SendFailed("no_answer", unknown=True)
    return SendFailed("server_error")


def translate(error: Exception) -> SendFailed:
    """One of ``ERRORS`` as SendFailed. BadRequest comes before NetworkError, whose subclass it is."""
    if isinstance(error, telegram.Forbidden):
        return SendFailed("blocked", blocked=True)
    if isinstance(error, telegram.RetryAfter):
        return SendFailed("too_many", retry_after=error.retry_after.total_seconds())
    if isinstance(error, telegram.InvalidToken):
        return SendFailed("channel_down", channel_down=True)
    if isinstance(error, telegram.BadRequest):
        return _refused(error)
    if isinstance(error, telegram.ChatMigrated):
        return SendFailed("group", permanent=True)
    if isinstance(error, telegram.NetworkError):
        return _network(error)
    return SendFailed("bad_answer", unknown=True)
