"""What a resident may know before anything personal is asked."""

from __future__ import annotations

from django.utils import timezone

from bot.conversations.models import Conversation
from bot.conversations.outbox import Reply, from_key
from bot.facts import tellable

__all__ = ["block"]

# Said only while somebody has checked that it is true of this municipality.
_PAID_BY = "fact_paid_by"


def block(conversation: Conversation) -> Reply:
    """Who reads, who pays, and that nothing goes on without a yes; no buttons: a question follows."""
    line = from_key(conversation, "trust.line")
    texts = [line.text]
    if _PAID_BY in tellable(timezone.localdate()):
        texts.append(from_key(conversation, "trust.municipality").text)
    return Reply(" ".join(texts), (), line.key, line.lang)
