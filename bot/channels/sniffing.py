"""What a file is, by its first bytes. Only kinds that a browser shows or plays without running anything."""

from __future__ import annotations

__all__ = ["KINDS", "kind_of"]

# (offset, bytes, type); the first that fits counts.
KINDS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
)


def kind_of(content: bytes) -> str:
    """The MIME type, or "" for what is not kept: programs, archives, office files with macros, pages, SVG."""
    return next((mime for offset, sign, mime in KINDS if content[offset : offset + len(sign)] == sign), "")
