"""The question behind the question: asked once, after a first step was really done, never where others read along."""

from __future__ import annotations

from bot.conversations.models import Conversation

from .models import Handover

__all__ = ["may_ask_behind"]

_ASKED = "handover.anything_else"
# What shows that something was done: a plan to come along, a letter that was looked at.
_STEPS = ("utter_neighbourhood_activity_maybe", "letter.date_ahead", "letter.date_today", "letter.date_past")


def may_ask_behind(conversation: Conversation) -> bool:
    """Whether it is the moment."""
    if conversation.resident.discreet or conversation.messages.filter(key=_ASKED).exists():
        return False
    stored = Handover.objects.filter(conversation=conversation).exclude(state=Handover.State.WITHDRAWN)
    return stored.exists() or conversation.messages.filter(key__in=_STEPS).exists()
