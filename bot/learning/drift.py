"""How well each week was understood, by language, and whether that turned: counts alone, of every conversation.

A week is counted once, when it is over, and only where at least ten people wrote in that language: fewer are not kept at all.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from django.utils import timezone

from bot.conversations.models import Conversation, Message
from bot.privacy.logs import event

from .models import WeekCount
from .signs import read_messages, sign_of

__all__ = ["KINDS", "Turn", "count_last_week", "last_week", "turn_of", "weeks_of"]

# Disjoint: a message counts under the first that fits. Also the names of the columns.
KINDS = ("understood", "unsure", "misunderstood", "corrected", "person")
PEOPLE = 10
_BEFORE, _AT_LEAST_BEFORE = 4, 2
# A turn is told when chance would bring one as large in less than one week in a hundred (two-sided), when it is of five points
# or more, and when both sides of it are counted on enough messages.
_Z, _POINTS, _MESSAGES, _EACH_SIDE = 2.576, 0.05, 50, 10


@dataclass(frozen=True)
class Turn:
    """The share that was not understood well (0 to 1), in the week and in those before it; ``worse`` or better."""

    language: str
    now: float
    before: float
    worse: bool


def last_week(now: dt.datetime) -> dt.date:
    """The Monday of the week that is over, by the clock of the municipality."""
    today = timezone.localdate(now)
    return today - dt.timedelta(days=today.weekday() + 7)


def _between(monday: dt.date) -> tuple[dt.datetime, dt.datetime]:
    zone = timezone.get_default_timezone()
    begins = dt.datetime.combine(monday, dt.time(), zone)
    return begins, dt.datetime.combine(monday + dt.timedelta(days=7), dt.time(), zone)


def count_last_week(now: dt.datetime) -> int:
    """Count the week before ``now``'s, once; returns for how many languages enough people wrote."""
    monday = last_week(now)
    if WeekCount.objects.filter(week=monday).exists():
        return 0
    begins, ends = _between(monday)
    counts, people = defaultdict(Counter), defaultdict(set)
    wrote = Message.objects.filter(author=Message.Author.RESIDENT, created_at__gte=begins, created_at__lt=ends)
    for conversation in Conversation.objects.filter(pk__in=wrote.values("conversation")).only("resident_id"):
        for message, result, following in read_messages(conversation, created_at__gte=begins, created_at__lt=ends):
            counts[message.language][sign_of(result, following).why or "understood"] += 1
            people[message.language].add(conversation.resident_id)
    enough = [tag for tag in counts if len(people[tag]) >= PEOPLE]
    rows = [WeekCount(week=monday, language=tag, **{kind: counts[tag][kind] for kind in KINDS}) for tag in enough]
    WeekCount.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        event("learning.week_counted", languages=len(rows))
    return len(rows)


def weeks_of(tag: str, until: dt.date, count: int = 12) -> list[WeekCount]:
    """The weeks of one language up to the one that begins on ``until``, the oldest first."""
    found = WeekCount.objects.filter(language=tag, week__lte=until).order_by("-week")[:count]
    return list(reversed(found))


def _sum(weeks: Sequence[WeekCount]) -> tuple[int, int]:
    """(messages, those not understood well)."""
    total = sum(getattr(week, kind) for week in weeks for kind in KINDS)
    return total, total - sum(week.understood for week in weeks)


def turn_of(weeks: Sequence[WeekCount]) -> Turn | None:
    """Whether the last of ``weeks`` differs from the four before it more than chance would: a test of two shares."""
    before = [week for week in weeks[:-1] if weeks[-1].week - week.week <= dt.timedelta(weeks=_BEFORE)] if weeks else []
    if len(before) < _AT_LEAST_BEFORE:
        return None
    (n, bad), (n0, bad0) = _sum(weeks[-1:]), _sum(before)
    if min(n, n0) < _MESSAGES or min(bad, n - bad, bad0, n0 - bad0) < _EACH_SIDE:
        return None
    share, share0, pooled = bad / n, bad0 / n0, (bad + bad0) / (n + n0)
    z = (share - share0) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / n0))
    if abs(z) < _Z or abs(share - share0) < _POINTS:
        return None
    return Turn(weeks[-1].language, share, share0, share > share0)
