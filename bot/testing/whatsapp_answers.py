"""What the fake Cloud API server can be told to answer; ``Answer`` is shared with the fake Telegram."""

from __future__ import annotations

import json
from typing import Any

from .telegram_answers import Answer, Refused, broken_json, cut_off, server_error, silence

__all__ = ["Answer", "Refused", "broken_json", "cut_off", "error", "server_error", "silence"]


def error(code: int, status: int = 400, retry_after: int | None = None, **more: Any) -> Answer:
    """An error as the Graph API words it."""
    found = {"message": f"(#{code}) An error", "type": "OAuthException", "code": code, "fbtrace_id": "FAKE", **more}
    headers = (("Retry-After", str(retry_after)),) if retry_after is not None else ()
    return Answer(status, json.dumps({"error": found}).encode(), headers=headers)
