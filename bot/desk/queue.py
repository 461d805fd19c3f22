"""Which handovers a helper's list holds, by tab: decided on plain columns, so that a long queue stays quick.

Only what a page shows is decrypted; a filter on wishes or neighbourhood reads the wishes of its tab.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BooleanField, Case, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from bot.conversations.models import Message
from bot.handover import service
from bot.handover.models import Handover, HandoverEvent
from bot.handover.states import PROMISED, Kind
from bot.handover.transitions import HELD
from bot.neighbourhood.models import Helper

from .access import team_handovers
from .forms import ListChoice

__all__ = ["PAGE", "Light", "Queue", "chosen", "queue_of"]

State = Handover.State
PAGE = 50
_CLOSED_SHOWN = 100
_FEW = 200
_ORDERS = {"promise": "due_at", "newest": "-created_at", "oldest": "created_at"}
_MAY_CARRY_WISHES = ("helper_kind", "helper_gender", "helper_language", "contact_how", "companion", "interpreter")
# Of who holds it the list says the first name: reading all their hours for each row takes longer than the rest.
_OF_NO_USE = [f"{who}__{what}" for who in ("holder", "meant_for") for what in ("languages", "areas", "hours")]


class Light(NamedTuple):
    """A handover without anything encrypted; ``said_last``: who spoke last in a held one, the resident or a helper.

    Dates stay in the database, which sorts by them: two thousand of them take longer to read than all the rest.
    """

    pk: UUID
    state: str
    holder_id: int | None
    second_id: int | None
    meant_for_id: int | None
    urgent: bool
    language: str
    said_last: str | None
    is_late: bool

    @property
    def waits_for_resident(self) -> bool:
        return self.state in (State.CONTACTED, State.CONFIRMED) and self.said_last != Message.Author.RESIDENT


@dataclass(frozen=True)
class Queue:
    """The live handovers this helper may know of, in the order of the tabs."""

    tabs: dict[str, list[Light]]


def _said_last() -> Case:
    said = Message.objects.filter(conversation=OuterRef("conversation_id")).exclude(author=Message.Author.BOT)
    last = Subquery(said.order_by("-position").values("author")[:1])
    return Case(When(state__in=HELD, then=last), default=Value(""))


def _lights(found: QuerySet[Handover], *order: str) -> list[Light]:
    overdue = PROMISED & Q(due_at__lt=timezone.now())
    marked = found.annotate(said_last=_said_last(), is_late=ExpressionWrapper(overdue, BooleanField()))
    return list(map(Light._make, marked.order_by(*order).values_list(*Light._fields)))


def _blind_card_filter(helper: Helper, lights: list[Light]) -> list[Light]:
    """A wish for a worker or a stranger keeps key persons out; workers and coordinators see the whole team's."""
    if helper.kind == Helper.Kind.WORKER or helper.coordinator:
        return lights
    mine = team_handovers(helper).filter(pk__in=[x.pk for x in lights]).defer("receipt")
    mine = mine.exclude(pk__in=HandoverEvent.objects.filter(kind=Kind.MAY_KNOW, actor=helper.user_id).values("handover"))
    seen = {h.pk for h in mine if service.may_see(h, helper)}
    return [x for x in lights if x.pk in seen]


def queue_of(helper: Helper, choice: ListChoice) -> Queue:
    """Every tab with what is in it; ``late`` and ``urgent`` cross the others."""
    found = team_handovers(helper).select_related(None).filter(state__in=Handover.LIVE)
    if helper.kind == Helper.Kind.WORKER and not helper.coordinator:
        found = found.exclude(let_go__contains=[helper.pk])
    live = _blind_card_filter(helper, _lights(found, "-urgent", _ORDERS[choice.order]))
    free = [x for x in live if x.state == State.OPEN]
    mine = [x for x in live if x.state in HELD and helper.pk in (x.holder_id, x.second_id)]
    others = [x for x in live if x.state in HELD and helper.pk not in (x.holder_id, x.second_id)]
    key_person = helper.kind == Helper.Kind.KEY_PERSON and not helper.coordinator
    mine_to_know = free + mine + (others if helper.coordinator else [])
    tabs = {
        "open": free,
        "mine": mine,
        "waiting": [x for x in mine_to_know if x.waits_for_resident],
        "late": [x for x in mine_to_know if x.is_late],
        "urgent": [x for x in mine_to_know if x.urgent],
        "team": [] if key_person else others,
    }
    if choice.tab == "closed":
        ended = team_handovers(helper).filter(holder=helper, state__in=(State.CLOSED, State.WITHDRAWN))
        order = _ORDERS[choice.order] if choice.order != "promise" else "-closed_at"
        tabs["closed"] = _lights(ended, order)[:_CLOSED_SHOWN]
    return Queue(tabs)


def _wishing(found: Iterable[tuple[UUID, dict[str, Any]]], choice: ListChoice) -> set[UUID]:
    def fits(said: dict[str, Any]) -> bool:
        area = not choice.area or said.get("area") == choice.area
        # "interpreter" and "companion" are wished with the same word.
        asked = said.get(choice.wish) == "wanted" or choice.wish in {said.get(slot) for slot in _MAY_CARRY_WISHES}
        return area and (not choice.wish or asked)

    return {pk for pk, said in found if fits(said)}


def chosen(queue: Queue, choice: ListChoice, helper: Helper) -> tuple[list[Handover], list[Light], int]:
    """(this page's handovers in order, everything that fits, how many of the tab do not fit the filters)."""
    tab = queue.tabs.get(choice.tab, [])
    kept = [x for x in tab if (not choice.language or x.language == choice.language) and (x.urgent or not choice.urgent)]
    if choice.wish or choice.area:
        found = team_handovers(helper).select_related(None).filter(state__in={x.state for x in kept})
        if len(kept) <= _FEW:  # naming two thousand takes longer than reading all of the team's
            found = found.filter(pk__in=[x.pk for x in kept])
        fitting = _wishing(found.values_list("pk", "wishes"), choice)
        kept = [x for x in kept if x.pk in fitting]
    kept.sort(key=lambda x: x.meant_for_id != helper.pk)  # keeps the order otherwise
    start = (choice.page - 1) * PAGE
    shown = [x.pk for x in kept[start : start + PAGE]]
    rows = team_handovers(helper).filter(pk__in=shown).select_related(None).select_related("holder", "meant_for")
    rows = rows.defer("receipt", *_OF_NO_USE).in_bulk()
    return [rows[pk] for pk in shown if pk in rows], kept, len(tab) - len(kept)
