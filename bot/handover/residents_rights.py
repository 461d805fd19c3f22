"""What a resident may always ask and what a crisis changes: hooks into the conversations room."""

from __future__ import annotations

from babel.lists import format_list
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key
from bot.language.catalogue import render
from bot.language.tags import babel_locale
from bot.language.wishes import read_about
from bot.neighbourhood.hours import due_at
from bot.neighbourhood.when import day_words

from . import notices
from .models import Draft, Handover, HandoverEvent
from .states import Kind, announce_desk, live_handover, record, waits_for_answer

__all__ = ["mark_urgent", "show_handovers", "status", "tell_desk_of_wipe", "who_reads"]


def show_handovers(conversation: Conversation, message: Message) -> list[Reply]:
    """What was passed on, to whom, who has read it and when; nothing on a phone that others read."""
    if conversation.resident.discreet:
        return []
    found = Handover.objects.filter(resident=conversation.resident_id).exclude(state=Handover.State.WITHDRAWN)
    return [reply for handover in found.select_related("team") for reply in _show(handover, conversation)]


def status(conversation: Conversation, message: Message) -> list[Reply]:
    """How the resident's latest handover stands, when ``message`` asks for it; empty when there never was one."""
    if read_about(message.text) != "status":
        return []
    latest = Handover.objects.filter(resident=conversation.resident_id).select_related("team", "holder").first()
    if latest is None:
        return []
    if conversation.resident.discreet:
        return [from_key(conversation, "handover.status.discreet")]
    return [notices.status(latest, conversation)]


def who_reads(conversation: Conversation, key: str) -> Reply | None:
    """In place of "nobody reads this now" while the desk shows what is written here; None where that is true.

    On a phone that others read one line that is true either way: a difference would tell of a request.
    """
    if key != "utter_ask_privacy":
        return None
    if conversation.resident.discreet:
        return from_key(conversation, "privacy.either")
    live = live_handover(conversation.resident_id)
    if live is None or live.conversation_id != conversation.pk:  # what is written in another app the desk does not see
        return None
    return from_key(conversation, "privacy.shared", team=live.team.name)


def _show(handover: Handover, conversation: Conversation) -> list[Reply]:
    since = day_words(handover.created_at, timezone.now(), conversation.language)
    head = from_key(conversation, "rights.show_handover", since=since, team=handover.team.name)
    body = "\n".join(f"{label}: {value}" for _, label, value in handover.receipt)
    readers = _readers(handover, conversation)
    read = from_key(conversation, "rights.show_who_read" if readers else "rights.show_nobody_read", readers=readers)
    return [Reply(f"{head.text}\n{body}", head.buttons, head.key, head.lang), read]


def _readers(handover: Handover, conversation: Conversation) -> str:
    """First name, team and day of each reading, every person once a day."""
    events = handover.events.filter(kind=Kind.READ).select_related("actor__helper__team")
    said = dict.fromkeys(_reader(event, conversation.language) for event in events)
    return format_list(list(said), locale=babel_locale(conversation.language)) if said else ""


def _reader(event: HandoverEvent, tag: str) -> str:
    helper = getattr(event.actor, "helper", None)
    name, team = (helper.first_name, helper.team.name) if helper else ("?", settings.TEAM_NAME)
    return render("rights.reader", tag, helper=name, team=team, day=day_words(event.at, timezone.now(), tag)).text


@transaction.atomic
def mark_urgent(conversation: Conversation, message: Message, kind: str) -> None:
    """A crisis in a message makes the live handover urgent and its time short; once per message."""
    Draft.objects.filter(conversation=conversation).update(urgent=True)
    handover = live_handover(conversation.resident_id)
    if handover is None or _marked(handover, message):
        return
    due = due_at(handover.team, timezone.now(), minutes=handover.team.urgent_minutes) or handover.due_at
    Handover.objects.filter(pk=handover.pk, state__in=Handover.LIVE).update(urgent=True)
    if not waits_for_answer(handover, timezone.now(), due):  # who is talking gets the short time for this message
        Handover.objects.filter(pk=handover.pk, due_at__gt=due).update(due_at=due)
    record(handover, Kind.URGENT, note=f"{message.pk} {kind}")
    announce_desk(handover)


def _marked(handover: Handover, message: Message) -> bool:
    events = handover.events.filter(kind=Kind.URGENT)
    return any(event.note.split()[0] == str(message.pk) for event in events)


def tell_desk_of_wipe(conversation: Conversation) -> None:
    """A page open at the desk must not go on showing what was wiped."""
    for handover in Handover.objects.filter(conversation=conversation.pk).only("pk"):
        announce_desk(handover)
