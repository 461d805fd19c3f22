"""Tell Telegram where to send updates: ``python -m bot.channels.telegram.webhook set`` or ``delete``."""

from __future__ import annotations

import asyncio
import os
import sys

__all__ = ["main"]

_PATH = "/channels/telegram/webhook"


async def _set() -> str:
    from django.conf import settings

    from .bot_api import make_bot
    from .parsing import ALLOWED_UPDATES

    address = f"{settings.PUBLIC_BASE_URL}{_PATH}"
    async with make_bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_BASE) as bot:
        await bot.set_webhook(address, allowed_updates=ALLOWED_UPDATES, secret_token=settings.TELEGRAM_WEBHOOK_SECRET)
    return f"Telegram now sends updates to {address}"


async def _delete() -> str:
    from django.conf import settings

    from .bot_api import make_bot

    async with make_bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_BASE) as bot:
        await bot.delete_webhook()
    return "Telegram sends nothing by itself any more. Waiting updates stay there for 24 hours."


def _what_is_missing(action: str) -> str:
    from django.conf import settings

    if action not in {"set", "delete"}:
        return "Say set or delete: python -m bot.channels.telegram.webhook set"
    if not settings.TELEGRAM_TOKEN:
        return "TELEGRAM_TOKEN is empty. Give the token of @BotFather in .env (docs/channels.md)."
    if action == "set" and not settings.PUBLIC_BASE_URL:
        return "PUBLIC_BASE_URL is empty. Give the address that Telegram can reach, such as https://chat.example.nl."
    if action == "set" and not settings.TELEGRAM_WEBHOOK_SECRET:
        return "TELEGRAM_WEBHOOK_SECRET is empty. Start once with ./run, which makes it, or give it."
    return ""


def main(arguments: list[str]) -> int:
    """0 when Telegram took it; 1 with one line that says what to do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    import django

    django.setup()
    from telegram.error import BadRequest, InvalidToken, TelegramError

    action = arguments[0] if arguments else ""
    problem = _what_is_missing(action)
    try:
        if not problem:
            print(asyncio.run(_set() if action == "set" else _delete()))
    except InvalidToken:
        problem = "Telegram refuses TELEGRAM_TOKEN. Copy it anew from @BotFather into .env."
    except BadRequest:
        problem = "Telegram refuses PUBLIC_BASE_URL. It needs a public name, https and port 443, 80, 88 or 8443."
    except TelegramError as error:
        problem = f"Telegram does not answer ({type(error).__name__}). Try again later."
    if problem:
        print(problem, file=sys.stderr)
    return int(bool(problem))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
