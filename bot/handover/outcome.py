"""May the key person who was there at the beginning hear how it ended? Asked at the end, once; nothing is told without a yes."""

from __future__ import annotations

from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key
from bot.conversations.payloads import parse_payload
from bot.neighbourhood.models import Helper
from bot.privacy.logs import event

from .models import Handover, HandoverEvent
from .states import Kind

__all__ = ["answered", "ask"]

_ASKED = "handover.ask_outcome"


def _ended(conversation: Conversation) -> Handover | None:
    """The resident's latest handover, when it is closed."""
    latest = Handover.objects.filter(resident=conversation.resident_id).first()
    return latest if latest and latest.state == Handover.State.CLOSED else None


def _was_there(handover: Handover) -> Helper | None:
    """The key person who began it at the table, else the last who held it; None when it never left their hands.

    Who said "I may know this person", and in whose place the resident wished somebody, hears nothing.
    """
    took = HandoverEvent.objects.filter(handover=handover, kind=Kind.ACCEPTED, actor__helper__isnull=False).order_by("-at")
    others = [step.actor.helper for step in took.select_related("actor__helper")]
    unwanted = {*handover.let_go, handover.holder_id}
    stepped_back = set(handover.events.filter(kind=Kind.MAY_KNOW).values_list("actor", flat=True))
    for helper in (handover.begun_by, *others):
        known = helper and helper.pk not in unwanted and helper.user_id not in stepped_back
        if known and helper.active and helper.kind == Helper.Kind.KEY_PERSON:
            return helper
    return None


def _question(handover: Handover) -> Message | None:
    """It, where it was asked about this handover."""
    said = Message.objects.filter(conversation__resident=handover.resident_id, key=_ASKED, created_at__gte=handover.created_at)
    return said.order_by("created_at").last()


def ask(conversation: Conversation) -> list[Reply]:
    """The question, once for a handover; never on a phone that others read."""
    handover = None if conversation.resident.discreet else _ended(conversation)
    helper = _was_there(handover) if handover else None
    if helper is None or _question(handover):
        return []
    return [from_key(conversation, _ASKED, person=helper.first_name)]


def answered(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A tap under the question; None for anything else. A yes is to the person named there; a no takes it back."""
    said = parse_payload(message.payload)[1].get("outcome") if message.kind == Message.Kind.TAP else None
    if said is None:
        return None
    handover = _ended(conversation)
    helper = _agreed_to(handover) if handover and said == "yes" and not conversation.resident.discreet else None
    if handover:
        Handover.objects.filter(pk=handover.pk).update(outcome_for=helper)
    if helper is None:
        return [from_key(conversation, "handover.outcome_kept")]
    event("handover.outcome_told")
    return [from_key(conversation, "handover.outcome_told", person=helper.first_name)]


def _agreed_to(handover: Handover) -> Helper | None:
    """Who was named in the question and is still the one; a colleague may have left since."""
    helper, question = _was_there(handover), _question(handover)
    return helper if helper and question and helper.first_name in question.text else None
