"""How long a handover keeps its conversation, and what of the conversation it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from bot.channels import attachments
from bot.conversations.models import Conversation, Message
from bot.privacy.logs import event

from . import audit
from .models import Draft, Handover
from .reading import LOOKED_UP, belongs
from .states import announce_desk
from .transitions import ENDED
from .withdrawal import drop_draft

__all__ = ["keep_ended", "keep_live", "sweep_drafts", "sweep_ended"]

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
    if not (kept := closed.only("pk")):  # found also where a key was lost
        return None
    return _words_of(kept, conversation_id)


def _words_of(handovers: Iterable[Handover], conversation_id: int) -> set[int]:
    messages = Message.objects.filter(conversation=conversation_id).exclude(LOOKED_UP).values_list("pk", "position")
    return {pk for handover in handovers for pk in belongs(handover, messages)}


def sweep_ended(now: datetime) -> None:
    """What ended longer ago than the term goes by itself: its conversation may live for years."""
    due = Handover.objects.filter(state__in=ENDED, closed_at__lte=now - _term())
    for handover_id, conversation_id in list(due.values_list("pk", "conversation_id")):
        _let_go(handover_id, conversation_id, now)


@transaction.atomic
def _let_go(handover_id: UUID, conversation_id: int, now: datetime) -> None:
    # Who holds the row may be reopening it: a quarter of an hour later we look again.
    locked = Conversation.objects.select_for_update(skip_locked=True).filter(pk=conversation_id)
    conversation = locked.only("pk", "trimmed_at").first()
    due = Handover.objects.filter(pk=handover_id, state__in=ENDED, closed_at__lte=now - _term())
    handover = due.only("pk").first() if conversation else None
    if conversation is None or handover is None:
        return
    audit.keep_one(handover_id)
    attachments.drop(handover_id)  # no foreign key ties them
    announce_desk(handover)
    due.delete()
    _let_words_go(conversation)
    transaction.on_commit(lambda: event("retention.handover_ended", handover=handover_id))


def _let_words_go(conversation: Conversation) -> None:
    """What was there when the conversation was trimmed had outlived it: it stayed for a handover only."""
    if conversation.trimmed_at is None:
        return
    others = Handover.objects.filter(conversation=conversation.pk).exclude(state=Handover.State.WITHDRAWN).only("pk")
    outlived = Message.objects.filter(conversation=conversation.pk, created_at__lt=conversation.trimmed_at)
    outlived.exclude(pk__in=_words_of(others, conversation.pk)).delete()


def sweep_drafts(now: datetime) -> None:
    """A request begun and left: after 24 hours it is not offered again, so it goes."""
    left = Draft.objects.filter(updated_at__lte=now - _DRAFT_LASTS).values_list("conversation_id", flat=True)
    for conversation in Conversation.objects.filter(pk__in=list(left)).only("pk", "pending"):
        drop_draft(conversation)
