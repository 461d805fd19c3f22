"""The list: who waits, what they wish, by when. No word of a resident and nothing to reach them by."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from bot.handover import service
from bot.handover.models import Handover
from bot.handover.preview import Line, ticket_lines
from bot.handover.transitions import HELD
from bot.neighbourhood.models import Helper
from bot.neighbourhood.when import promise_words

from .forms import ListChoice
from .notify import is_quiet
from .queue import PAGE, Light, Queue, chosen, queue_of
from .words import WISHES, LanguageName, language_name, moment, outcome_words, waited

__all__ = ["Row", "card_lines", "listing"]

State = Handover.State
# Person first; a card has no words and no number, and nobody sees the wish for a stranger.
_ON_A_CARD = ("urgent", "language", "helper", "companion", "interpreter", "contact", "area")
_TOLD = 50
_HIDDEN_WISHES = {"circle", "phone", "told", "files"}


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


def _row(handover: Handover, light: Light, helper: Helper, now: dt.datetime) -> Row:
    lines = {line.name: line.value for line in card_lines(handover)}
    # The ticket's own words answer a question there: "ja, graag een tolk".
    wishes = [lines[n].removeprefix("ja, ") for n in ("helper", "companion", "interpreter", "contact") if n in lines]
    live = handover.state in Handover.LIVE
    return Row(
        handover, language_name(handover.language), " · ".join(wishes), lines.get("area", ""),
        waited(handover.created_at, now), promise_words(handover.due_at, now, "nl") if live else "",
        service.is_late(handover, now), "" if live else _ended(handover, now), _standing(handover, light, helper),
    )  # fmt: skip


def _ended(handover: Handover, now: dt.datetime) -> str:
    when = moment(handover.closed_at, now) if handover.closed_at else ""
    if handover.state == State.WITHDRAWN:
        return _("ingetrokken door de bewoner, %(when)s") % {"when": when}
    return f"{outcome_words(handover.outcome)}, {when}"


def _standing(handover: Handover, light: Light, helper: Helper) -> str:
    """What a handover waits for; empty for an open one that is for the whole team."""
    if handover.state == State.OPEN and handover.meant_for:
        mine = handover.meant_for_id == helper.pk
        return _("jou gevraagd") if mine else _("gevraagd: %(name)s") % {"name": handover.meant_for.first_name}
    if handover.state == State.ACCEPTED:
        return _("nog niet geschreven")
    if handover.state not in HELD:
        return ""
    if light.waits_for_resident:
        return _("wacht op de bewoner")
    if helper.pk in (handover.holder_id, handover.second_id):
        return _("de bewoner schreef: jij bent aan de beurt")
    return _("de bewoner schreef")


def _languages(found: list[Light]) -> list[LanguageName]:
    names = [language_name(tag) for tag in {x.language for x in found}]
    return sorted((n for n in names if n.shared), key=lambda n: n.in_dutch)


def _tabs(queue: Queue, helper: Helper) -> list[tuple[str, str, int | None]]:
    names = [
        ("open", _("Open")), ("mine", _("Van mij")), ("waiting", _("Wacht op bewoner")), ("late", _("Te laat")),
        ("urgent", _("Spoed")),
    ]  # fmt: skip
    if helper.kind == Helper.Kind.WORKER or helper.coordinator:
        names.append(("team", _("Bij collega's")))
    counted = [(name, title, len(queue.tabs[name])) for name, title in names]
    return [*counted, ("closed", _("Afgesloten"), None)]


def _told(helper: Helper, now: dt.datetime) -> list[tuple[LanguageName, str]]:
    """(language, how it ended) of what a key person was told with the resident's yes; it leads nowhere."""
    found = Handover.objects.filter(outcome_for=helper, state=State.CLOSED).exclude(holder=helper).order_by("-closed_at")
    return [(language_name(handover.language), _ended(handover, now)) for handover in found[:_TOLD]]


def listing(choice: ListChoice, helper: Helper) -> dict[str, Any]:
    """What the list page shows."""
    now, queue = timezone.now(), queue_of(helper, choice)
    shown, kept, hidden = chosen(queue, choice, helper)
    lights = {x.pk: x for x in kept}
    last = choice.page * PAGE
    return {
        "choice": choice, "helper": helper, "rows": [_row(h, lights[h.pk], helper, now) for h in shown], "hidden": hidden,
        "languages": _languages(queue.tabs.get(choice.tab, [])), "tabs": _tabs(queue, helper), "wishes": WISHES,
        "areas": helper.team.areas, "open_count": len(queue.tabs["open"]), "more": len(kept) > last,
        "told": _told(helper, now) if choice.tab == "closed" else [],
        "quiet": is_quiet(helper, now), "total": len(kept), "first": last - PAGE + 1, "last": min(last, len(kept)),
    }  # fmt: skip
