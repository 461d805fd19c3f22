"""Trying to reach a resident outside the chat: a call, a door, a walk-in. Each attempt is one line of the timeline."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bot.neighbourhood.models import Helper

from . import notices
from .models import Handover, HandoverEvent
from .states import Kind, record
from .transitions import get_handover, get_held, lock_conversation, note_down

__all__ = ["WAYS", "attempt"]

WAYS = ("phone", "visit", "walk_in", "other")
_DOUBLE_CLICK = timedelta(seconds=60)


@transaction.atomic
def attempt(handover_id: UUID, helper: Helper, way: str, reached: bool) -> Handover:
    """Note an attempt. One that reached the resident is the contact, and they are asked once whether it was; one that
    did not is told to them. Nothing of either where others read the phone.

    The same again within a minute is a double click. Raises ValueError for an unknown way, NotHolder or Closed.
    """
    if way not in WAYS:
        raise ValueError(way)
    conversation, handover = lock_conversation(handover_id), get_held(handover_id, helper)
    said = json.dumps({"way": way, "reached": reached})
    since = timezone.now() - _DOUBLE_CLICK
    mine = HandoverEvent.objects.filter(handover=handover_id, kind=Kind.ATTEMPT, actor=helper.user, at__gt=since)
    if said in {event.note for event in mine}:
        return handover
    if reached:
        Handover.objects.filter(pk=handover_id, state=Handover.State.ACCEPTED).update(state=Handover.State.CONTACTED)
        Handover.objects.filter(pk=handover_id).update(waiting_since=None)
    note_down(handover, Kind.ATTEMPT, helper, said)
    if not reached:
        notices.tell_unasked(conversation, "handover.tried", helper=helper.first_name)
    elif not conversation.resident.discreet and not handover.events.filter(kind=Kind.FOLLOW_UP).exists():
        record(handover, Kind.FOLLOW_UP)
        notices.follow_up(handover, conversation)
    return get_handover(handover_id)
