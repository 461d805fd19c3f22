"""Files of residents, fetched after a yes: from the provider only, within a size, known by their content.

A channel's ``files.download(reference, limit)`` brings the bytes or raises ``FetchFailed``; everything else is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from .scanning import is_clean
from .sniffing import kind_of

__all__ = ["MAX_BYTES", "FetchFailed", "Fetched", "fetch"]

# Telegram gives bots at most 20 MB; a photo of a letter is 1 to 3.
MAX_BYTES = 20_000_000


class FetchFailed(Exception):
    """A file could not be fetched. ``code`` is a word for the desk and the log; ``again``: it may work later."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(code)
        self.code, self.again = code, again


@dataclass(frozen=True)
class Fetched:
    """A file that may be kept, or why there is none; ``again``: it may work later."""

    content: bytes = field(default=b"", repr=False)
    mime: str = ""
    error: str = ""
    again: bool = False


def fetch(channel: str, reference: Mapping[str, str]) -> Fetched:
    """The file behind a reference. Nothing the sender says about it is believed: neither its name nor its type."""
    try:
        content = import_module(f"bot.channels.{channel}.files").download(reference, MAX_BYTES)
    except FetchFailed as failure:
        return Fetched(error=failure.code, again=failure.again)
    mime = kind_of(content)
    if not mime:
        return Fetched(error="kind")
    return Fetched(content, mime) if is_clean(content) else Fetched(error="infected")
