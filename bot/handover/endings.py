"""Closing a handover, opening it again, and giving it back to the team."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from bot.conversations import ending
from bot.neighbourhood.models import Helper

from . import notices
from .exceptions import Closed, Stale
from .holds import end_hold
from .models import Handover
from .states import FREE, Kind, first_due
from .transitions import HELD, get_handover, lock_conversation, move, note_down

__all__ = ["close", "hand_back", "reopen"]

State = Handover.State


@transaction.atomic
def close(handover_id: UUID, helper: Helper, outcome: str) -> Handover:
    """End it: the bot answers again. Twice is once. Raises NotHolder, Stale or Closed (taken back by the resident)."""
    conversation, before = lock_conversation(handover_id), get_handover(handover_id)
    if before.state == State.CLOSED and before.holder_id == helper.pk:
        return before
    ended = {"state": State.CLOSED, "outcome": outcome[:40], "closed_at": timezone.now(), "waiting_since": None}
    handover = move(handover_id, HELD, helper, **ended)
    end_hold(conversation)
    notices.tell_unasked(conversation, "handover.closed", helper=helper.first_name)
    note_down(handover, Kind.CLOSED, helper, str(conversation.last_position))
    conversation.refresh_from_db(fields=["held_by"])
    ending.ask(conversation)
    return handover


def _again(handover_id: UUID, helper: Helper, old: tuple[str, ...], holder: Helper | None, kind: str) -> Handover:
    """Back to the team's list, with a new promise that the resident is told."""
    conversation, before = lock_conversation(handover_id), get_handover(handover_id)
    due, _ = first_due(before.team, timezone.now(), before.urgent)
    fresh = {**FREE, "due_at": due, "outcome": "", "closed_at": None, "outcome_for": None}
    handover = move(handover_id, old, holder, **fresh)
    note_down(handover, kind, helper, str(conversation.last_position))
    end_hold(conversation)
    notices.reopened(handover, conversation)
    return handover


def reopen(handover_id: UUID, helper: Helper) -> Handover:
    """A closed one waits again for the team. Raises Stale when it is open already or the resident has a newer one."""
    handover = get_handover(handover_id, helper)
    if handover.state == State.WITHDRAWN:
        raise Closed
    if handover.state != State.CLOSED:
        raise Stale
    try:
        with transaction.atomic():
            return _again(handover_id, helper, (State.CLOSED,), handover.holder, Kind.REOPENED)
    except IntegrityError:  # one live handover per resident
        raise Stale from None


@transaction.atomic
def hand_back(handover_id: UUID, helper: Helper) -> Handover:
    """Give it back to the team, no reason asked. Raises NotHolder, Stale or Closed."""
    return _again(handover_id, helper, HELD, helper, Kind.HANDED_BACK)
