"""What must be right in every channel before it is switched on."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error

from bot.language.catalogue import known_key

__all__ = ["address_in_the_clear", "missing_texts"]


def address_in_the_clear(name: str, number: str) -> list[CheckMessage]:
    """The token travels in every request to the address in ``name``: outside this machine only over https."""
    parts = urlsplit(getattr(settings, name))
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}):
        return []
    hint = f"Give an address that begins with https://, or leave {name} out."
    return [Error(f"{name} would send the token in the clear.", hint=hint, id=number)]


def missing_texts(channel: str, keys: Iterable[str], number: str) -> list[CheckMessage]:
    """Every answer that ``channel`` gives by itself has a text: a missing one would be a failure in a resident's face."""
    missing = [key for key in keys if not known_key(key)]
    hint = "Add it in Dutch to content/texts.yml."
    return [Error(f"{channel} has no text for {', '.join(missing)}.", hint=hint, id=number)] if missing else []
