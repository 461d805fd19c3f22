"""Did it happen? What was promised and did not come is said by the bot itself, and the handover waits for the team again."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key
from bot.conversations.payloads import parse_payload
from bot.privacy.logs import event

from . import notices
from .exceptions import Closed
from .holds import end_hold
from .models import Handover
from .states import FREE, PROMISED, Kind, announce_desk, first_due, is_late, live_handover, record
from .transitions import lock_conversation

__all__ = ["answer", "by_day", "hear", "look"]

State = Handover.State
# Where the chat cannot show whether two people met.
_ELSEWHERE = ("phone", "walk_in", "home")
_DAY_BEGINS, _DAY_ENDS = time(8), time(21)
# Silence after the question "did you manage to speak?" counts as a no after this long.
_SILENCE = timedelta(hours=24)


def by_day(now: datetime) -> bool:
    """Whether residents may be written to unasked at this time."""
    return _DAY_BEGINS <= timezone.localtime(now).time() < _DAY_ENDS


def look(now: datetime) -> int:
    """Look at every live handover whose time has passed (``now`` aware); how many residents were told something.

    Runs as often as one likes: each lateness is said once. Nobody is woken: at night it waits for the morning.
    """
    if not by_day(now):
        return 0
    overdue = Handover.objects.filter(PROMISED, due_at__lt=now)
    return sum(_tried(pk, now) for pk in overdue.values_list("pk", flat=True))


def _tried(handover_id: UUID, now: datetime) -> bool:
    """One that we trip over, or that was wiped just now, leaves nobody else without a word about what was promised."""
    try:
        return _look_at(handover_id, now)
    except Closed:
        return False
    except DatabaseError:  # the next would fail too; the next minute looks again
        raise
    except Exception as error:
        event("handover.look_failed", level=logging.ERROR, handover=handover_id, error=type(error).__name__)
        return False


@transaction.atomic
def _look_at(handover_id: UUID, now: datetime) -> bool:
    conversation = lock_conversation(handover_id)
    handover = Handover.objects.select_related("team", "holder").get(pk=handover_id)
    if not is_late(handover, now):
        return False
    if handover.state != State.ACCEPTED:
        return _said_once(handover, conversation)
    if handover.wishes.get("contact_how") in _ELSEWHERE and not conversation.resident.discreet:
        asked = handover.events.filter(kind=Kind.FOLLOW_UP, at__gte=handover.accepted_at).first()
        if asked is None:
            return _follow_up(handover, conversation)
        if now - asked.at < _SILENCE:
            return False
    return _nobody_wrote(handover, conversation)


def _said_once(handover: Handover, conversation: Conversation) -> bool:
    """Nobody accepted in time, or who made contact fell silent: said once for each promise. Who talks keeps the chat."""
    due = handover.due_at.isoformat()
    if due in (event.note for event in handover.events.filter(kind=Kind.LATE)):
        return False
    record(handover, Kind.LATE, note=due)
    notices.late(handover, conversation)
    announce_desk(handover)
    return True


def _nobody_wrote(handover: Handover, conversation: Conversation) -> bool:
    """The helper did not keep the time: the team gets it back, and the coordinator sees that it is late."""
    notices.late(handover, conversation)
    _give_back(handover, conversation, Kind.LATE)
    return True


def _give_back(handover: Handover, conversation: Conversation, kind: str) -> None:
    """Nobody holds it any more, and so nobody the chat: the bot answers again."""
    due, _ = first_due(handover.team, timezone.now(), handover.urgent)
    record(handover, kind, note=handover.due_at.isoformat())
    Handover.objects.filter(pk=handover.pk).update(due_at=due, **FREE)
    end_hold(conversation)
    announce_desk(handover)


def _follow_up(handover: Handover, conversation: Conversation) -> bool:
    record(handover, Kind.FOLLOW_UP)
    notices.follow_up(handover, conversation)
    return True


def answer(conversation: Conversation, message: Message) -> list[Reply]:
    """The tap under "did you manage to speak?", whoever holds the chat; an old button says nothing about a newer request."""
    values = parse_payload(message.payload)[1]
    happened = values["contact"] == "yes"
    handover = hear(conversation, happened, values.get("handover", ""))
    if handover is None:
        return [from_key(conversation, "turn.button_gone")]
    return [from_key(conversation, "handover.follow_up_yes") if happened else notices.status(handover, conversation)]


@transaction.atomic
def hear(conversation: Conversation, happened: bool, asked_about: str) -> Handover | None:
    """The answer to the question about the handover ``asked_about``; None when that one has gone on or ended meanwhile."""
    handover = live_handover(conversation.resident_id)
    if handover is None or str(handover.pk) != asked_about:
        return None
    held = _locked(handover, conversation)
    handover.refresh_from_db()
    # Contacted: the helper noted that they spoke outside the chat, and the resident was asked.
    if handover.state not in (State.ACCEPTED, State.CONTACTED):
        return handover if happened and handover.state == State.CONFIRMED else None
    if not happened:
        _give_back(handover, held, Kind.NOT_HAPPENED)
    else:
        Handover.objects.filter(pk=handover.pk).update(state=State.CONFIRMED)
        record(handover, Kind.CONFIRMED)
        announce_desk(handover)
    handover.refresh_from_db()
    return handover


def _locked(handover: Handover, conversation: Conversation) -> Conversation:
    """The handover's conversation, locked: the caller's own row where it is that one, since what it holds must not be stale."""
    locked = lock_conversation(handover.pk)
    if locked.pk != conversation.pk:
        return locked
    conversation.refresh_from_db(fields=["pending", "held_by"])
    return conversation
