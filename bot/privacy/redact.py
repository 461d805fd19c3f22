"""Secrets and personal things in a line for the log, replaced."""

from __future__ import annotations

import re

from .mask import mask

__all__ = ["HIDDEN", "redact"]

HIDDEN = "⟨…⟩"
_LONGEST = 4_000
_PATTERNS = (
    # What databases say about a row. All that follows is about the same row.
    (re.compile(r"(?s)(?:\[parameters:|\[SQL:|\bDETAIL:|\bCONTEXT:|\bQUERY:|\bFailing row contains\b|; args=).*"), HIDDEN),
    (re.compile(r"\bKey \([^)]{0,200}\)=\(.{0,500}?\)"), f"Key {HIDDEN}"),
    # Telegram: /bot123:ABC/getMe, /file/bot123:ABC/…, and the bare token.
    (re.compile(r"(?i)\bbot[0-9]{3,20}(?::|%3a)[\w-]+"), f"bot{HIDDEN}"),
    (re.compile(r"\b[0-9]{6,14}:[A-Za-z0-9_-]{30,}"), HIDDEN),
    # WhatsApp: access tokens, and message ids (they hold the phone number in base64).
    (re.compile(r"\bEAA[A-Za-z0-9]{12,}"), HIDDEN),
    (re.compile(r"\bwamid[.:%][\w.+/=%-]+"), HIDDEN),
    (re.compile(r"\b(?:eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|sha256=[0-9a-f]{16,})"), HIDDEN),
    # Headers and settings. The scheme stands before the secret: "Authorization: Bearer X".
    (
        re.compile(
            r"(?i)([\w-]*(?:authorization|cookie|passw(?:or)?d|secret|token|api[_-]?key|signature|session)[\w-]*['\"]?\s{0,3}[:=,]\s{0,3})"
            r"(?:b?['\"][^'\"]*['\"]|(?:(?:bearer|basic|digest|token)\s+)?[^\s'\",;&)\]}]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(\b[\w+]{2,20}://[^\s:/@]{0,64}):[^\s@]{1,256}@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"(?<=[\w/])\?[\w%.~\[\]-]+=[^\s\"']*"), f"?{HIDDEN}"),
)
_UUID = re.compile(r"(\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)")


def redact(text: str) -> str:
    """``text`` without tokens, passwords, SQL parameters, message ids and all that ``mask`` replaces.

    UUIDs are ours and stay whole: without them nobody could follow a handover through the log.
    """
    text = text[:_LONGEST]
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    parts = _UUID.split(text)
    return "".join(part if i % 2 else mask(part).text for i, part in enumerate(parts))
