"""The Dutch summary of a handover for paper or the team's own system: person first, only what was agreed to."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from bot.handover import service
from bot.handover.models import Handover, HandoverEvent
from bot.handover.states import Kind, announce_desk, record
from bot.neighbourhood.models import Helper
from bot.neighbourhood.when import promise_words

from .intents import intent_words
from .words import language_name, moment, outcome_words

__all__ = ["left_out", "log_copy", "paper_of"]

_AGAIN_AFTER = dt.timedelta(minutes=10)
# Lines that every preview begins with: one that is missing was taken out.
_ALWAYS = {"language", "contact"}


def left_out(handover: Handover) -> bool:
    """Whether the resident took a line out of what was passed on; never which."""
    return bool(_ALWAYS - {name for name, *_rest in handover.receipt})


def log_copy(handover: Handover, helper: Helper) -> None:
    """Note that the summary was opened to print or copy, at most once in ten minutes."""
    since = timezone.now() - _AGAIN_AFTER
    if HandoverEvent.objects.filter(handover=handover, kind=Kind.COPIED, actor=helper.user, at__gt=since).exists():
        return
    record(handover, Kind.COPIED, helper.user)
    announce_desk(handover)


def _topics(handover: Handover) -> list[str]:
    """What it is about, as the computer understood the agreed messages; the last thing said first."""
    said = handover.messages.order_by("-position").values_list("intent", flat=True)
    return list(dict.fromkeys(words for intent in said if (words := intent_words(intent))))


def _helps(handover: Handover) -> str:
    if not handover.holder:
        return _("nog niemand")
    names = [handover.holder.first_name, *([handover.second.first_name] if handover.second else [])]
    return f"{', '.join(names)} ({handover.team.name})"


def _promised(handover: Handover, now: dt.datetime) -> str:
    if handover.state in (Handover.State.OPEN, Handover.State.ACCEPTED):
        return _("de bewoner hoort iets: %(when)s") % {"when": promise_words(handover.due_at, now, "nl")}
    if handover.state == Handover.State.CLOSED:
        return _("afgesloten: %(outcome)s") % {"outcome": outcome_words(handover.outcome)}
    return _("er is contact")


def paper_of(handover: Handover) -> list[tuple[str, str]]:
    """(label, value) in the order in which a colleague needs them."""
    now, lines = timezone.now(), {line.name: line.value for line in service.summary(handover)}
    language = language_name(handover.language)
    found = [
        (_("Waar het nu om gaat"), ", ".join(_topics(handover))),
        (_("Spoed"), _("ja") if handover.urgent else ""),
        (_("Taal"), language.in_dutch if language.shared else _("niet gedeeld")),
        (_("Liever met"), lines.get("helper", "")),
        (_("Komt mee"), lines.get("companion", "")),
        (_("Tolk"), lines.get("interpreter", "")),
        (_("Contact"), lines.get("contact", "")),
        (_("Nummer"), lines.get("phone", "")),
        (_("Buurt"), lines.get("area", "")),
        (_("Wie al helpt"), _helps(handover)),
        (_("In eigen woorden"), lines.get("words", "")),
        (_("Gevraagd op"), moment(handover.created_at, now)),
        (_("Beloofd"), _promised(handover, now)),
        (_("Weggelaten"), _("de bewoner liet iets weg; wat, is niet bekend") if left_out(handover) else ""),
    ]
    return [(label, value) for label, value in found if value]
