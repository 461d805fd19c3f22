"""Long polling: ``python -m bot.channels.telegram.polling``. One process at a time; a second one waits its turn.

Each update is stored before its offset is confirmed: what is interrupted comes again, and a repeat does nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from telegram import Bot

__all__ = ["CannotPoll", "main", "run"]

_LOCK = (7002, 0)
_LOCK_SECONDS = 1.0
_POLL_SECONDS = 25
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 60.0
_T = TypeVar("_T")


class CannotPoll(Exception):
    """Polling cannot go on; the message says what to do."""


async def _or_stop(awaitable: Awaitable[_T], stop: asyncio.Event) -> _T | None:
    """The result, or None as soon as ``stop`` is set."""
    work, stopping = asyncio.ensure_future(awaitable), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        for task in (work, stopping):
            task.cancel()
        await asyncio.gather(work, stopping, return_exceptions=True)


async def _only_one(lock: AsyncConnection, stop: asyncio.Event) -> None:
    """Wait for the advisory lock. It lives and dies with its connection, so a killed process leaves none behind."""
    from bot.privacy.logs import event

    told = False
    while not stop.is_set():
        cursor = await lock.execute("SELECT pg_try_advisory_lock(%s, %s)", _LOCK)
        if (await cursor.fetchone())[0]:
            return
        if not told:
            event("telegram.waits_for_another_poller")
            told = True
        await _or_stop(asyncio.sleep(_LOCK_SECONDS), stop)


async def _fetch(bot: Bot, offset: int | None, seconds: int = _POLL_SECONDS) -> list[dict[str, Any]]:
    """Raw updates: ``Bot.get_updates`` would raise on the first odd one, with the whole batch lost."""
    from .parsing import ALLOWED_UPDATES

    query = {"timeout": seconds, "allowed_updates": json.dumps(ALLOWED_UPDATES)} | ({"offset": offset} if offset else {})
    found = await bot.request.post(f"{bot.base_url}/getUpdates?{urlencode(query)}", read_timeout=seconds + 10)
    return found if isinstance(found, list) else []


def _store(update: dict[str, Any]) -> None:
    from django.db import DatabaseError, close_old_connections

    from bot.channels.refusals import PASSING

    from .receiving import take_in

    close_old_connections()
    try:
        take_in(update)
    except (DatabaseError, *PASSING):  # it must come again
        raise
    except Exception:  # one update that we trip over must not stop everybody's for a day: Telegram brings it first each time
        logging.getLogger(__name__).exception("telegram.update_failed")


class _Poller:
    """Fetch, store, confirm, until ``stop``."""

    def __init__(self, bot: Bot, lock: AsyncConnection, stop: asyncio.Event) -> None:
        self._bot, self._lock, self._stop = bot, lock, stop
        self._offset: int | None = None
        self._connected = False
        # One thread, and so one database connection, for all storing.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="telegram-store")

    async def run(self) -> None:
        from django.db import DatabaseError, connections
        from telegram.error import InvalidToken, TelegramError

        from bot.channels.refusals import PASSING

        delay = _FIRST_DELAY
        try:
            while not self._stop.is_set():
                try:
                    await self._once()
                    delay = _FIRST_DELAY
                except InvalidToken:
                    raise CannotPoll(
                        "Telegram refuses TELEGRAM_TOKEN. Copy it anew from @BotFather into .env and start again."
                    ) from None
                except (TelegramError, DatabaseError, *PASSING) as error:
                    delay = await self._pause(error, delay)
        finally:
            self._thread.submit(connections.close_all)
            self._thread.shutdown()

    async def _once(self) -> None:
        if not self._connected:
            await _or_stop(self._connect(), self._stop)
        await self._lock.execute("SELECT 1")  # a lock lost with its connection would let a second poller in
        updates = await _or_stop(_fetch(self._bot, self._offset), self._stop)
        if updates == []:
            # Confirmed with that call. After a week of silence the numbers begin anew anywhere, also below.
            self._offset = None
        for update in updates or ():
            if self._stop.is_set():
                return
            await asyncio.get_running_loop().run_in_executor(self._thread, _store, update)
            self._confirm(update)

    async def _connect(self) -> None:
        """Say who we are, and take the channel back from a webhook: Telegram knows only one of the two."""
        await self._bot.initialize()
        await self._bot.delete_webhook()
        self._connected = True

    def _confirm(self, update: Any) -> None:
        number = update.get("update_id") if isinstance(update, dict) else None
        if isinstance(number, int):
            self._offset = number + 1

    async def _pause(self, error: Exception, delay: float) -> float:
        from telegram.error import Conflict, RetryAfter

        from bot.privacy.logs import event

        # Another poller, or a webhook that somebody set meanwhile: take it back at the next try.
        self._connected = self._connected and not isinstance(error, Conflict)
        seconds = error.retry_after.total_seconds() if isinstance(error, RetryAfter) else delay
        event("telegram.poll_failed", level=logging.WARNING, error=type(error).__name__, seconds=seconds)
        await _or_stop(asyncio.sleep(seconds), self._stop)
        return min(delay * 2, _LONGEST_DELAY)


async def run(stop: asyncio.Event) -> None:
    """Poll until ``stop`` is set. Raises CannotPoll."""
    import psycopg
    from django.conf import settings

    from .bot_api import make_bot

    bot = make_bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_BASE)
    try:
        async with await psycopg.AsyncConnection.connect(settings.DATABASE_URL, autocommit=True) as lock:
            await _only_one(lock, stop)
            await _Poller(bot, lock, stop).run()
    except psycopg.OperationalError:
        raise CannotPoll("The database does not answer. Telegram goes on when it does.") from None
    finally:
        await bot.request.shutdown()


async def _until_signal() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(stop)


def main() -> int:
    """0 after a signal; 1 with one line that says what to do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    os.environ["AANSPRAAK_PROCESS"] = "telegram"
    import django

    django.setup()
    from django.conf import settings

    try:
        if not settings.TELEGRAM_TOKEN:
            raise CannotPoll("TELEGRAM_TOKEN is empty. Give the token of @BotFather in .env (docs/channels.md).")
        if settings.TELEGRAM_MODE != "polling":
            raise CannotPoll("TELEGRAM_MODE is webhook. Set it to polling, or use bot.channels.telegram.webhook.")
        asyncio.run(_until_signal())
    except CannotPoll as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
