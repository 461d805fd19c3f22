"""Notes of a helper, each once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bot.handover import service
from bot.handover.models import HandoverEvent
from bot.handover.states import Kind
from bot.handover.transitions import lock_conversation
from bot.neighbourhood.models import Helper
from bot.privacy.mask import mask

__all__ = ["add_once"]

_DOUBLE_CLICK = timedelta(seconds=60)


@transaction.atomic
def add_once(handover_id: UUID, helper: Helper, text: str) -> None:
    """Add a note, unless this helper added the very same within a minute. Raises EmptyText or Closed."""
    # The lock every transition takes first: two clicks come one after the other.
    lock_conversation(handover_id)
    since = timezone.now() - _DOUBLE_CLICK
    mine = HandoverEvent.objects.filter(handover=handover_id, kind=Kind.NOTE, actor=helper.user, at__gt=since)
    if mask(text).text not in {event.note for event in mine}:
        service.note(handover_id, helper, text)
