"""What a room above has to say to an answer of the dialogue: a button beside it (offered, never pushed), or another answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .models import Conversation
from .outbox import Reply

__all__ = ["beside", "in_place", "register", "register_answer"]

_MOST_BUTTONS = 4
# (conversation, the answer's key) to a button, or None.
Offer = Callable[[Conversation, str], "tuple[str, str] | None"]
_offers: list[Offer] = []
# (conversation, the answer's key) to what is true here in its place, or None.
Answer = Callable[[Conversation, str], "Reply | None"]
_answers: list[Answer] = []


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


def register_answer(answer: Answer) -> None:
    """Let a room above answer in place of the dialogue, which does not know what it knows."""
    _answers.append(answer)


def in_place(conversation: Conversation, replies: Sequence[Reply]) -> list[Reply]:
    """``replies``, each with the first answer that a room above has in its place."""
    return [next((found for answer in _answers if (found := answer(conversation, r.key))), r) for r in replies]
