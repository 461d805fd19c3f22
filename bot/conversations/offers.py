"""A button beside an answer, for what a room above has to offer there: offered, never pushed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .models import Conversation
from .outbox import Reply

__all__ = ["beside", "register"]

_MOST_BUTTONS = 4
# (conversation, the answer's key) to a button, or None.
Offer = Callable[[Conversation, str], "tuple[str, str] | None"]
_offers: list[Offer] = []


def register(offer: Offer) -> None:
    """Let a room above put one button beside answers."""
    _offers.append(offer)


def beside(conversation: Conversation, replies: Sequence[Reply]) -> list[Reply]:
    """``replies``, the last one with the first offer that fits it, above the way out; never a fifth button."""
    if not replies or not 0 < len(replies[-1].buttons) < _MOST_BUTTONS:
        return list(replies)
    *before, last = replies
    found = next((button for offer in _offers if (button := offer(conversation, last.key))), None)
    return [*before, replace(last, buttons=(*last.buttons[:-1], found, last.buttons[-1])) if found else last]
