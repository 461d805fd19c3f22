"""Fetch a file of a resident from Telegram: its address holds our token and is neither shown nor logged."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from telegram import error as telegram

from ..media import FetchFailed
from . import bot_api
from .failures import ERRORS, translate

__all__ = ["download"]


def download(reference: Mapping[str, str], limit: int) -> bytes:
    """The bytes, at most ``limit``; raises FetchFailed."""

    async def get(bot) -> bytes:
        file = await bot.get_file(reference["id"])
        if (file.file_size or 0) > limit:
            raise FetchFailed("size")
        # A Bot API server of one's own may name a path on this machine: never opened.
        if not (file.file_path or "").startswith(f"{settings.TELEGRAM_API_BASE}/file/bot"):
            raise FetchFailed("host")
        return bytes(await file.download_as_bytearray())

    try:
        content = bot_api.current().call(get)
    except telegram.BadRequest as error:
        raise FetchFailed("size" if "too big" in error.message.lower() else "gone") from None
    except ERRORS as error:
        failed = translate(error)
        raise FetchFailed(failed.code, again=not failed.permanent) from None
    if len(content) > limit:
        raise FetchFailed("size")
    return content
