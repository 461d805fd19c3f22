"""Model fields that are ciphertext in the database."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from .keys import decrypt, encrypt

__all__ = ["EncryptedBytesField", "EncryptedJSONField", "EncryptedTextField"]


class EncryptedTextField(models.Field):
    """Text, encrypted with a key id in front. Cannot be searched; look-ups use ``keyed_hash`` beside it."""

    empty_strings_allowed = True

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_prep_value(self, value: Any) -> bytes | None:
        return None if value is None else encrypt(self._dump(value).encode())

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self._load(decrypt(value).decode())

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError("Encrypted fields are not serialised.")

    def _dump(self, value: Any) -> str:
        return str(value)

    def _load(self, text: str) -> Any:
        return text


class EncryptedJSONField(EncryptedTextField):
    """Any JSON value, encrypted like EncryptedTextField."""

    def _dump(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def _load(self, text: str) -> Any:
        return json.loads(text)


class EncryptedBytesField(EncryptedTextField):
    """Bytes, encrypted like EncryptedTextField."""

    def get_prep_value(self, value: Any) -> bytes | None:
        return None if value is None else encrypt(bytes(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else decrypt(value)
