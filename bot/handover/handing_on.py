"""Handing a handover on, to a colleague or to another team, and a key person's "I may know this person".

A colleague is asked, not assigned: until they accept, it waits with the whole team. The resident is always told and
may say no; where nothing can be told now (others read the phone, WhatsApp's window is closed, they blocked us), another team
does not get it.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bot.conversations.window import is_open
from bot.neighbourhood.models import Helper, Team

from . import notices
from .exceptions import CannotTell, Closed, NotForYou, NotHolder, Stale
from .holds import end_hold
from .models import Handover
from .states import FREE, Kind, first_due
from .transitions import ENDED, HELD, get_handover, lock_conversation, may_see, move, note_down

__all__ = ["has_stepped_back", "may_know", "to_colleague", "to_team"]


def _by_holder(handover_id: UUID, helper: Helper) -> Handover:
    """The holder hands on; the coordinator also what a colleague holds or nobody has taken."""
    before = get_handover(handover_id, helper)
    if before.state in ENDED:
        raise Closed
    if before.holder_id != helper.pk and not helper.coordinator:
        raise NotHolder
    return before


@transaction.atomic
def to_colleague(handover_id: UUID, helper: Helper, colleague: Helper) -> Handover:
    """Ask a colleague of the same team to take it over; twice is once.

    Raises NotForYou when the colleague may not see it, NotHolder, Stale or Closed.
    """
    conversation = lock_conversation(handover_id)
    if _is_asked(handover_id, colleague, helper):
        return get_handover(handover_id)
    before = _by_holder(handover_id, helper)
    if not colleague.active or colleague.pk == before.holder_id or not may_see(before, colleague):
        raise NotForYou
    due, _ = first_due(before.team, timezone.now(), before.urgent)
    handover = move(handover_id, (*HELD, before.state), before.holder, **{**FREE, "meant_for": colleague, "due_at": due})
    note_down(handover, Kind.HANDED_ON, helper, colleague.first_name)
    end_hold(conversation)
    notices.tell_unasked(conversation, "handover.handed_on", helper=colleague.first_name, team=handover.team.name)
    return handover


def _is_asked(handover_id: UUID, colleague: Helper, helper: Helper) -> bool:
    """The first of two clicks did it: the last thing that happened."""
    handover = get_handover(handover_id)
    last = handover.events.exclude(kind__in=(Kind.READ, Kind.NOTE, Kind.MESSAGE)).last()
    done = last is not None and (last.kind, last.actor_id) == (Kind.HANDED_ON, helper.user_id)
    return done and handover.meant_for_id == colleague.pk


@transaction.atomic
def to_team(handover_id: UUID, helper: Helper, team: Team) -> Handover:
    """Hand it on to another team: the resident is told at once who reads it from now on, and may say no.

    Raises CannotTell where they would not read it now, NotHolder, Stale or Closed.
    """
    conversation = lock_conversation(handover_id)
    before = _by_holder(handover_id, helper)
    if conversation.resident.discreet or conversation.blocked_at or not is_open(conversation):
        raise CannotTell
    if team.pk == before.team_id:
        raise Stale
    due, _ = first_due(team, timezone.now(), before.urgent)
    handover = move(handover_id, (*HELD, before.state), before.holder, team=team, due_at=due, **FREE)
    note_down(handover, Kind.HANDED_ON, helper, team.name)
    end_hold(conversation)
    notices.tell_unasked(conversation, "handover.handed_on_team", team=team.name)
    return handover


@transaction.atomic
def may_know(handover_id: UUID, helper: Helper) -> Handover:
    """A key person may know the resident: it is gone from their list, no reason asked, no word seen. Twice is once.

    Raises Stale when they hold it already, NotForYou or Closed.
    """
    lock_conversation(handover_id)
    handover = get_handover(handover_id, helper)
    if has_stepped_back(handover, helper):
        return handover
    if handover.state in ENDED:
        raise Closed
    if helper.pk in (handover.holder_id, handover.second_id):
        raise Stale
    Handover.objects.filter(pk=handover_id, meant_for=helper).update(meant_for=None)
    note_down(handover, Kind.MAY_KNOW, helper)
    return get_handover(handover_id)


def has_stepped_back(handover: Handover, helper: Helper) -> bool:
    """Whether this helper said that they may know the resident."""
    return handover.events.filter(kind=Kind.MAY_KNOW, actor=helper.user_id).exists()
