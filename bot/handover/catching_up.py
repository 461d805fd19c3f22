"""A resident is back after WhatsApp's 24 hours: what was said unasked meanwhile may no longer be true."""

from __future__ import annotations

from django.utils import timezone

from bot.conversations.models import Conversation, Delivery, Message
from bot.conversations.outbox import post
from bot.conversations.reasons import OVERTAKEN

from . import joining, notices
from .models import Handover
from .states import live_handover

__all__ = ["catch_up"]

_JOINED, _FOLLOW_UP = "handover.joined", "handover.follow_up"


def catch_up(conversation: Conversation) -> None:
    """Parked notices of ours are not sent; how it stands now is told instead, and a question that still stands is asked anew.

    Anew, since the resident's next "yes" would else answer what they never saw. Words of a person go out as they are.
    """
    notice = {"message__author": Message.Author.BOT, "message__reply_to": None, "message__key__startswith": "handover."}
    parked = Delivery.objects.filter(message__conversation=conversation, state=Delivery.State.PARKED, **notice)
    keys = set(parked.values_list("message__key", flat=True))
    parked.update(state=Delivery.State.FAILED, error=OVERTAKEN, updated_at=timezone.now())
    if not keys or conversation.resident.discreet:
        return
    latest = Handover.objects.filter(resident=conversation.resident_id).select_related("team", "holder").first()
    if latest and keys - {_JOINED, _FOLLOW_UP}:
        post(conversation, [notices.status(latest, conversation)])
    live = live_handover(conversation.resident_id)
    if live and _JOINED in keys:
        _ask_second_again(live, conversation)
    if live and _FOLLOW_UP in keys and live.state in (Handover.State.ACCEPTED, Handover.State.CONTACTED):
        notices.follow_up(live, conversation)


def _ask_second_again(live: Handover, conversation: Conversation) -> None:
    if live.asked_second:
        asked = post(conversation, [joining.question(conversation, live, live.asked_second)])[0]
        Handover.objects.filter(pk=live.pk).update(asked_position=asked.position)
