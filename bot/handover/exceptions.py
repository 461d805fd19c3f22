"""Errors of the handover room.

HandoverError
├── Stale
├── NotHolder
├── NotForYou
├── Closed
├── EmptyText
├── CannotTell
├── NotAgreed
└── NoTeam
"""

__all__ = ["CannotTell", "Closed", "EmptyText", "HandoverError", "NoTeam", "NotAgreed", "NotForYou", "NotHolder", "Stale"]


class HandoverError(Exception):
    """This could not be done with the handover; nothing was changed."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class Stale(HandoverError):
    """Somebody else was faster. Load the page again to see how it stands now."""


class NotHolder(HandoverError):
    """Somebody else holds this conversation, or nobody does yet. Accept it first, or write a note."""


class NotForYou(HandoverError):
    """The resident agreed to other readers than you. Go back to your own team's list."""


class Closed(HandoverError):
    """This handover has ended: it was closed, or the resident took it back. Go back to the list."""


class EmptyText(HandoverError):
    """There is nothing in the text. Write something and send it again."""


class NoTeam(HandoverError):
    """There is no team to pass anything on to. Add a team, or load the demo neighbourhood."""


class CannotTell(HandoverError):
    """The resident cannot be told now: others read this phone, or nothing reaches it. Ask them in a safe moment."""


class NotAgreed(HandoverError):
    """The resident has not said yes to a second person. Wait for the answer."""
