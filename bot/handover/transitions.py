"""How a handover's state changes: one UPDATE on the old state, whose count is checked, under the conversation's lock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bot.conversations.models import Conversation
from bot.neighbourhood.models import Helper

from .exceptions import Closed, NotForYou, NotHolder, Stale
from .models import Handover
from .states import announce_desk, record

__all__ = ["ENDED", "HELD", "get_handover", "get_held", "lock_conversation", "lock_resident", "may_see", "move", "note_down"]

HELD = (Handover.State.ACCEPTED, Handover.State.CONTACTED, Handover.State.CONFIRMED)
ENDED = (Handover.State.CLOSED, Handover.State.WITHDRAWN)


def lock_conversation(handover_id: UUID) -> Conversation:
    """The conversation's row first, in every transition: storing, withdrawing and wiping take the same order."""
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("resident")
    conversation = rows.filter(handovers=handover_id).first()
    if conversation is None:  # wiped by the resident
        raise Closed
    return conversation


def lock_resident(conversation: Conversation) -> None:
    """Every conversation of this resident, in one order: who is on two channels does one thing after the other."""
    rows = Conversation.objects.select_for_update().filter(resident=conversation.resident_id).order_by("pk")
    list(rows.values_list("pk"))


def may_see(handover: Handover, helper: Helper) -> bool:
    """The team the resident said yes to; a wish for a worker, or for a stranger, keeps key persons out.

    In whose place the resident wished somebody else sees nothing more of it, unless they coordinate.
    """
    if helper.team_id != handover.team_id:
        return False
    if helper.pk in handover.let_go and not helper.coordinator:
        return False
    if helper.kind == Helper.Kind.WORKER or helper.coordinator or helper.pk in (handover.holder_id, handover.second_id):
        return True
    return handover.wishes.get("circle") != "outside" and handover.wishes.get("helper_kind") != "worker"


def get_handover(handover_id: UUID, helper: Helper | None = None) -> Handover:
    """Raises Closed when it was wiped, NotForYou when ``helper`` is given and may not see it."""
    handover = Handover.objects.select_related("team", "holder").filter(pk=handover_id).first()
    if handover is None:
        raise Closed
    if helper and not may_see(handover, helper):
        raise NotForYou
    return handover


def get_held(handover_id: UUID, helper: Helper, second: bool = True) -> Handover:
    """Only for its holder and, with ``second``, the person whom the resident let in. Raises Closed or NotHolder."""
    handover = get_handover(handover_id)
    if handover.state in ENDED:
        raise Closed
    if helper.pk not in (handover.holder_id, handover.second_id if second else None):
        raise NotHolder
    return handover


def move(handover_id: UUID, old: tuple[str, ...], held_by: Helper | None, **changes: Any) -> Handover:
    """One transition by an UPDATE on the old state and holder; else the error that says why not."""
    moved = Handover.objects.filter(pk=handover_id, state__in=old, holder=held_by).update(**changes)
    handover = get_handover(handover_id)
    if moved:
        return handover
    if handover.state in ENDED:
        raise Closed
    raise NotHolder if held_by and handover.holder_id != held_by.pk else Stale


def note_down(handover: Handover, kind: str, helper: Helper, text: str = "") -> None:
    record(handover, kind, helper.user, text)
    announce_desk(handover)
