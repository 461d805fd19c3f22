"""How long a handover keeps its conversation, and what of the conversation it keeps."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from bot.conversations.models import Conversation, Message
from bot.privacy.logs import event

from .models import Draft, Handover
from .reading import belongs
from .withdrawal import drop_draft

__all__ = ["keep_ended", "keep_live", "sweep_drafts"]

_DRAFT_LASTS = timedelta(hours=24)


def _term() -> timedelta:
    return timedelta(days=settings.RETENTION_HANDOVER_DAYS)


def keep_live(conversation_ids: set[int]) -> list[int]:
    """Conversations that stay whole: somebody waits for or talks with a person, and something happened in the term."""
    live = Handover.objects.filter(conversation__in=conversation_ids, state__in=Handover.LIVE)
    recent = live.annotate(last=Max("events__at"))
    since = timezone.now() - _term()
    kept = [pk for pk, last, made in recent.values_list("conversation_id", "last", "created_at") if (last or made) > since]
    for forgotten in set(live.values_list("conversation_id", flat=True)) - set(kept):
        event("retention.live_handover_ended", conversation=forgotten)
    return kept


def keep_ended(conversation_id: int, now: datetime) -> set[int] | None:
    """The messages that closed handovers within their term keep; None when nothing keeps the conversation."""
    closed = Handover.objects.filter(conversation=conversation_id, state=Handover.State.CLOSED, closed_at__gt=now - _term())
    if not closed:
        return None
    messages = Message.objects.filter(conversation=conversation_id).values_list("pk", "position")
    return {pk for handover in closed for pk in belongs(handover, messages)}


def sweep_drafts(now: datetime) -> None:
    """A request begun and left: after 24 hours it is not offered again, so it goes."""
    left = Draft.objects.filter(updated_at__lte=now - _DRAFT_LASTS).values_list("conversation_id", flat=True)
    for conversation in Conversation.objects.filter(pk__in=list(left)).only("pk", "pending"):
        drop_draft(conversation)
