"""One handover as its page shows it: how it stands, the ticket, the conversation, what happened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from bot.conversations import window
from bot.handover import service
from bot.handover.models import Handover, HandoverEvent
from bot.handover.preview import Line
from bot.handover.states import Kind
from bot.neighbourhood.models import Helper
from bot.neighbourhood.when import promise_words

from .access import sees_only_a_card, sees_the_talk
from .files import files_of
from .listing import card_lines
from .words import DELIVERY, EVENTS, OUTCOMES, LanguageName, moment, outcome_words, waited

__all__ = ["phase_of", "sheet"]

State = Handover.State
# Shown with the messages themselves, or said by the ticket.
_ELSEWHERE = {"words", "language", "urgent"}


@dataclass(frozen=True)
class Bubble:
    """A message in the conversation; ``said`` is the service's."""

    said: service.ThreadMessage
    at: str
    delivery: str


@dataclass(frozen=True)
class Step:
    """One line of what happened."""

    at: str
    who: str
    what: str
    note: str


def phase_of(handover: Handover, helper: Helper) -> str:
    """``open``, ``mine``, ``other`` (a colleague's), ``closed`` or ``withdrawn``: which actions a page offers."""
    if handover.state in (State.OPEN, State.CLOSED, State.WITHDRAWN):
        return handover.state
    return "mine" if handover.holder_id == helper.pk else "other"


def sheet(handover: Handover, helper: Helper) -> dict[str, Any]:
    """What the page of ``handover`` shows to ``helper``."""
    now, phase, card = timezone.now(), phase_of(handover, helper), sees_only_a_card(handover, helper)
    withdrawn = phase == "withdrawn"
    thread = [] if card or withdrawn else [_bubble(m, now) for m in service.thread(handover)]
    language = LanguageName(handover.language)
    return {
        "handover": handover, "helper": helper, "phase": phase, "card": card, "language": language,
        "standing": _standing(handover, phase, now), "late": service.is_late(handover, now),
        "lines": [] if withdrawn else _lines(handover, card), "words": [b for b in thread if b.said.consented],
        "talk": [b for b in thread if not b.said.consented] if sees_the_talk(handover, helper) else [],
        "can_talk": not withdrawn and sees_the_talk(handover, helper),
        "seen": _seen(handover, now) if phase in ("mine", "other") else "",
        "steps": _steps(handover, now, card, withdrawn), "colleagues": _colleagues(handover, helper, language),
        "window": _window(handover, now) if phase == "mine" else "",
        "outcomes": OUTCOMES, "files": files_of(handover, helper),
    }  # fmt: skip


def _bubble(message: service.ThreadMessage, now: dt.datetime) -> Bubble:
    delivery = DELIVERY.get(message.delivery, "") if message.author == "helper" else ""
    return Bubble(message, moment(message.at, now), str(delivery))


def _lines(handover: Handover, card: bool) -> list[Line]:
    found = card_lines(handover) if card else service.summary(handover)
    return [line for line in found if line.name not in _ELSEWHERE]


def _standing(handover: Handover, phase: str, now: dt.datetime) -> str:
    """How it stands, in one sentence."""
    who, due = handover.holder.first_name if handover.holder else "", promise_words(handover.due_at, now, "nl")
    if phase == "open":
        return _("Wacht op iemand van het team: %(waited)s. Reageren: %(due)s.") % {
            "waited": waited(handover.created_at, now), "due": due,
        }  # fmt: skip
    if phase == "closed":
        ended = {"who": who, "outcome": outcome_words(handover.outcome), "when": moment(handover.closed_at, now)}
        return _("Afgesloten door %(who)s, %(when)s: %(outcome)s.") % ended
    if phase == "withdrawn":
        return _("De bewoner heeft dit verzoek ingetrokken. Er is hier niets meer te lezen, en je hoeft niets te doen.")
    written = handover.state != State.ACCEPTED
    if phase == "other":
        return (_("%(who)s is in gesprek.") if written else _("%(who)s heeft dit aangenomen.")) % {"who": who}
    return _("Jij bent in gesprek.") if written else _("Jij hebt dit aangenomen. Schrijf: %(due)s.") % {"due": due}


def _window(handover: Handover, now: dt.datetime) -> str:
    """WhatsApp's 24 hours: until when an answer goes straight to the phone; empty on other channels."""
    conversation = handover.conversation
    if not window.has_window(conversation):
        return ""
    if window.is_open(conversation, now):
        until = timezone.localtime(conversation.window_until)
        day = _("vandaag") if until.date() == timezone.localtime(now).date() else _("morgen")
        return _("WhatsApp laat je antwoord door tot %(when)s.") % {"when": f"{day} {until:%H:%M}"}
    return _("De bewoner schreef al 24 uur niet. Je antwoord wacht tot de bewoner weer schrijft.")


def _seen(handover: Handover, now: dt.datetime) -> str:
    """When the resident last looked: only the web chat can tell."""
    conversation = handover.conversation
    if conversation.blocked_at:
        return _("De bewoner heeft de chat geblokkeerd: berichten komen daar niet aan.")
    if conversation.channel != conversation.Channel.WEBCHAT:
        return ""
    if conversation.seen_at is None:
        return _("De bewoner heeft nog niet gekeken.")
    return _("De bewoner keek het laatst: %(when)s.") % {"when": moment(conversation.seen_at, now)}


def _steps(handover: Handover, now: dt.datetime, card: bool, withdrawn: bool) -> list[Step]:
    """What happened, newest first; notes may repeat a resident's words and go with them."""
    if card:
        return []
    events = handover.events.exclude(kind=Kind.MESSAGE).select_related("actor__helper").order_by("-at", "-id")
    return [_step(event, now) for event in events if not (withdrawn and event.kind == Kind.NOTE)]


def _step(event: HandoverEvent, now: dt.datetime) -> Step:
    actor = getattr(event.actor, "helper", None)
    note = event.note if event.kind == Kind.NOTE else ""
    return Step(moment(event.at, now), actor.first_name if actor else "", str(EVENTS.get(event.kind, event.kind)), note)


def _colleagues(handover: Handover, helper: Helper, language: LanguageName) -> list[str]:
    """Who else of the team speaks the resident's language, when the helper does not."""
    if not language.shared or handover.language in helper.languages:
        return []
    others = Helper.objects.filter(team=helper.team_id).exclude(pk=helper.pk)
    return [h.first_name for h in others if handover.language in h.languages]
