"""What a running Telegram channel needs of the provider: asked for by ``aanspraak doctor``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from django.conf import settings

__all__ = ["findings"]

_MANY_WAITING = 100
Finding = tuple[str, str, str]


async def _ask():
    from .bot_api import make_bot

    async with make_bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_BASE, 10) as bot:
        return await bot.get_webhook_info()


def _webhook(info) -> Iterator[Finding]:
    wanted = f"{settings.PUBLIC_BASE_URL}/channels/telegram/webhook"
    if settings.TELEGRAM_MODE == "polling":
        if info.url:
            yield "warning", "A webhook is set though TELEGRAM_MODE is polling.", "It is removed when polling starts."
    elif info.url != wanted:
        yield "error", "Telegram sends updates to another address.", "uv run python -m bot.channels.telegram.webhook set"
    elif info.last_error_message:
        yield (
            "warning",
            "Telegram had trouble with the webhook lately.",
            "Check that the proxy lets POST through and the certificate is valid.",
        )
    if info.pending_update_count > _MANY_WAITING:
        yield "warning", f"{info.pending_update_count} updates wait at Telegram.", "Check that web (or polling) runs."


def findings() -> Iterator[Finding]:
    """(level, what, remedy) of everything that is out of order; nothing while the channel is off."""
    if not settings.TELEGRAM_TOKEN:
        return
    from telegram.error import InvalidToken, TelegramError

    try:
        info = asyncio.run(_ask())
    except InvalidToken:
        yield "error", "Telegram refuses TELEGRAM_TOKEN.", "Copy it anew from @BotFather into .env."
        return
    except TelegramError as error:
        yield (
            "error",
            f"Telegram does not answer ({type(error).__name__}).",
            "Check the connection to api.telegram.org, port 443.",
        )
        return
    yield from _webhook(info)
