"""Counting people day by day, once, when a day is over: what is shown of a month never changes afterwards.

Looked at live, a number that goes from 12 to 13 between two looks would tell about the one who came; and retention takes
conversations away long before a year is over. So the counts are kept, and only months that are over are shown (``reach``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Min
from django.utils import timezone

from bot.conversations.models import Conversation, Message
from bot.handover.models import Handover, HandoverEvent
from bot.handover.states import Kind
from bot.handover.transitions import ENDED
from bot.handover.wishes import poster_area
from bot.learning.signs import read_messages, sign_of
from bot.neighbourhood.models import Helper, Team
from bot.neighbourhood.teams import pick_team

from .models import Tally, TallyDay

__all__ = ["FIRST_HUMAN", "count_day", "count_up_to"]

# Kept short of what a person would recognise themselves by; ``reach`` has the words.
FIRST_HUMAN = (("1h", dt.timedelta(hours=1)), ("4h", dt.timedelta(hours=4)), ("1d", dt.timedelta(days=1)),
               ("3d", dt.timedelta(days=3)))  # fmt: skip
# Lending and giving among people who know each other: a field of the self-check.
INFORMAL = ("family_loan", "celebration_costs", "remittance_to_family")
_LONGEST_BACK = dt.timedelta(days=400)
_ENDINGS = (Kind.CLOSED, Kind.WITHDRAWN, Kind.REOPENED)
_WRONG = ("misunderstood", "corrected")
_Counts = Counter[tuple[int, str, str]]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def _once_a_month(found: Iterable[Handover], earlier: set) -> Iterator[Handover]:
    """A person counts once a month."""
    seen = set(earlier)
    for handover in found:
        if handover.resident_id not in seen:
            seen.add(handover.resident_id)
            yield handover


def _of(field: str, begin: dt.datetime, end: dt.datetime, counted: Iterable[UUID] = (), **more) -> Iterator[Handover]:
    """The handovers whose ``field`` lies in the day, without people whom the month has counted already.

    ``counted`` are such people whose handover no longer says so.
    """
    month = _midnight(begin.date().replace(day=1))
    before = Handover.objects.filter(**{f"{field}__gte": month, f"{field}__lt": begin}, **more)
    found = Handover.objects.filter(**{f"{field}__gte": begin, f"{field}__lt": end}, **more).defer("receipt").order_by(field)
    yield from _once_a_month(found.select_related("holder"), {*counted, *before.values_list("resident", flat=True)})


def _door(handover: Handover) -> str:
    """What the first of the words that were passed on was about."""
    return handover.messages.order_by("position").values_list("intent", flat=True).first() or ""


def _came(begin: dt.datetime, end: dt.datetime) -> Iterator[tuple[int, str, str]]:
    for handover in _of("created_at", begin, end):
        yield handover.team_id, "language", handover.language
        yield handover.team_id, "area", handover.wishes.get("area", "")
        yield handover.team_id, "door", _door(handover)
        yield handover.team_id, "interpreter", "asked" if "interpreter" in handover.wishes else "not"
        loan = handover.messages.filter(intent__in=INFORMAL).exists()
        yield handover.team_id, "loan", "informal" if loan else "not"


def first_contact(handover: Handover) -> dt.datetime | None:
    """When a person first reached the resident: the first message of a helper, or a call that was answered."""
    for event in handover.events.filter(kind__in=(Kind.CONTACTED, Kind.ATTEMPT)).order_by("at", "id"):
        if event.kind == Kind.CONTACTED or json.loads(event.note)["reached"]:
            return event.at
    return None


def _how_soon(handover: Handover) -> str:
    reached = first_contact(handover)
    if reached is None:
        return "none"
    return next((name for name, limit in FIRST_HUMAN if reached - handover.created_at <= limit), "later")


def _ended_before(begin: dt.datetime) -> set[UUID]:
    """Whose handover had ended when an earlier day of the month was over, also where it was opened again or taken back since."""
    steps = HandoverEvent.objects.filter(kind__in=_ENDINGS, at__gte=_midnight(begin.date().replace(day=1)), at__lt=begin)
    last = {
        (pk, timezone.localdate(at)): (kind, resident)
        for pk, at, kind, resident in steps.order_by("at", "id").values_list("handover", "at", "kind", "handover__resident")
    }
    return {resident for kind, resident in last.values() if kind != Kind.REOPENED}


def _ended(begin: dt.datetime, end: dt.datetime) -> Iterator[tuple[int, str, str]]:
    for handover in _of("closed_at", begin, end, _ended_before(begin), state__in=ENDED):
        late = HandoverEvent.objects.filter(handover=handover, kind=Kind.LATE).exists()
        yield handover.team_id, "ending", handover.outcome if handover.state == Handover.State.CLOSED else handover.state
        yield handover.team_id, "first_human", _how_soon(handover)
        yield handover.team_id, "promise", "late" if late else "kept"
        if handover.holder:
            yield handover.team_id, "helper", Helper.Kind(handover.holder.kind).value


def _first_contacts(begin: dt.datetime, end: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """People who wrote for the first time this month, asking for a person or not, and whether they were understood that day.

    They count for the team that would read their request.
    """
    month = _midnight(begin.date().replace(day=1))
    seen = set(Conversation.objects.filter(created_at__gte=month, created_at__lt=begin).values_list("resident", flat=True))
    wrote = Message.objects.filter(author=Message.Author.RESIDENT, created_at__gte=begin, created_at__lt=end)
    began = Conversation.objects.filter(created_at__gte=begin, created_at__lt=end, pk__in=wrote.values("conversation"))
    for conversation in began.select_related("resident").order_by("created_at"):
        team = pick_team(conversation.resident.area or poster_area(conversation), conversation.created_at)
        if team is None or conversation.resident_id in seen:
            continue
        seen.add(conversation.resident_id)
        yield team.pk, "contact", conversation.language
        yield team.pk, "understood", "understood" if _was_understood(conversation, begin, end) else "misunderstood"


def _was_understood(conversation: Conversation, begin: dt.datetime, end: dt.datetime) -> bool:
    """No message of that day got the answer of somebody who did not understand, and none was put right afterwards."""
    said = read_messages(conversation, created_at__gte=begin, created_at__lt=end)
    return all(sign_of(result, following).why not in _WRONG for _, result, following in said)


def _scanned(begin: dt.datetime, end: dt.datetime) -> Iterator[tuple[int, str, str]]:
    """Chats that began at a poster or link with a neighbourhood in it."""
    teams = {area: team for team in Team.objects.order_by("-pk") for area in team.areas}
    for conversation in Conversation.objects.filter(created_at__gte=begin, created_at__lt=end).exclude(start_param=""):
        if team := teams.get(poster_area(conversation)):
            yield team.pk, "poster", conversation.start_param


@transaction.atomic
def count_day(day: dt.date) -> bool:
    """Add one day that is over to its month; False when that was done before."""
    try:
        with transaction.atomic():
            TallyDay.objects.create(day=day)
    except IntegrityError:
        return False
    begin, end = _midnight(day), _midnight(day + dt.timedelta(days=1))
    counts: _Counts = Counter(row for rows in (_came, _ended, _first_contacts, _scanned) for row in rows(begin, end))
    for (team, view, group), count in counts.items():
        kept, _ = Tally.objects.get_or_create(team_id=team, month=f"{day:%Y-%m}", view=view, group=group[:80])
        Tally.objects.filter(pk=kept.pk).update(count=F("count") + count)
    return True


def count_up_to(today: dt.date) -> int:
    """Every day before ``today`` that was not counted yet; returns how many."""
    last = TallyDay.objects.order_by("-day").values_list("day", flat=True).first()
    oldest = Conversation.objects.aggregate(at=Min("created_at"))["at"]
    if last is None and oldest is None:
        return 0
    day = last + dt.timedelta(days=1) if last else max(timezone.localdate(oldest), today - _LONGEST_BACK)
    days = [day + dt.timedelta(days=n) for n in range(max(0, (today - day).days))]
    return sum(map(count_day, days))
