"""Errors of the conversations room.

ConversationError
├── EmptyMessage
├── UnknownButton
└── RasaUnavailable
    └── RasaFailed
"""

__all__ = ["ConversationError", "EmptyMessage", "RasaFailed", "RasaUnavailable", "UnknownButton"]


class ConversationError(Exception):
    """A message could not be taken in."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class EmptyMessage(ConversationError):
    """The message holds no text, no button and no file."""


class UnknownButton(ConversationError):
    """This button was never offered in this conversation."""


class RasaUnavailable(ConversationError):
    """Rasa gave no result for this message. The message stays unhandled and is tried again."""


class RasaFailed(RasaUnavailable):
    """Rasa answered and left no result: it, or the database behind it, failed on this very message."""
