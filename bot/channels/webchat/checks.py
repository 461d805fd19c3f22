"""What must be right before the web chat is offered to residents."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from bot.channels.checking import missing_texts

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
    return missing_texts("The web chat", _keys(), "webchat.E002")
