"""An answer after the 24-hour window waits; one neutral, approved template asks the resident to write."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bot.privacy.logs import event

from . import measures, templates, window
from .models import Conversation, Delivery, Message
from .outbox import Reply, announce, post

__all__ = ["is_template", "must_wait", "park"]


def is_template(message: Message) -> bool:
    """Whether this message goes out as an approved template: those may be sent at any time."""
    return message.key.startswith(templates.KEY)


def must_wait(conversation: Conversation, message: Message) -> bool:
    """Whether the window stands against this message now."""
    return not is_template(message) and not window.is_open(conversation)


def park(delivery: Delivery) -> None:
    """Keep the answer for when the resident writes, and ask once; a phone that others read hears nothing unasked."""
    message = delivery.message
    if is_template(message):
        _as_it_was(delivery).update(state=Delivery.State.FAILED, error="window", updated_at=timezone.now())
        return
    if not _parked(delivery):
        return
    announce(f"conversation:{message.conversation_id}:{message.position}")
    event("delivery.parked", delivery=delivery.pk)
    measures.count("deliveries", message.channel, "parked")


@transaction.atomic
def _parked(delivery: Delivery) -> bool:
    """False when the resident wrote at this very moment: under the row's lock one of us sees what the other did.

    The asking is stored along with it: were we killed in between, nobody would ever be asked to write.
    """
    locked = Conversation.objects.select_for_update(of=("self",)).select_related("resident")
    conversation = locked.get(pk=delivery.message.conversation_id)
    ours = _as_it_was(delivery)
    if window.is_open(conversation):
        ours.update(state=Delivery.State.PENDING, due_at=timezone.now(), updated_at=timezone.now())
        return False
    parked = bool(ours.update(state=Delivery.State.PARKED, error="window", updated_at=timezone.now()))
    if parked:
        _ask_back(conversation)
    return parked


def _as_it_was(delivery: Delivery) -> QuerySet[Delivery]:
    """A status may have told meanwhile what became of it."""
    return Delivery.objects.filter(pk=delivery.pk, state=delivery.state)


def _ask_back(conversation: Conversation) -> None:
    """Once until they write. ``conversation``'s row is locked: two workers may park at the same moment."""
    if conversation.asked_back_at or conversation.blocked_at or conversation.resident.discreet:
        return
    if template := templates.approved("new_message", conversation.language):
        Conversation.objects.filter(pk=conversation.pk).update(asked_back_at=timezone.now())
        post(conversation, [Reply(template.text, key=f"{templates.KEY}{template.name}", lang=template.tag)])
