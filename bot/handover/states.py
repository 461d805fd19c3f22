"""What every transition shares: the live handover, its due time, its timeline and the news to the desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, TextChoices

from bot.conversations.outbox import announce
from bot.neighbourhood.hours import due_at
from bot.neighbourhood.models import Team, User
from bot.privacy.logs import event

from .models import Handover, HandoverEvent

__all__ = [
    "FREE", "PROMISED", "Kind", "announce_desk", "first_due", "is_late", "live_handover", "record",
    "waits_for_answer",
]  # fmt: skip


class Kind(TextChoices):
    """What a timeline can hold. The notes of ``note`` and of who it went to are for people."""

    STORED = "stored"
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    MESSAGE = "message"
    READ = "read"
    NOTE = "note"
    URGENT = "urgent"
    HANDED_BACK = "handed_back"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    OTHER_HELPER = "other_helper"
    LATE = "late"
    FOLLOW_UP = "follow_up"
    CONFIRMED = "confirmed"
    NOT_HAPPENED = "not_happened"
    HANDED_ON = "handed_on"
    MAY_KNOW = "may_know"
    ATTEMPT = "attempt"
    ASKED_SECOND = "asked_second"
    JOINED = "joined"
    COPIED = "copied"
    ADDED = "added"


# Back to the whole team: nobody holds it, nobody was asked, and a second person no longer reads along.
FREE = {
    "state": Handover.State.OPEN, "holder": None, "second": None, "asked_second": None, "meant_for": None, "accepted_at": None,
    "waiting_since": None,
}  # fmt: skip
# A time was promised: for reading and writing at first, later for each answer.
PROMISED = Q(state__in=(Handover.State.OPEN, Handover.State.ACCEPTED)) | Q(
    state__in=(Handover.State.CONTACTED, Handover.State.CONFIRMED), waiting_since__isnull=False
)
# Nobody's hours are known: nothing is promised, but the coordinator hears of it after this long.
_UNKNOWN = timedelta(hours=24)


def live_handover(resident_id: UUID) -> Handover | None:
    """The one handover of a resident that has not ended, or None."""
    found = Handover.objects.filter(resident=resident_id, state__in=Handover.LIVE)
    return found.select_related("team", "holder", "conversation__resident").first()


def first_due(team: Team, now: datetime, urgent: bool) -> tuple[datetime, bool]:
    """(by when the team must act, as its coordinator set it, whether that may be promised)."""
    usual = team.promise_hours * 60 if team.promise_hours else None
    due = due_at(team, now, minutes=team.urgent_minutes if urgent else usual)
    return (due, True) if due else (now + _UNKNOWN, False)


def record(handover: Handover, kind: str, actor: User | None = None, note: str = "") -> HandoverEvent:
    """One line of the timeline, in the transaction of what it tells; the log hears of it once that is committed."""
    transaction.on_commit(lambda: event(f"handover.{kind}", handover=handover.pk))
    return HandoverEvent.objects.create(handover=handover, kind=kind, actor=actor, note=note)


def announce_desk(handover: Handover) -> None:
    """Open desk pages load again when the transaction commits."""
    announce(f"desk:{handover.pk}")


def is_late(handover: Handover, now: datetime) -> bool:
    """The resident waits for somebody's word, and the time promised has passed."""
    silent = handover.state in (Handover.State.OPEN, Handover.State.ACCEPTED) or (
        handover.state in Handover.LIVE and handover.waiting_since is not None
    )
    return silent and now > handover.due_at


def waits_for_answer(handover: Handover, now: datetime, due: datetime | None = None) -> bool:
    """A message of the resident's waits for the helper who made contact: from the first one on a time is promised.

    ``due`` is by when, else the team's usual time. False when a message waited already, or nobody made contact yet.
    """
    talking = Handover.objects.filter(
        pk=handover.pk, state__in=(Handover.State.CONTACTED, Handover.State.CONFIRMED), waiting_since=None
    )
    return bool(talking.update(waiting_since=now, due_at=due or first_due(handover.team, now, handover.urgent)[0]))
