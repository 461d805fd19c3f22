"""What a client sends as a form with files in it."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

__all__ = ["read_form"]


def read_form(content_type: str, raw: bytes) -> dict[str, Any]:
    """Field to text, or to bytes for a file, of a multipart body."""
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + raw)
    found: dict[str, Any] = {}
    for part in whole.iter_parts():
        content = part.get_payload(decode=True)
        found[part.get_param("name", header="content-disposition")] = content if part.get_filename() else content.decode()
    return found
