"""A conversation has ended, by a goodbye or a closed handover: what a room above wants to ask then, and the answer to it.

Nothing unprompted is asked of anybody else: not while a person holds the chat, not where the resident cannot be reached.
"""

from __future__ import annotations

from collections.abc import Callable

from .models import Conversation, Message
from .outbox import Reply, post
from .window import is_open

__all__ = ["GOODBYE", "answered", "ask", "questions", "register"]

GOODBYE = "utter_thank_or_bye"
Ask = Callable[[Conversation], list[Reply]]
Answer = Callable[[Conversation, Message], list[Reply] | None]
_hooks: list[tuple[Ask, Answer]] = []


def register(ask: Ask, answer: Answer) -> None:
    """``ask(conversation)`` gives a question or nothing; ``answer(conversation, message)`` the replies to a tap, or None."""
    _hooks.append((ask, answer))


def questions(conversation: Conversation) -> list[Reply]:
    """What to ask now, behind the last words: one question, of the room that comes first."""
    if conversation.held_by or conversation.blocked_at or not is_open(conversation):
        return []
    return next((replies for ask_, _ in _hooks if (replies := ask_(conversation))), [])


def ask(conversation: Conversation) -> None:
    """The same outside a turn, in the transaction that ended the conversation."""
    post(conversation, questions(conversation))


def answered(conversation: Conversation, message: Message) -> list[Reply] | None:
    """The replies to a tap on such a question; None when the message is none."""
    found = (answer(conversation, message) for _, answer in _hooks)
    return next((replies for replies in found if replies is not None), None)
