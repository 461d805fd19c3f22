"""Starts the embedded PostgreSQL again when it died under the running system: its memory was taken, or its disk was full."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from bot.database import EmbeddedDatabase

__all__ = ["kept"]

_LOOK, _LONGEST_DELAY = 2.0, 60.0


@contextlib.asynccontextmanager
async def kept(database: EmbeddedDatabase | None, say: Callable[[str], None]) -> AsyncIterator[None]:
    """While this lasts a server that died is started again; nothing where it is another's."""
    keeper = asyncio.create_task(_keep(database, say)) if database else None
    try:
        yield
    finally:
        if keeper:
            keeper.cancel()
            await asyncio.wait({keeper})


async def _keep(database: EmbeddedDatabase, say: Callable[[str], None]) -> None:
    delay = _LOOK
    while True:
        await asyncio.sleep(delay)
        if await _runs(database):
            delay = _LOOK
            continue
        try:
            await asyncio.to_thread(database.start_again)
            say("PostgreSQL ended, and was started again")
        except Exception as error:  # whatever stands in the way now may be gone in a while
            delay = min(delay * 2, _LONGEST_DELAY)
            say(f"PostgreSQL ended and does not start; trying again in {delay:.0f} s ({error})")


async def _runs(database: EmbeddedDatabase) -> bool:
    """Twice no is no: somebody may just be restarting it."""
    if await asyncio.to_thread(database.is_running):
        return True
    await asyncio.sleep(_LOOK / 2)
    return await asyncio.to_thread(database.is_running)
