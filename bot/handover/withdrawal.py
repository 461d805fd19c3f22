"""Taking back a request: without a reason, at any moment."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from bot.channels import attachments
from bot.conversations.models import Conversation, Drawer, Message
from bot.conversations.outbox import Reply, from_key

from . import notices
from .holds import end_hold
from .models import Draft, Handover, HandoverEvent
from .states import FREE, Kind, announce_desk, first_due, live_handover, record
from .transitions import lock_resident

__all__ = ["ask_for_other", "drop_draft", "withdraw"]


def drop_draft(conversation: Conversation) -> bool:
    """Delete the draft with what lies in the drawer and the open consent question. False when there was no draft."""
    dropped, _ = Draft.objects.filter(conversation=conversation).delete()
    Drawer.objects.filter(conversation=conversation).delete()
    if conversation.pending == "consent":
        conversation.pending = ""
        conversation.save(update_fields=["pending"])
    return bool(dropped)


@transaction.atomic
def withdraw(conversation: Conversation, message: Message) -> list[Reply]:
    """Drop the draft and take back the live handover, whichever there is; a repeat of ``message`` says the same.

    Without either it is about what was passed on before and has been closed: the desk could read that for a year.
    """
    lock_resident(conversation)
    conversation.refresh_from_db(fields=["pending", "held_by"])
    if before := _taken_before(conversation, message):
        return [notices.withdrawn(conversation, before, False)]
    live, dropped = live_handover(conversation.resident_id), drop_draft(conversation)
    taken = [live] if live else _closed(conversation) if not dropped else []
    for handover in taken:
        _take_back(handover, conversation, message)
    if not taken and not dropped:  # what was taken back before was passed on once: that nothing was would not be true
        taken = [before] if (before := _latest(conversation)) else []
    return [notices.withdrawn(conversation, taken[-1] if taken else None, dropped)]


def _latest(conversation: Conversation) -> Handover | None:
    return Handover.objects.filter(resident=conversation.resident_id).select_related("team", "holder").first()


def _closed(conversation: Conversation) -> list[Handover]:
    """The resident's, the newest last."""
    closed = Handover.objects.filter(resident=conversation.resident_id, state=Handover.State.CLOSED)
    return list(closed.select_related("team", "conversation__resident").order_by("closed_at"))


def _take_back(handover: Handover, conversation: Conversation, message: Message) -> None:
    """Nothing that was passed on stays readable. The resident's lock keeps it from being closed or opened again meanwhile."""
    Handover.objects.filter(pk=handover.pk).update(
        state=Handover.State.WITHDRAWN, wishes={}, receipt=[], closed_at=timezone.now(), waiting_since=None
    )
    handover.messages.clear()
    attachments.drop(handover.pk)
    record(handover, Kind.WITHDRAWN, note=str(message.pk))
    # The caller's own row where it is that one: what it holds must not be stale.
    end_hold(conversation if handover.conversation_id == conversation.pk else handover.conversation)
    announce_desk(handover)


@transaction.atomic
def ask_for_other(conversation: Conversation, message: Message) -> list[Reply]:
    """Somebody else, no reason asked: back to the team's list, the hold ended; a repeat of ``message`` says the same."""
    lock_resident(conversation)
    conversation.refresh_from_db(fields=["pending", "held_by"])
    live = live_handover(conversation.resident_id)
    if live is None:
        return [_nobody_to_change(conversation)]
    asked = (event.note for event in live.events.filter(kind=Kind.OTHER_HELPER))  # encrypted: nothing to filter by
    if str(message.pk) not in asked:
        due, _ = first_due(live.team, timezone.now(), live.urgent)
        let_go = sorted({*live.let_go, *({live.holder_id, live.second_id} - {None})})
        Handover.objects.filter(pk=live.pk).update(due_at=due, **{**FREE, "let_go": let_go})
        record(live, Kind.OTHER_HELPER, note=str(message.pk))
        end_hold(conversation if live.conversation_id == conversation.pk else live.conversation)
        announce_desk(live)
    return [from_key(conversation, "handover.stored_discreet" if conversation.resident.discreet else "handover.other_helper")]


def _nobody_to_change(conversation: Conversation) -> Reply:
    """Somebody else was wished where nothing is passed on any more: that it ended, or was taken back, or never was."""
    latest = None if conversation.resident.discreet else _latest(conversation)
    return notices.status(latest, conversation) if latest else notices.withdrawn(conversation, None, False)


def _taken_before(conversation: Conversation, message: Message) -> Handover | None:
    """The handover that this same message took back, before a worker died on it."""
    events = HandoverEvent.objects.filter(handover__resident=conversation.resident_id, kind=Kind.WITHDRAWN).select_related(
        "handover__team"
    )
    return next((event.handover for event in events if event.note == str(message.pk)), None)
