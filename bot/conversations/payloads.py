"""What a button carries."""

from __future__ import annotations

import json

__all__ = ["parse_payload"]


def parse_payload(payload: str) -> tuple[str, dict]:
    """``/intent{"a": "b"}`` as ("intent", {"a": "b"}); ("", {}) for none."""
    name, brace, rest = payload.removeprefix("/").partition("{")
    return name, json.loads(brace + rest) if brace else {}
