"""The list: who waits, what they wish, by when. No word of a resident and nothing to reach them by."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from bot.conversations.models import Message
from bot.handover import service
from bot.handover.models import Handover
from bot.handover.preview import Line, ticket_lines
from bot.neighbourhood.models import Helper
from bot.neighbourhood.when import promise_words

from .access import team_handovers
from .forms import ListChoice
from .words import LanguageName, moment, outcome_words, waited

__all__ = ["Row", "card_lines", "listing"]

State = Handover.State
_HELD = (State.ACCEPTED, State.CONTACTED, State.CONFIRMED)
_ORDER_BY = {"newest": "-created_at", "oldest": "created_at", "longest": "due_at"}
# Person first; a card has no words and no number, and nobody sees the wish for a stranger.
_ON_A_CARD = ("urgent", "language", "helper", "companion", "interpreter", "contact", "area")
_HIDDEN_WISHES = {"circle", "phone"}
_CLOSED_SHOWN = 100


@dataclass(frozen=True)
class Row:
    """One handover in the list."""

    handover: Handover
    language: LanguageName
    wishes: str
    area: str
    waited: str
    due: str
    late: bool
    ended: str
    standing: str


def card_lines(handover: Handover) -> list[Line]:
    """The ticket without words and without a number: language, wishes, area."""
    wishes = {slot: value for slot, value in handover.wishes.items() if slot not in _HIDDEN_WISHES}
    return sorted(ticket_lines(wishes, [], "nl"), key=lambda line: _ON_A_CARD.index(line.name))


def _row(handover: Handover, now: dt.datetime) -> Row:
    lines = {line.name: line.value for line in card_lines(handover)}
    # The ticket's own words answer a question there: "ja, graag een tolk".
    wishes = [lines[n].removeprefix("ja, ") for n in ("helper", "companion", "interpreter", "contact") if n in lines]
    live = handover.state in Handover.LIVE
    return Row(
        handover, LanguageName(handover.language), " · ".join(wishes), lines.get("area", ""),
        waited(handover.created_at, now), promise_words(handover.due_at, now, "nl") if live else "",
        service.is_late(handover, now), "" if live else _ended(handover, now), _standing(handover),
    )  # fmt: skip


def _ended(handover: Handover, now: dt.datetime) -> str:
    when = moment(handover.closed_at, now) if handover.closed_at else ""
    if handover.state == State.WITHDRAWN:
        return _("ingetrokken door de bewoner, %(when)s") % {"when": when}
    return f"{outcome_words(handover.outcome)}, {when}"


def _standing(handover: Handover) -> str:
    """What a held handover waits for."""
    if handover.state == State.ACCEPTED:
        return _("nog niet geschreven")
    if handover.state not in _HELD:
        return ""
    said = Message.objects.filter(conversation=handover.conversation_id).exclude(author=Message.Author.BOT)
    last = said.order_by("-position").values_list("author", flat=True).first()
    return _("de bewoner schreef: jij bent aan de beurt") if last == Message.Author.RESIDENT else _("wacht op de bewoner")


def _held(helper: Helper) -> QuerySet[Handover]:
    return team_handovers(helper).filter(state__in=_HELD)


def _found(choice: ListChoice, helper: Helper) -> list[Handover]:
    order = _ORDER_BY[choice.order]
    if choice.tab == "mine":
        return list(_held(helper).filter(holder=helper).order_by("-urgent", order))
    if choice.tab == "team" and helper.coordinator:
        return list(_held(helper).exclude(holder=helper).order_by("-urgent", order))
    if choice.tab == "closed":
        mine = team_handovers(helper).filter(holder=helper, state__in=(State.CLOSED, State.WITHDRAWN))
        order = order if order != "longest" else "-closed_at"
        return list(mine.order_by(order)[:_CLOSED_SHOWN])
    return service.waiting(helper, choice.order)


def _languages(found: list[Handover]) -> list[LanguageName]:
    names = [LanguageName(tag) for tag in {h.language for h in found}]
    return sorted((n for n in names if n.shared), key=lambda n: n.in_dutch)


def _tabs(helper: Helper, open_count: int) -> list[tuple[str, str, int | None]]:
    held = list(_held(helper).values_list("holder", flat=True))
    tabs = [("open", _("Open"), open_count), ("mine", _("Van mij"), held.count(helper.pk))]
    if helper.coordinator:
        tabs.append(("team", _("Bij collega's"), len(held) - held.count(helper.pk)))
    return [*tabs, ("closed", _("Afgesloten"), None)]


def listing(choice: ListChoice, helper: Helper) -> dict[str, Any]:
    """What the list page shows."""
    now, found = timezone.now(), _found(choice, helper)
    open_count = len(found) if choice.tab == "open" else len(service.waiting(helper))
    kept = [h for h in found if not choice.language or h.language == choice.language]
    kept = [h for h in kept if h.urgent or not choice.urgent]
    return {
        "choice": choice, "helper": helper, "rows": [_row(h, now) for h in kept], "hidden": len(found) - len(kept),
        "languages": _languages(found), "tabs": _tabs(helper, open_count), "open_count": open_count,
    }  # fmt: skip
