"""What a transition tells the resident; on a phone that others read, nothing that shows a handover."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from bot.conversations.models import Conversation
from bot.conversations.outbox import Reply, from_key, post
from bot.neighbourhood.hours import promise_words
from bot.neighbourhood.teams import number_now
from bot.neighbourhood.when import day_words

from .models import Handover
from .states import first_due, is_late

__all__ = ["already", "reopened", "stored", "tell_unasked", "withdrawn"]

_DONE_DISCREET = "handover.stored_discreet"


def _when(handover: Handover, conversation: Conversation) -> str:
    """The promise in words; due times that nobody promised are not told."""
    now = timezone.now()
    promised = first_due(handover.team, now, handover.urgent)[1]
    return promise_words(handover.due_at if promised else None, now, conversation.language)


def _since(handover: Handover, conversation: Conversation) -> str:
    return day_words(handover.created_at, timezone.now(), conversation.language)


def stored(handover: Handover, conversation: Conversation) -> Reply:
    """The promise. Only for the transaction that stores ``handover``."""
    if conversation.resident.discreet:
        return from_key(conversation, _DONE_DISCREET)
    now, team = timezone.now(), handover.team.name
    if not first_due(handover.team, now, handover.urgent)[1]:
        return from_key(conversation, "handover.stored_when_unknown", team=team)
    values = {"team": team, "when": _when(handover, conversation)}
    number = number_now(handover.team, now)
    if handover.urgent and number:
        return from_key(conversation, "handover.stored_urgent_number", number=number, **values)
    return from_key(conversation, "handover.stored_urgent" if handover.urgent else "handover.stored", **values)


def already(handover: Handover, conversation: Conversation) -> Reply:
    """How the live handover stands, to somebody who asks again."""
    if conversation.resident.discreet:
        return from_key(conversation, "handover.status.discreet")
    team, since = handover.team.name, _since(handover, conversation)
    if handover.holder:
        return from_key(conversation, "handover.already_accepted", helper=handover.holder.first_name, team=team, since=since)
    if is_late(handover, timezone.now()):
        return _late_unread(handover, conversation)
    return from_key(conversation, "handover.already_open", team=team, since=since, when=_when(handover, conversation))


def _late_unread(handover: Handover, conversation: Conversation) -> Reply:
    number = number_now(handover.team, timezone.now())
    if number:
        return from_key(conversation, "handover.late_unread_number", number=number)
    return from_key(conversation, "handover.late_unread")


def withdrawn(conversation: Conversation, taken: Handover | None, dropped: bool) -> Reply:
    """After taking back a handover (``taken``), only a draft (``dropped``), or nothing at all."""
    if conversation.resident.discreet:
        return from_key(conversation, _DONE_DISCREET)
    if taken:
        return from_key(conversation, "handover.withdrawn", team=taken.team.name or settings.TEAM_NAME)
    return from_key(conversation, "handover.declined" if dropped else "handover.nothing_to_withdraw")


def tell_unasked(conversation: Conversation, key: str, **values: str) -> None:
    """A transition's own message; nothing on a phone that others read: that was promised."""
    if not conversation.resident.discreet:
        post(conversation, [from_key(conversation, key, **values)])


def reopened(handover: Handover, conversation: Conversation) -> None:
    """It waits for the team again, with a new promise."""
    when = _when(handover, conversation)
    tell_unasked(conversation, "handover.reopened", team=handover.team.name, when=when)
