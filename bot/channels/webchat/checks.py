"""What must be right before the web chat is offered to residents."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from bot.language.catalogue import known_key

from .exceptions import WebchatError
from .page import SCRIPT_WORDS, TEMPLATE_WORDS, hide_address

__all__ = ["check_hide_address", "check_texts"]


@register("webchat")
def check_hide_address(**_: Any) -> list[CheckMessage]:
    """The hide button must work at once, and must not lead back into the chat."""
    address = hide_address()
    if address.startswith("https://") or (address.startswith("/") and address.rstrip("/") != "/chat"):
        return []
    hint = "Give QUICK_HIDE_URL an address that begins with https://, or leave it empty for the built-in neutral page."
    return [Error(f"The hide button would open {address!r}.", hint=hint, id="webchat.E001")]


def _keys() -> list[str]:
    errors = [f"error.{kind.code}" for kind in WebchatError.__subclasses__()]
    return [f"chat.{name}" for name in (*TEMPLATE_WORDS, *SCRIPT_WORDS, *errors)] + ["rights.wiped_webchat"]


@register("webchat")
def check_texts(**_: Any) -> list[CheckMessage]:
    """Every word of the page and of a refusal has a text: a missing one would be a failure in a resident's face."""
    missing = [key for key in _keys() if not known_key(key)]
    if not missing:
        return []
    hint = "Add it in Dutch to content/texts.yml."
    return [Error(f"The web chat has no text for {', '.join(missing)}.", hint=hint, id="webchat.E002")]
