"""The Cloud API's limits on what may be sent, as the fake server keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["choices", "refusal"]

_BAD_PARAMETER, _BAD_REQUEST = 131009, 100


def choices(sent: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """("button_reply" or "list_reply", {id, title}) of each thing to choose in a message."""
    action = sent.get("interactive", {}).get("action", {})
    for button in action.get("buttons", []):
        yield "button_reply", button["reply"]
    for section in action.get("sections", []):
        for row in section["rows"]:
            yield "list_reply", row


def _between(text: Any, least: int, most: int) -> bool:
    return isinstance(text, str) and least <= len(text) <= most


def _buttons(action: dict[str, Any]) -> bool:
    replies = [button.get("reply", {}) for button in action.get("buttons", [])]
    titles = [reply.get("title") for reply in replies]
    return (
        1 <= len(replies) <= 3
        and all(_between(r.get("id"), 1, 256) and _between(r.get("title"), 1, 20) for r in replies)
        and len(set(titles)) == len(titles)
    )


def _list(action: dict[str, Any]) -> bool:
    sections = action.get("sections", [])
    rows = [row for section in sections for row in section.get("rows", [])]
    return (
        _between(action.get("button"), 1, 20)
        and 1 <= len(sections) <= 10
        and 1 <= len(rows) <= 10
        and all(_between(s.get("title", ""), 1 if len(sections) > 1 else 0, 24) for s in sections)
        and all(_between(r.get("id"), 1, 200) and _between(r.get("title"), 1, 24) for r in rows)
        and all(_between(r.get("description", ""), 0, 72) for r in rows)
    )


def _interactive(found: dict[str, Any]) -> bool:
    action = found.get("action", {})
    fits = _buttons(action) if found.get("type") == "button" else found.get("type") == "list" and _list(action)
    return fits and _between(found.get("body", {}).get("text"), 1, 1024)


def refusal(params: dict[str, Any]) -> int | None:
    """The error code of a message that WhatsApp would not take; None for one it takes."""
    if params.get("messaging_product") != "whatsapp" or bool(params.get("to")) == bool(params.get("recipient")):
        return _BAD_REQUEST
    kind = params.get("type")
    if kind == "text":
        return None if _between(params.get("text", {}).get("body"), 1, 4096) else _BAD_PARAMETER
    if kind == "interactive":
        return None if _interactive(params.get("interactive", {})) else _BAD_PARAMETER
    if kind == "audio":
        return None if params.get("audio", {}).get("id") else _BAD_PARAMETER
    return None if kind == "template" and params.get("template", {}).get("name") else _BAD_PARAMETER
