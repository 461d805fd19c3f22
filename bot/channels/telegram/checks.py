"""What must be right before Telegram is switched on."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from bot.language.catalogue import known_key

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
    """The token travels in every address: outside this machine only over https."""
    parts = urlsplit(settings.TELEGRAM_API_BASE)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}):
        return []
    hint = "Give an address that begins with https://, or leave TELEGRAM_API_BASE out."
    return [Error("TELEGRAM_API_BASE would send the token in the clear.", hint=hint, id="telegram.E004")]


@register("telegram")
def check_texts(**_: Any) -> list[CheckMessage]:
    """Every answer that this channel gives by itself has a text."""
    missing = [key for key in _TEXTS if not known_key(key)]
    if not missing:
        return []
    hint = "Add it in Dutch to content/texts.yml."
    return [Error(f"Telegram has no text for {', '.join(missing)}.", hint=hint, id="telegram.E005")]
