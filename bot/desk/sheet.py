"""One handover as its page shows it: how it stands, the ticket, the conversation, what happened."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from bot.conversations import window
from bot.handover import joining, service
from bot.handover.models import Handover, HandoverEvent
from bot.handover.preview import Line
from bot.handover.states import Kind
from bot.language.sources import load_phrases
from bot.neighbourhood.models import Helper
from bot.neighbourhood.teams import number_now, reading_teams
from bot.neighbourhood.when import promise_words

from .access import sees_only_a_card, sees_the_talk
from .files import files_of
from .intents import intent_words
from .listing import card_lines
from .notify import is_quiet
from .paper import left_out
from .phrases import answer_in_dutch, groups, said_in_dutch
from .tips import Tip, tips
from .translating import Said, readers, to_translate, translations
from .words import DELIVERY, EVENTS, OUTCOMES, WAYS, LanguageName, language_name, moment, outcome_words, waited

__all__ = ["on_call", "phase_of", "sheet"]

State = Handover.State
# Shown with the messages themselves, or said by the ticket.
_AUTHORS = {"helper": lazy("Team"), "bot": lazy("Computer"), "resident": lazy("Bewoner")}
_MARKS = {
    "withdrawn": lazy("[door de bewoner verwijderd]"), "media": lazy("[foto of bestand]"),
    "kept_back": lazy("[iets persoonlijks, aan de computer geschreven en niet gedeeld]"),
}  # fmt: skip
_ELSEWHERE = {"words", "language", "urgent"}
# Of a long conversation the last ones are shown first: each piece of news renders them again.
_LAST = 60


@dataclass(frozen=True)
class Bubble:
    """A message in the conversation; ``said`` is the service's. All words are ready: a page may show hundreds."""

    said: service.ThreadMessage
    author: str
    who: str
    text: str
    at: str
    delivery: str
    failed: str
    about: str
    language: LanguageName
    dutch: str
    translated: Said | None


@dataclass(frozen=True)
class Step:
    """One line of what happened."""

    at: str
    who: str
    what: str
    note: str


def phase_of(handover: Handover, helper: Helper) -> str:
    """Which actions a page offers: ``open``, ``mine``, ``second`` (joined a colleague), ``invited`` (may join now), ``other`` (a
    colleague's), ``closed`` or ``withdrawn``.
    """
    if handover.state in (State.OPEN, State.CLOSED, State.WITHDRAWN):
        return handover.state
    if handover.holder_id == helper.pk:
        return "mine"
    if handover.second_id == helper.pk:
        return "second"
    invited = handover.asked_second_id == helper.pk and joining.answer(handover)
    return "invited" if invited else "other"


def sheet(handover: Handover, helper: Helper, whole: bool = False) -> dict[str, Any]:
    """What the page of ``handover`` shows to ``helper``: the last messages, or the ``whole`` conversation."""
    now, phase, card = timezone.now(), phase_of(handover, helper), sees_only_a_card(handover, helper)
    withdrawn = phase == "withdrawn"
    translated = {} if card or withdrawn else translations(handover)
    messages = [] if card or withdrawn else service.thread(handover)
    agreed, talk = [m for m in messages if m.consented], [m for m in messages if not m.consented]
    talk = talk if sees_the_talk(handover, helper) else []
    last = talk if whole else talk[-_LAST:]
    words = [_bubble(m, handover, now, translated) for m in agreed]
    language = language_name(handover.language)
    return {
        "handover": handover, "helper": helper, "phase": phase, "card": card, "language": language,
        "standing": _standing(handover, phase, now), "late": service.is_late(handover, now),
        "lines": [] if withdrawn else _lines(handover, card), "words": words,
        "talk": [_bubble(m, handover, now, translated) for m in last], "earlier": len(talk) - len(last), "whole": whole,
        "said": sum(m.author == "resident" for m in talk),
        "can_talk": not withdrawn and sees_the_talk(handover, helper),
        "seen": _seen(handover, now) if phase in ("mine", "second", "invited", "other") else "",
        "about": _about(words), "left_out": not (card or withdrawn) and left_out(handover),
        "on_call": on_call(handover, now), "second": _second(handover), "may_write": phase in ("mine", "second"),
        **_whom(handover, helper, phase), "ways": WAYS, "tips": [] if card or withdrawn else _tips(handover, words),
        "phrase_groups": groups() if phase in ("mine", "second") else [],
        "reads": handover.language in {"nl", *helper.languages} or not language.shared,
        "steps": _steps(handover, helper, now, card, withdrawn),
        "colleagues": readers(handover, helper) if language.shared else [],
        "untranslated": to_translate(handover, helper, messages),
        "window": _window(handover, now) if phase == "mine" else "",
        "quiet": is_quiet(helper, now), "outcomes": OUTCOMES, "files": files_of(handover, helper),
    }  # fmt: skip


def _bubble(message: service.ThreadMessage, handover: Handover, now: dt.datetime, said: dict[int, Said]) -> Bubble:
    delivery = DELIVERY.get(_delivery(message, handover), "") if message.author == "helper" else ""
    about = intent_words(message.intent) if message.author == "resident" else ""
    mark = str(_MARKS.get(message.kind, ""))
    return Bubble(
        message, message.author, str(_AUTHORS[message.author]), f"{mark} {message.text}".strip() if mark else message.text,
        moment(message.at, now), str(delivery), " failed" if message.delivery == "failed" else "", about,
        language_name(message.language), _dutch(message), said.get(message.position),
    )  # fmt: skip


def _delivery(message: service.ThreadMessage, handover: Handover) -> str:
    """The provider's word; in the web chat, whether the resident has looked since."""
    conversation = handover.conversation
    if conversation.channel != conversation.Channel.WEBCHAT:
        return message.delivery
    return "seen" if conversation.seen_at and conversation.seen_at > message.at else "stored"


def _dutch(message: service.ThreadMessage) -> str:
    """What a phrase or a tapped answer says in Dutch; empty for words that somebody wrote."""
    if message.language == "nl":
        return ""
    if message.author == "helper" and message.key in load_phrases():
        return said_in_dutch(message.key)
    return answer_in_dutch(message.text, message.language) if message.kind == "tap" else ""


def _lines(handover: Handover, card: bool) -> list[Line]:
    found = card_lines(handover) if card else service.summary(handover)
    return [line for line in found if line.name not in _ELSEWHERE]


def _standing(handover: Handover, phase: str, now: dt.datetime) -> str:
    """How it stands, in one sentence."""
    who, due = handover.holder.first_name if handover.holder else "", promise_words(handover.due_at, now, "nl")
    if phase == "open" and handover.meant_for:
        return _("Overgedragen, en gevraagd aan %(name)s. Wie aanneemt, neemt het over. Reageren: %(due)s.") % {
            "name": handover.meant_for.first_name, "due": due,
        }  # fmt: skip
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
    if phase == "second":
        return _("Je doet mee in het gesprek van %(who)s.") % {"who": who}
    if phase in ("other", "invited"):
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


def _tips(handover: Handover, agreed: list[Bubble]) -> list[Tip]:
    return tips(handover, {b.said.intent for b in agreed})


def _about(agreed: list[Bubble]) -> list[str]:
    """What matters now, as the computer understood the agreed messages; the last thing said first."""
    return list(dict.fromkeys(b.about for b in reversed(agreed) if b.about))


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


def _steps(handover: Handover, helper: Helper, now: dt.datetime, card: bool, withdrawn: bool) -> list[Step]:
    """What happened, newest first; notes may repeat a resident's words and go with them."""
    if card:
        return []
    # Who asked for somebody else than whom is between the resident and the coordinator.
    hidden = (Kind.MESSAGE,) if helper.coordinator else (Kind.MESSAGE, Kind.OTHER_HELPER)
    events = handover.events.exclude(kind__in=hidden).select_related("actor__helper").order_by("-at", "-id")
    return [_step(event, now) for event in events if not (withdrawn and event.kind == Kind.NOTE)]


def _step(event: HandoverEvent, now: dt.datetime) -> Step:
    actor = getattr(event.actor, "helper", None)
    note, what = event.note if event.kind == Kind.NOTE else "", str(EVENTS.get(event.kind, event.kind))
    if event.kind == Kind.ATTEMPT:
        said = json.loads(event.note)
        what = f"{dict(WAYS)[said['way']]}: {_('bereikt') if said['reached'] else _('niet bereikt')}"
    elif event.kind in (Kind.HANDED_ON, Kind.ASKED_SECOND):
        what = f"{what}: {event.note}"
    return Step(moment(event.at, now), actor.first_name if actor else "", what, note)


def on_call(handover: Handover, now: dt.datetime) -> str:
    """Who is on call for an urgent one that still runs: name and number as far as they are known."""
    if not handover.urgent or handover.state not in Handover.LIVE:
        return ""
    who, number = handover.team.on_call, number_now(handover.team, now)
    who = who if who and who.active else None
    if who and number:
        return _("Dienst: %(name)s, %(number)s.") % {"name": who.first_name, "number": number}
    if who:
        return _("Dienst: %(name)s.") % {"name": who.first_name}
    return (
        _("Bel bij spoed: %(number)s.") % {"number": number}
        if number
        else _("Niemand is ingevuld voor spoed. Zeg het de coördinator.")
    )


def _second(handover: Handover) -> dict[str, Any]:
    """How it stands with a second person: who joined or was asked, and the answer."""
    asked = handover.asked_second
    return {
        "joined": handover.second, "asked": asked,
        "answer": joining.answer(handover) if asked else None,
    }  # fmt: skip


def _whom(handover: Handover, helper: Helper, phase: str) -> dict[str, Any]:
    """To whom it can be handed on, and who may be asked to join."""
    if phase not in ("mine", "open", "other", "invited") or not (phase == "mine" or helper.coordinator):
        return {"others": [], "teams": []}
    team = Helper.objects.filter(team=helper.team_id, active=True).exclude(pk__in=[helper.pk, handover.holder_id or 0])
    return {
        "others": [h for h in team.order_by("first_name") if service.may_see(handover, h)],
        "teams": list(reading_teams().exclude(pk=handover.team_id).order_by("name")),
    }  # fmt: skip
