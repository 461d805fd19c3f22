"""Webhook bodies as the Cloud API makes them, for the fake server and for tests."""

from __future__ import annotations

import itertools
import time
from typing import Any

__all__ = ["body", "change", "message", "status"]

PHONE_ID, DISPLAY_NUMBER, WABA_ID = "1122334455667", "15550100999", "1234567890987654321"
_numbers = itertools.count(time.time_ns())


def change(messages: list[dict] = (), statuses: list[dict] = (), phone_id: str = PHONE_ID, **value: Any) -> dict[str, Any]:
    """One change: messages and statuses of one number; ``value`` holds further fields, such as ``contacts``."""
    found = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": phone_id}}
    found |= {"messages": list(messages)} if messages else {}
    found |= {"statuses": list(statuses)} if statuses else {}
    return {"field": "messages", "value": found | value}


def body(*changes: dict[str, Any]) -> dict[str, Any]:
    """A whole body with these changes in one entry."""
    return {"object": "whatsapp_business_account", "entry": [{"id": WABA_ID, "changes": list(changes)}]}


def message(sender: str, content: dict[str, Any] | str, at: float | None = None, **more: Any) -> dict[str, Any]:
    """One message; ``content`` is a text or ``{type: …}``. A sender with a dot is a business-scoped user id."""
    found = {"type": "text", "text": {"body": content}} if isinstance(content, str) else content
    who = {"from_user_id": sender} if "." in sender else {"from": sender}
    at = str(int(time.time() if at is None else at))
    return {**who, "id": f"wamid.T{next(_numbers)}", "timestamp": at, **found, **more}


def status(provider_id: str, state: str, code: int | None = None, **more: Any) -> dict[str, Any]:
    """What became of a message of ours."""
    found = {"id": provider_id, "status": state, "timestamp": str(int(time.time())), "recipient_id": "0"}
    errors = {"errors": [{"code": code, "title": "x", "message": "x"}]} if code is not None else {}
    return {**found, **errors, **more}
