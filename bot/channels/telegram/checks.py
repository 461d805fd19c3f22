"""What must be right before Telegram is switched on."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from bot.channels.checking import address_in_the_clear, missing_texts

__all__ = ["check_address", "check_texts", "check_token", "check_webhook"]

_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{30,64}", re.ASCII)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
_TEXTS = (
    "chat.start_words", "rights.wiped_telegram", "turn.button_gone", "turn.edited", "turn.emoji", "turn.empty", "turn.group",
    "turn.media", "turn.other", "turn.voice",
)  # fmt: skip


@register("telegram")
def check_token(**_: Any) -> list[CheckMessage]:
    """A token is a number, a colon and about 35 signs; its value is never shown."""
    if not settings.TELEGRAM_TOKEN or _TOKEN.fullmatch(settings.TELEGRAM_TOKEN):
        return []
    hint = "Copy the whole token that @BotFather shows, such as 123456789:AA…, or leave TELEGRAM_TOKEN empty."
    return [Error("TELEGRAM_TOKEN does not look like a token of Telegram.", hint=hint, id="telegram.E001")]


@register("telegram")
def check_webhook(**_: Any) -> list[CheckMessage]:
    """Telegram must be able to reach a webhook, and prove itself there."""
    if not settings.TELEGRAM_TOKEN or settings.TELEGRAM_MODE != "webhook":
        return []
    found = []
    if not settings.PUBLIC_BASE_URL:
        hint = "Give PUBLIC_BASE_URL, such as https://chat.example.nl, or set TELEGRAM_MODE=polling."
        found.append(Error("TELEGRAM_MODE is webhook, but Telegram cannot reach us.", hint=hint, id="telegram.E002"))
    if not _SECRET.fullmatch(settings.TELEGRAM_WEBHOOK_SECRET):
        hint = "Give 1 to 256 of A-Z, a-z, 0-9, _ and -, or leave it out: ./run makes one."
        found.append(Error("TELEGRAM_WEBHOOK_SECRET cannot be used.", hint=hint, id="telegram.E003"))
    return found


@register("telegram")
def check_address(**_: Any) -> list[CheckMessage]:
    """No token in the clear."""
    return address_in_the_clear("TELEGRAM_API_BASE", "telegram.E004")


@register("telegram")
def check_texts(**_: Any) -> list[CheckMessage]:
    """Every answer that this channel gives by itself has a text."""
    return missing_texts("Telegram", _TEXTS, "telegram.E005")
