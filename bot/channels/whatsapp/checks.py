"""What must be right before WhatsApp is switched on."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from bot.channels.checking import address_in_the_clear, missing_texts
from bot.conversations import templates

__all__ = ["check_address", "check_settings", "check_templates", "check_texts"]

_NUMBER_ID = re.compile(r"[0-9]{5,30}", re.ASCII)
_TEXTS = (
    "chat.choose", "rights.wiped_whatsapp", "turn.button_gone", "turn.edited", "turn.emoji", "turn.empty", "turn.media",
    "turn.other", "turn.voice",
)  # fmt: skip


@register("whatsapp")
def check_settings(**_: Any) -> list[CheckMessage]:
    """With a token everything else must be given too; no value is ever shown."""
    if not settings.WHATSAPP_TOKEN:
        return []
    found = []
    if not _NUMBER_ID.fullmatch(settings.WHATSAPP_PHONE_NUMBER_ID):
        hint = "Copy the phone number ID (digits, not the number itself) from the app's WhatsApp page."
        found.append(Error("WHATSAPP_PHONE_NUMBER_ID is missing or wrong.", hint=hint, id="whatsapp.E001"))
    if not settings.WHATSAPP_APP_SECRET:
        hint = "Copy the app secret from the app's basic settings: it proves that a call comes from WhatsApp."
        found.append(Error("WHATSAPP_APP_SECRET is empty: every call would be refused.", hint=hint, id="whatsapp.E002"))
    if not settings.WHATSAPP_VERIFY_TOKEN:
        hint = "Start once with ./run, which makes one, or give a long random word."
        found.append(Error("WHATSAPP_VERIFY_TOKEN is empty.", hint=hint, id="whatsapp.E003"))
    return found


@register("whatsapp")
def check_address(**_: Any) -> list[CheckMessage]:
    """No token in the clear."""
    return address_in_the_clear("WHATSAPP_API_BASE", "whatsapp.E004")


@register("whatsapp")
def check_texts(**_: Any) -> list[CheckMessage]:
    """Every answer that this channel gives by itself has a text."""
    return missing_texts("WhatsApp", _TEXTS, "whatsapp.E005")


@register("whatsapp")
def check_templates(**_: Any) -> list[CheckMessage]:
    """The register of templates can be read."""
    try:
        templates.registered()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [Error(f"content/templates.yml cannot be read: {type(error).__name__}.",
                      hint="Compare it with the version in Git.", id="whatsapp.E006")]  # fmt: skip
    return []
