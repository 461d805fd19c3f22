"""What a helper does with a handover. Every function raises HandoverError's children and then has changed nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key, post
from bot.language.identify import identify
from bot.neighbourhood.models import Helper
from bot.privacy.mask import clean, mask

from . import notices
from .endings import close, hand_back, reopen
from .exceptions import Closed, EmptyText
from .holds import start_hold
from .models import Handover, HandoverEvent
from .reading import ThreadMessage, log_reading, summary, thread
from .states import Kind, announce_desk, first_due, is_late, record
from .transitions import HELD, get_handover, get_held, lock_conversation, may_see, move, note_down

__all__ = [
    "ThreadMessage", "accept", "close", "hand_back", "is_late", "log_reading", "may_see", "note", "reopen", "summary", "thread",
    "waiting", "write", "write_phrase",
]  # fmt: skip

State = Handover.State
_ORDERS = {"newest": "-created_at", "oldest": "created_at", "longest": "due_at"}
_MAX_CHARS = 4000


def waiting(helper: Helper, order: str = "newest") -> list[Handover]:
    """Handovers of the helper's team that nobody holds, urgent ones first; ``longest``: most overdue first.

    A wish for a worker, or for somebody who does not know the resident, only filters: key persons do not get it.
    """
    found = Handover.objects.filter(team=helper.team_id, state=State.OPEN, holder=None).select_related("team")
    return [h for h in found.order_by("-urgent", _ORDERS[order]) if may_see(h, helper)]


@transaction.atomic
def accept(handover_id: UUID, helper: Helper) -> Handover:
    """Take a waiting handover; twice by the same helper is once.

    Raises Stale when somebody else has it, NotForYou or Closed.
    """
    conversation, handover = lock_conversation(handover_id), get_handover(handover_id, helper)
    if handover.holder_id == helper.pk and handover.state in HELD:
        return handover
    now = timezone.now()
    due, _ = first_due(handover.team, now, handover.urgent)
    handover = move(
        handover_id, (State.OPEN,), None, state=State.ACCEPTED, holder=helper, accepted_at=now, due_at=due, meant_for=None
    )
    note_down(handover, Kind.ACCEPTED, helper)
    who = {"helper": helper.first_name, "team": handover.team.name}
    notices.tell_unasked(conversation, "handover.accepted", **who)
    return handover


def write(handover_id: UUID, helper: Helper, text: str, client_id: str | None = None) -> Message:
    """Say something to the resident; the first message starts the hold. A repeated ``client_id`` returns the first message.

    Raises EmptyText, NotHolder or Closed.
    """
    text = clean(text, _MAX_CHARS).strip()
    if not text:
        raise EmptyText
    return _say(handover_id, helper, lambda talk: Reply(text, lang=_language(text, talk)), client_id)


def write_phrase(
    handover_id: UUID, helper: Helper, key: str, values: Callable[[str], dict[str, str]], client_id: str | None = None
) -> Message:
    """Say a phrase in the resident's language, with its answer buttons; ``values`` gives the placeholders for a language.

    Raises NotHolder, Closed, or the catalogue's UnknownKey and KeyError.
    """
    return _say(handover_id, helper, lambda talk: from_key(talk, key, **values(talk.language)), client_id)


@transaction.atomic
def _say(handover_id: UUID, helper: Helper, make: Callable[[Conversation], Reply], client_id: str | None) -> Message:
    conversation, handover = lock_conversation(handover_id), get_held(handover_id, helper)
    if client_id and (before := _written(handover, client_id)):
        return before
    if Handover.objects.filter(pk=handover.pk, state=State.ACCEPTED).update(state=State.CONTACTED):
        note_down(handover, Kind.CONTACTED, helper)
    Handover.objects.filter(pk=handover.pk).update(waiting_since=None)
    if handover.holder_id == helper.pk or not conversation.held_by:  # a second person does not take the hold over
        start_hold(conversation, helper.first_name)
    message = post(conversation, [replace(make(conversation), author=Message.Author.HELPER)])[0]
    note_down(handover, Kind.MESSAGE, helper, json.dumps({"client": client_id, "position": message.position}))
    return message


def _written(handover: Handover, client_id: str) -> Message | None:
    events = HandoverEvent.objects.filter(handover=handover, kind=Kind.MESSAGE).order_by("-id")[:50]
    said = (json.loads(event.note) for event in events)
    position = next((s["position"] for s in said if s["client"] == client_id), None)
    return Message.objects.filter(conversation=handover.conversation_id, position=position).first() if position else None


def _language(text: str, conversation: Conversation) -> str:
    """The language a helper wrote in, for its direction on the screen."""
    guess = identify(text)
    return guess.code if guess.confidence >= 0.9 else conversation.language


@transaction.atomic
def note(handover_id: UUID, helper: Helper, text: str) -> HandoverEvent:
    """A remark for colleagues; the resident is told nothing. Raises EmptyText, NotForYou or Closed."""
    text = mask(clean(text, _MAX_CHARS).strip()).text
    if not text:
        raise EmptyText
    lock_conversation(handover_id)
    handover = get_handover(handover_id, helper)
    if handover.state == State.WITHDRAWN:
        raise Closed
    event = record(handover, Kind.NOTE, helper.user, text)
    announce_desk(handover)
    return event
