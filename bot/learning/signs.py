"""What shows that a message was not understood well: the reading itself, and what the resident did next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.conversations.models import Conversation, Message, TurnResult
from bot.conversations.payloads import parse_payload

from .data_checks import intents
from .models import Sample

__all__ = ["FOLLOWS_WITHIN", "UNSURE_BELOW", "Sign", "read_messages", "sign_of"]

Why = Sample.Why
UNSURE_BELOW = 0.5
FALLBACK = "nlu_fallback"
_ASKED_BACK = {"utter_ask_rephrase", "utter_two_misses"}
# What comes later answers something else.
FOLLOWS_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Sign:
    """Why a message is worth a look (empty: it was understood), and the intent that the resident chose instead."""

    why: str = ""
    proposal: str = ""


def _tapped(message: Message) -> str:
    name, _ = parse_payload(message.payload) if message.kind == Message.Kind.TAP else ("", {})
    return name if name in intents() else ""


def sign_of(result: TurnResult, following: Message | None) -> Sign:
    """``following`` is the resident's next message, where it came soon."""
    asked_back = result.intent == FALLBACK or any(reply["key"] in _ASKED_BACK for reply in result.replies)
    if following is not None:
        tapped = _tapped(following)
        wants_person = "want_human" in (tapped, following.intent)
        if wants_person and result.intent != "want_human" and (asked_back or not tapped):
            return Sign(Why.PERSON)
        if asked_back and tapped and tapped != "help":
            return Sign(Why.CORRECTED, tapped)
        if following.intent == "change_language":
            return Sign(Why.CORRECTED)
    if asked_back:
        return Sign(Why.MISUNDERSTOOD)
    return Sign(Why.UNSURE if (result.confidence or 0.0) < UNSURE_BELOW else "")


def read_messages(conversation: Conversation, **within: object) -> Iterator[tuple[Message, TurnResult, Message | None]]:
    """The typed messages of a resident that a model has read, each with what they did next; ``within`` are look-ups."""
    own = conversation.messages.filter(author=Message.Author.RESIDENT)
    read = own.filter(kind=Message.Kind.TEXT, turn_result__confidence__isnull=False, **within)
    later = list(own.defer("text").order_by("position"))
    for message in read.select_related("turn_result").order_by("position"):
        following = next((m for m in later if m.position > message.position), None)
        soon = following and following.created_at - message.created_at <= FOLLOWS_WITHIN
        yield message, message.turn_result, following if soon else None
