"""Somebody is writing: said to who waits on the other side, kept nowhere. A payload is ``conversation:5:typing:helper``."""

from __future__ import annotations

from .models import Conversation
from .outbox import announce

__all__ = ["HELPER", "RESIDENT", "is_typing", "tell_typing"]

HELPER, RESIDENT = "helper", "resident"


def tell_typing(conversation: Conversation, who: str) -> bool:
    """Let the other side see that ``who`` writes; only in a chat that a person holds, and never on a phone that others read."""
    if not conversation.held_by or conversation.resident.discreet or conversation.channel != Conversation.Channel.WEBCHAT:
        return False
    announce(f"conversation:{conversation.pk}:typing:{who}")
    return True


def is_typing(payload: str, who: str = "") -> bool:
    """Whether news from the database is only that ``who`` (anybody) writes."""
    parts = payload.split(":")
    return len(parts) == 4 and parts[2] == "typing" and who in ("", parts[3])
