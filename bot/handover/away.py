"""An ordinary message outside the helper's hours: answered once, so that nobody waits in the dark."""

from __future__ import annotations

from django.utils import timezone

from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key
from bot.conversations.payloads import parse_payload
from bot.neighbourhood.hours import is_open, openings, presences
from bot.neighbourhood.teams import number_now
from bot.neighbourhood.when import moment_words
from bot.safety import read_answer

from . import notices
from .residents_rights import mark_urgent
from .states import announce_desk, live_handover, waits_for_answer

__all__ = ["helper_away"]

_KEYS = ("handover.helper_away", "handover.helper_away_number")


def helper_away(conversation: Conversation, message: Message) -> list[Reply]:
    """When the helper is there again, once since the helper last wrote; nothing within hours or where others read.

    Who is away for longer than anybody looks ahead gets no time: how it stands is said, with the offer of somebody else.
    Who asks for somebody now is heard: the handover becomes urgent, and how it stands is said.
    """
    live = live_handover(conversation.resident_id)
    now = timezone.now()
    if live and parse_payload(message.payload)[0] == "want_human":
        mark_urgent(conversation, message, "asked")
        return [notices.already(live, conversation)]
    if live and _wants_an_answer(conversation, message) and waits_for_answer(live, now):
        announce_desk(live)
    if live is None or conversation.resident.discreet or is_open(live.team, now) or _said_already(conversation, *_KEYS):
        return []
    today = timezone.localdate(now)
    if not any(day.opens > now for day in openings(live.team, today)):
        return []
    days = presences(live.holder, today) if live.holder else openings(live.team, today)
    following = next((day for day in days if day.opens > now), None)
    if following is None:
        stands = notices.already(live, conversation)
        return [] if _said_already(conversation, stands.key) else [stands]
    values = {"helper": conversation.held_by, "when": moment_words(following.opens, now, conversation.language)}
    if number := number_now(live.team, now):
        return [from_key(conversation, "handover.helper_away_number", number=number, **values)]
    return [from_key(conversation, "handover.helper_away", **values)]


def _wants_an_answer(conversation: Conversation, message: Message) -> bool:
    """Words or a file; a tap, a bare yes and a bare no end an exchange as often as not."""
    return message.kind != Message.Kind.TAP and read_answer(message.text, conversation.language) is None


def _said_already(conversation: Conversation, *keys: str) -> bool:
    written = conversation.messages.filter(author=Message.Author.HELPER).order_by("-position").values_list("position", flat=True)
    return conversation.messages.filter(key__in=keys, position__gt=written.first() or 0).exists()
