"""A child who writes: told to us outright, or beside danger or the wish for a person, which are answered in its place."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from bot.language.wishes import read_wishes

from .models import Conversation, Message

__all__ = ["FOR_CHILDREN", "child_writes"]

# What a child is told: who is there for children.
FOR_CHILDREN = "utter_minor"
# A child comes back after days; after a week without another word of it whoever writes may be the mother.
_LASTS = timedelta(days=7)
# The latest ones: reading one takes about a millisecond.
_MOST_READ = 100


def child_writes(conversation: Conversation, since: datetime | None = None) -> bool:
    """Whether somebody said here, ``since`` then or lately, that they are a child; for a mother or father is another matter."""
    recent = conversation.messages.filter(created_at__gte=since or timezone.now() - _LASTS)
    if recent.filter(key=FOR_CHILDREN).exists():
        return True
    own = recent.filter(author=Message.Author.RESIDENT, kind=Message.Kind.TEXT).order_by("-position")
    return any(map(_says_so, own.values_list("text", flat=True)[:_MOST_READ]))


def _says_so(text: str) -> bool:
    wishes = read_wishes(text)
    return "minor" in wishes and wishes.get("for_whom", "self") == "self"
