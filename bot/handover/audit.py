"""What stays of a handover that goes: who did what on which day, without content and without the resident."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from bot.conversations.models import Conversation
from bot.privacy.keys import keyed_hash

from .models import AuditLine, HandoverEvent

__all__ = ["keep", "keep_one", "sweep"]


def keep(conversation: Conversation) -> None:
    """Before the rows go, by a wipe or by time: their bare lines."""
    _keep(HandoverEvent.objects.filter(handover__conversation=conversation.pk))


def keep_one(handover_id: UUID) -> None:
    """The same of one handover, whose conversation goes on."""
    _keep(HandoverEvent.objects.filter(handover=handover_id))


def _keep(events: QuerySet[HandoverEvent]) -> None:
    """Notes are not even read."""
    found = events.values_list("handover_id", "handover__team_id", "kind", "actor_id", "at")
    AuditLine.objects.bulk_create(
        [
            AuditLine(
                handover_hash=keyed_hash("audit", str(handover)),
                team_id=team,
                kind=kind,
                actor_id=actor,
                day=timezone.localdate(at),
            )
            for handover, team, kind, actor, at in found
        ],
        500,
    )


def sweep(now: datetime) -> None:
    """Lines past RETENTION_AUDIT_DAYS go."""
    oldest = timezone.localdate(now) - timedelta(days=settings.RETENTION_AUDIT_DAYS)
    AuditLine.objects.filter(day__lt=oldest).delete()
