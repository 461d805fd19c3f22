"""Messages that did not arrive and are not tried any more, and those that wait for the resident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bot.privacy.logs import event

from . import reasons
from .models import Conversation, Delivery, Message, Provider

__all__ = ["DeadLetter", "dead_letters", "retry", "troubles"]

_SHOWN = 200


@dataclass(frozen=True)
class DeadLetter:
    """One message: which, since when and why; neither its words nor its address."""

    pk: int
    conversation_id: int
    channel: str
    at: datetime
    by_helper: bool
    waits: bool
    reason: str


def dead_letters(among: QuerySet[Conversation] | None = None) -> list[DeadLetter]:
    """The newest first; only of the conversations ``among`` where that is given."""
    found = Delivery.objects.filter(state__in=(Delivery.State.FAILED, Delivery.State.PARKED)).order_by("-updated_at")
    found = found.exclude(error=reasons.OVERTAKEN)  # something truer was said instead: nothing to mend
    if among is not None:
        found = found.filter(message__conversation__in=among)
    rows = found.values_list(
        "pk", "message__conversation_id", "message__channel", "updated_at", "message__author", "state", "error"
    )
    return [
        DeadLetter(pk, conversation, channel, at, author == Message.Author.HELPER, state == "parked", reasons.words(error))
        for pk, conversation, channel, at, author, state, error in rows[:_SHOWN]
    ]


def troubles() -> dict[str, str]:
    """Channels that are left alone just now, and why: ``{"whatsapp": "…"}``."""
    closed = Provider.objects.filter(closed_until__gt=timezone.now())
    return {provider.channel: reasons.words(provider.reason) for provider in closed}


@transaction.atomic
def retry(delivery_id: int) -> bool:
    """Try a failed one from the beginning; False when it is not failed (any more). Whose it is the caller has looked at."""
    failed = Delivery.objects.select_for_update(of=("self",)).filter(pk=delivery_id, state=Delivery.State.FAILED).first()
    if failed is None:
        return False
    from .tasks import deliver

    Delivery.objects.filter(pk=failed.pk).update(state="pending", attempts=0, due_at=timezone.now(), error="")
    Message.objects.filter(pk=failed.message_id).update(provider_hash=None, provider_id="")
    deliver.defer(conversation_id=failed.message.conversation_id)
    event("delivery.retried", delivery=delivery_id)
    return True
