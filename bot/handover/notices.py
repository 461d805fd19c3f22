"""What a transition tells the resident; on a phone that others read, nothing that shows a handover."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from bot.conversations.models import Conversation
from bot.conversations.outbox import Reply, from_key, post
from bot.neighbourhood.hours import promise_words
from bot.neighbourhood.teams import number_now
from bot.neighbourhood.when import day_words

from .models import Handover
from .states import Kind, first_due, is_late

__all__ = ["already", "follow_up", "late", "reopened", "status", "stored", "tell_unasked", "withdrawn"]

_CONTACT = (Kind.CONTACTED, Kind.MESSAGE, Kind.CONFIRMED)
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
    values = {"team": team, "when": _when(handover, conversation)}
    number = number_now(handover.team, now)
    if handover.urgent and number:  # also where no time is promised: the number is what helps today
        return from_key(conversation, "handover.stored_urgent_number", number=number, **values)
    if not first_due(handover.team, now, handover.urgent)[1]:
        return from_key(conversation, "handover.stored_when_unknown", team=team)
    return from_key(conversation, "handover.stored_urgent" if handover.urgent else "handover.stored", **values)


def already(handover: Handover, conversation: Conversation) -> Reply:
    """How the live handover stands, to somebody who asks again."""
    if conversation.resident.discreet:  # the same as after storing: it tells nothing, and offers no button that leads back here
        return from_key(conversation, _DONE_DISCREET)
    team, since = handover.team.name, _since(handover, conversation)
    if handover.holder:
        return from_key(conversation, "handover.already_accepted", helper=handover.holder.first_name, team=team, since=since)
    if is_late(handover, timezone.now()):
        return _late_unread(handover, conversation)
    return from_key(conversation, "handover.already_open", team=team, since=since, when=_when(handover, conversation))


def status(handover: Handover, conversation: Conversation) -> Reply:
    """How a handover stands, to "I have heard nothing yet"."""
    if handover.state == Handover.State.WITHDRAWN:
        return from_key(conversation, "handover.status.withdrawn", team=handover.team.name)
    if handover.state == Handover.State.CLOSED:
        return from_key(conversation, "handover.status.closed", date=_day(handover.closed_at, conversation))
    if handover.holder is None:
        if is_late(handover, timezone.now()):
            return _late_unread(handover, conversation)
        values = {"since": _since(handover, conversation), "when": _when(handover, conversation)}
        return from_key(conversation, "handover.status.open", team=handover.team.name, **values)
    who = {"helper": handover.holder.first_name, "team": handover.team.name}
    contacted = handover.events.filter(kind__in=_CONTACT).last()
    if contacted is None:
        return from_key(conversation, "handover.status.accepted", **who)
    return from_key(conversation, "handover.status.contacted", date=_day(contacted.at, conversation), **who)


def _day(at: datetime, conversation: Conversation) -> str:
    return day_words(at, timezone.now(), conversation.language)


def _late_unread(handover: Handover, conversation: Conversation) -> Reply:
    return _with_number(handover, conversation, "handover.late_unread")


def _with_number(handover: Handover, conversation: Conversation, key: str, **values: str) -> Reply:
    """With a number that answers now, where somebody checked one."""
    number = number_now(handover.team, timezone.now())
    return from_key(conversation, f"{key}_number", number=number, **values) if number else from_key(conversation, key, **values)


def late(handover: Handover, conversation: Conversation) -> None:
    """What was promised did not come, said unasked; not on a phone that others read."""
    if conversation.resident.discreet:
        return
    if handover.holder:
        key = "handover.late" if handover.state == Handover.State.ACCEPTED else "handover.late_answer"
        post(conversation, [_with_number(handover, conversation, key, helper=handover.holder.first_name)])
    else:
        post(conversation, [_late_unread(handover, conversation)])


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


def follow_up(handover: Handover, conversation: Conversation) -> None:
    """Whether the two have spoken: the buttons say about which request."""
    if not conversation.resident.discreet:
        post(conversation, [from_key(conversation, "handover.follow_up").about(handover=str(handover.pk))])


def reopened(handover: Handover, conversation: Conversation) -> None:
    """It waits for the team again, with a new promise."""
    when = _when(handover, conversation)
    tell_unasked(conversation, "handover.reopened", team=handover.team.name, when=when)
