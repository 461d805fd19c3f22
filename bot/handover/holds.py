"""A person holds the conversation: from the first message they write until they close it or hand it back."""

from __future__ import annotations

import uuid

from django.utils import timezone

from bot.conversations.models import Conversation, RasaSession

__all__ = ["end_hold", "start_hold"]


def _clean_slate(conversation: Conversation, held_by: str) -> None:
    """Rasa forgets its session, and no question asked before is answered by accident; a safety check stays open."""
    RasaSession.objects.filter(conversation=conversation).delete()
    conversation.rasa_sender = uuid.uuid4()
    conversation.pending = conversation.pending if conversation.pending.startswith("check:") else ""
    conversation.held_by, conversation.held_since = held_by, timezone.now() if held_by else None
    conversation.save(update_fields=["rasa_sender", "pending", "held_by", "held_since"])


def start_hold(conversation: Conversation, first_name: str) -> None:
    """The bot is silent from here on; a hold that is running goes on as it is."""
    if conversation.held_by != first_name:
        _clean_slate(conversation, first_name)


def end_hold(conversation: Conversation) -> None:
    """The bot picks up without repeating itself."""
    if conversation.held_by:
        _clean_slate(conversation, "")
