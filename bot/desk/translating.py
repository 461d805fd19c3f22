"""A colleague who reads the language writes beside a message what it says in Dutch: inside the desk, after the resident's yes.

Who holds the chat was let in by accepting, a second person by the resident's yes; nobody else translates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q

from bot.conversations.models import Message
from bot.handover import service
from bot.handover.models import Handover
from bot.handover.states import announce_desk
from bot.handover.transitions import HELD
from bot.neighbourhood.models import Helper
from bot.privacy.mask import clean, mask

from .models import Translation

__all__ = ["Said", "may_translate", "readers", "to_translate", "translate", "translations"]

_MOST = 10
_MAX_CHARS = 4000


@dataclass(frozen=True)
class Said:
    """A translation as the conversation shows it."""

    text: str
    by: str


def may_translate(handover: Handover, helper: Helper) -> bool:
    """Whether this helper is in the conversation and reads its language."""
    inside = handover.state in HELD and helper.pk in (handover.holder_id, handover.second_id)
    return inside and handover.language != "nl" and handover.language in helper.languages


def readers(handover: Handover, helper: Helper) -> list[Helper]:
    """Colleagues who read the resident's language, may see the handover, and are asked when ``helper`` does not read it."""
    if handover.language in ("nl", "und", *helper.languages):
        return []
    team = Helper.objects.filter(team=handover.team_id, active=True).exclude(pk=helper.pk).order_by("first_name")
    return [h for h in team if handover.language in h.languages and service.may_see(handover, h)]


def translations(handover: Handover) -> dict[int, Said]:
    """By position; not of a message that was changed or taken back since."""
    found = Translation.objects.filter(handover=handover, message__withdrawn_at=None).select_related("author", "message")
    found = found.filter(Q(message__edited_at=None) | Q(at__gt=F("message__edited_at")))
    return {t.message.position: Said(t.text, t.author.first_name if t.author else "") for t in found}


def to_translate(handover: Handover, helper: Helper, thread: Iterable[service.ThreadMessage]) -> list[service.ThreadMessage]:
    """The newest in ``thread`` that the resident wrote and nobody translated, the last one last; none for who may not."""
    return _untranslated(handover, helper, thread)[-_MOST:]


def _untranslated(handover: Handover, helper: Helper, thread: Iterable[service.ThreadMessage]) -> list[service.ThreadMessage]:
    if not may_translate(handover, helper):
        return []
    done = translations(handover)
    found = (m for m in thread if m.author == "resident" and m.kind == "text" and m.text)
    return [m for m in found if m.language != "nl" and m.position not in done]


@transaction.atomic
def translate(handover: Handover, helper: Helper, texts: Mapping[int, str]) -> tuple[int, list[str]]:
    """Keep translations (position to Dutch); empty ones and those of messages that are not to be seen are passed over.

    Masked like every text that is stored. Returns how many were kept, and the texts where a colleague was earlier: theirs stays.
    Also what a page no longer offers is kept: more may have been written while somebody typed.
    """
    masked = {position: mask(clean(text, _MAX_CHARS).strip()).text for position, text in texts.items()}
    done = translations(handover)
    late = [text for position, text in masked.items() if text and position in done and done[position].text != text]
    visible = {m.position for m in _untranslated(handover, helper, service.thread(handover))}
    wanted = {position: text for position, text in masked.items() if text and position in visible}
    for message in Message.objects.filter(conversation=handover.conversation_id, position__in=wanted):
        kept = {"handover": handover, "text": wanted[message.position], "author": helper}
        Translation.objects.update_or_create(message=message, defaults=kept)
    if wanted:
        announce_desk(handover)
    return len(wanted), late
