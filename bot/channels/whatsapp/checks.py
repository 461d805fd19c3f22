"""What must be right before WhatsApp is switched on."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from bot.conversations import templates
from bot.language.catalogue import known_key

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
    """The token travels in every request: outside this machine only over https."""
    parts = urlsplit(settings.WHATSAPP_API_BASE)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}):
        return []
    hint = "Give an address that begins with https://, or leave WHATSAPP_API_BASE out."
    return [Error("WHATSAPP_API_BASE would send the token in the clear.", hint=hint, id="whatsapp.E004")]


@register("whatsapp")
def check_texts(**_: Any) -> list[CheckMessage]:
    """Every answer that this channel gives by itself has a text."""
    missing = [key for key in _TEXTS if not known_key(key)]
    if not missing:
        return []
    return [Error(f"WhatsApp has no text for {', '.join(missing)}.", hint="Add it in Dutch to content/texts.yml.",
                  id="whatsapp.E005")]  # fmt: skip


@register("whatsapp")
def check_templates(**_: Any) -> list[CheckMessage]:
    """The register of templates can be read."""
    try:
        templates.registered()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [Error(f"content/templates.yml cannot be read: {type(error).__name__}.",
                      hint="Compare it with the version in Git.", id="whatsapp.E006")]  # fmt: skip
    return []
