"""Errors of the privacy room.

PrivacyError
├── AlreadyRegistered
└── KeyMissing
"""

__all__ = ["AlreadyRegistered", "KeyMissing", "PrivacyError"]


class PrivacyError(Exception):
    """Something about keys or masking is wrong; nothing was stored."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class KeyMissing(PrivacyError):
    """A stored text names a key that FIELD_KEYS does not hold. Put the old key back, last in the list."""


class AlreadyRegistered(PrivacyError):
    """Two rooms registered a wiper or keeper under one name. Give each its own, such as the room's name."""
