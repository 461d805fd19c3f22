"""python-telegram-bot's ``Bot`` on one event loop in a thread of its own, kept as long as the process.

One loop means one pool of open connections: a send takes one round trip, not a new TLS handshake. It is imported at
the first send only (0.4 s and 25 MB that most processes never need).
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

# python-telegram-bot's documented switch: durations are timedeltas; without it each 429 is a deprecation warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

import uvloop
from django.conf import settings
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.conversations.voices import is_listening
from bot.privacy.logs import event

__all__ = ["BotThread", "change_buttons", "close", "current", "make_bot"]

TIMEOUT = 15.0
_SHORT_TITLE = 14
# Signs that nobody has to see wait for nothing: with this many under way Telegram is down or slow.
_MOST_SIGNS = 50
Call = Callable[[Bot], Coroutine[Any, Any, Any]]


class _Request(HTTPXRequest):
    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As python-telegram-bot's, which logs a broken answer whole, with the message in it."""
        try:
            return json.loads(payload.decode("utf-8", "replace"))
        except ValueError:
            raise TelegramError("Invalid server response") from None


def make_bot(token: str, base: str, timeout: float | None = None) -> Bot:
    """A ``Bot`` at ``base`` (TELEGRAM_API_BASE); it opens no connection yet."""
    seconds = timeout or TIMEOUT
    request = _Request(
        connection_pool_size=16, connect_timeout=min(5, seconds), read_timeout=seconds, write_timeout=seconds, pool_timeout=5
    )
    return Bot(token, f"{base}/bot", f"{base}/file/bot", request, _Request(connection_pool_size=1))


def _keyboard(buttons: Sequence[dict[str, str]]) -> InlineKeyboardMarkup | None:
    """Two short ones in a row, else one below the other; what reads the message out stands apart, below.

    The button's id (never its payload) travels.
    """
    if not buttons:
        return None
    choices = [b for b in buttons if not is_listening(b.get("payload", ""))]
    width = 2 if all(len(b["title"]) <= _SHORT_TITLE for b in choices) else 1
    rows = [choices[i : i + width] for i in range(0, len(choices), width)] + [[b] for b in buttons if b not in choices]
    return InlineKeyboardMarkup([[InlineKeyboardButton(b["title"], callback_data=b["id"]) for b in row] for row in rows])


async def change_buttons(bot: Bot, chat: int, message: int, rows: Sequence[Sequence[tuple[str, str]]]) -> None:
    """Other titles, (title, data), under a message that was sent."""
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton(t, callback_data=data) for t, data in row] for row in rows])
    await bot.edit_message_reply_markup(chat, message, reply_markup=keyboard)


class BotThread:
    """Calls of one bot from any thread."""

    def __init__(self, bot: Bot) -> None:
        self._bot, self._loop, self._signs = bot, uvloop.new_event_loop(), 0
        self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
        self._thread.start()

    def call(self, call: Call, timeout: float = 45) -> Any:
        """The call's result; raises TelegramError, or TimeoutError after ``timeout`` seconds."""
        return asyncio.run_coroutine_threadsafe(call(self._bot), self._loop).result(timeout)

    def send(self, address: str, text: str, buttons: Sequence[dict[str, str]] = ()) -> str:
        """Send one part as plain text; returns Telegram's message id."""
        sent = self.call(
            lambda bot: bot.send_message(
                int(address), text, reply_markup=_keyboard(buttons), link_preview_options=LinkPreviewOptions(is_disabled=True)
            )
        )
        return str(sent.message_id)

    def say(self, address: str, sound: bytes) -> str:
        """Send a voice (OGG with Opus, MP3 or M4A); returns Telegram's message id."""
        return str(self.call(lambda bot: bot.send_voice(int(address), sound)).message_id)

    def later(self, call: Call) -> None:
        """Best effort, in the background: its failure changes nothing."""
        if self._signs < _MOST_SIGNS:
            asyncio.run_coroutine_threadsafe(self._sign(call), self._loop)

    async def _sign(self, call: Call) -> None:
        self._signs += 1  # counted by the loop's thread alone
        try:
            await call(self._bot)
        except TelegramError as error:  # such as "query is too old": the turn counts all the same
            event("telegram.sign_failed", error=type(error).__name__)
        finally:
            self._signs -= 1

    def close(self) -> None:
        """End what runs, close the connections and end the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:  # a sign under way may end by itself: cut off while connecting, it would leave loose ends
            await asyncio.wait(rest, timeout=1)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._bot.request.shutdown()


_threads: dict[tuple[str, str], BotThread] = {}
_lock = threading.Lock()


def current() -> BotThread:
    """The bot of the settings, made at the first call."""
    key = (settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_BASE)
    with _lock:
        if key not in _threads:
            _threads[key] = BotThread(make_bot(*key))
        return _threads[key]


def close() -> None:
    """Close every bot (tests)."""
    with _lock:
        while _threads:
            _threads.popitem()[1].close()
