"""What a webhook can hold, as small frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.conversations.inbox import Incoming

__all__ = [
    "Edited", "Ignored", "Item", "Noticed", "NumberChanged", "Reacted", "Said", "Sender", "Status", "UserIdChanged", "Withdrawn",
]  # fmt: skip


@dataclass(frozen=True)
class Sender:
    """Who wrote: a phone number (digits), a business-scoped user id, or both; at least one is given."""

    phone: str = ""
    user_id: str = ""


@dataclass(frozen=True)
class Said:
    """Something for the inbox; its address is still open, since a person may be known by either id."""

    sender: Sender
    incoming: Incoming


@dataclass(frozen=True)
class Edited:
    """The message ``original_id`` was changed to ``text``."""

    sender: Sender
    original_id: str
    text: str
    provider_id: str


@dataclass(frozen=True)
class Withdrawn:
    """The message ``original_id`` was deleted by its writer."""

    original_id: str


@dataclass(frozen=True)
class Reacted:
    """An emoji on a message: no turn, but a sign of life that keeps the 24-hour window open."""

    sender: Sender
    at: datetime


@dataclass(frozen=True)
class NumberChanged:
    """A person took their WhatsApp to another phone number."""

    old: Sender
    phone: str
    provider_id: str


@dataclass(frozen=True)
class UserIdChanged:
    """A person's business-scoped user id is another now."""

    old: str
    user_id: str


@dataclass(frozen=True)
class Status:
    """What became of a message of ours. ``tracker`` is what we sent along; ``code`` stands with ``failed`` only."""

    provider_id: str
    state: str
    tracker: str = ""
    code: int | None = None


@dataclass(frozen=True)
class Noticed:
    """News of the account, a template or the number's quality: for the operator's log."""

    field: str
    what: str
    template: str = ""
    language: str = ""


@dataclass(frozen=True)
class Ignored:
    """Nothing to do, and why."""

    reason: str


Item = Said | Edited | Withdrawn | Reacted | NumberChanged | UserIdChanged | Status | Noticed | Ignored
