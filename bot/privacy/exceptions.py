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
    """FIELD_KEYS stands in the environment, or in a file that this user may not replace. Put `,NEWID:KEY` behind it where you
    keep it and start every process anew; then put the new key first and start them anew again; then run
    `aanspraak keys reencrypt`. Where a file may be replaced (FIELD_KEYS_FILE), `aanspraak keys rotate` does all of it."""
