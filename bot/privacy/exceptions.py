"""Errors of the privacy room.

PrivacyError
├── AlreadyRegistered
├── KeyMissing
└── KeysNotOurs
"""

__all__ = ["AlreadyRegistered", "KeyMissing", "KeysNotOurs", "PrivacyError"]


class PrivacyError(Exception):
    """Something about keys or masking is wrong; nothing was stored."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((self.__doc__ or "").split()))


class KeyMissing(PrivacyError):
    """A stored text names a key that FIELD_KEYS does not hold. Put the old key back, last in the list."""


class AlreadyRegistered(PrivacyError):
    """Two rooms registered a wiper or keeper under one name. Give each its own, such as the room's name."""


class KeysNotOurs(PrivacyError):
    """FIELD_KEYS stands in the environment: put `NEWID:KEY,` before it where you keep it, start every process anew, then run
    `aanspraak keys reencrypt`. Give FIELD_KEYS_FILE instead, and `aanspraak keys rotate` does all of it."""
