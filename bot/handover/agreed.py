"""What a yes would pass on: the wishes and the messages, without what the resident took out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.conversations.models import Conversation, Message
from bot.safety import read_answer

from .models import Draft
from .wishes import HELPER_SLOTS, agreed_area, known_phone, poster_area

__all__ = ["agreed_wishes", "consented_messages"]

# Not the resident's story: a bare number, a bare postcode.
_BARE = re.compile(r"\W*(?:⟨\w+⟩|[1-9]\d{3}\s?[A-Za-z]{0,2})\W*")


def agreed_wishes(draft: Draft, conversation: Conversation) -> dict[str, Any]:
    """The wishes as a ticket stores them, without "no preference" and without removed lines."""
    wishes = {slot: value for slot, value in draft.wishes.items() if value not in ("any", "none", "skip")}
    found = {
        "language": {"language": conversation.language},
        "helper": {slot: wishes[slot] for slot in HELPER_SLOTS if slot in wishes},
        "contact": {"contact_how": wishes.get("contact_how", "chat"), **_some(wishes, "contact_when")},
        "phone": _phone(draft, conversation),
        "companion": _some(wishes, "companion"),
        "interpreter": _some(wishes, "interpreter"),
        "area": _area(draft, conversation),
        "urgent": {"urgent": True} if draft.urgent else {},
    }
    return {slot: value for name, part in found.items() if name not in draft.removed for slot, value in part.items()}


def _some(wishes: Mapping[str, Any], slot: str) -> dict[str, Any]:
    return {slot: wishes[slot]} if slot in wishes else {}


def _phone(draft: Draft, conversation: Conversation) -> dict[str, str]:
    """Only when a call is wished: the number comes out of the drawer for the preview alone."""
    number = known_phone(conversation) if draft.wishes.get("contact_how") == "phone" else None
    return {"phone": number} if number else {}


def _area(draft: Draft, conversation: Conversation) -> dict[str, Any]:
    area = agreed_area(draft, conversation)
    said = draft.wishes.get("area") == area or conversation.resident.area == area
    return {"area": area, "from_poster": not said and poster_area(conversation) == area} if area else {}


def consented_messages(draft: Draft, conversation: Conversation, before: int | None = None) -> list[Message]:
    """The resident's own texts since the request began (positions below ``before``); none when taken out."""
    if "words" in draft.removed:
        return []
    texts = Message.objects.filter(
        conversation=conversation, author=Message.Author.RESIDENT, kind=Message.Kind.TEXT, position__gte=draft.first_position
    )
    texts = texts if before is None else texts.filter(position__lt=before)
    return [m for m in texts if not _BARE.fullmatch(m.text) and read_answer(m.text, conversation.language) is None]
