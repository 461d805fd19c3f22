"""May we learn from your sentences? Asked once, after a conversation has ended; off until a yes, taken back at any moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from bot.conversations.children import child_writes
from bot.conversations.models import Conversation, Message, Resident
from bot.conversations.outbox import Reply, from_key
from bot.conversations.payloads import parse_payload
from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event
from bot.safety import CRISES

from .models import LearningConsent, Sample

__all__ = ["answered", "ask", "end", "forget_conversation", "has_agreed", "join", "owner_of", "part", "show", "withdraw"]

_ASKED, _MIN_MESSAGES = "learning.ask", 2
_UNDECIDED = (Sample.State.WAITING, Sample.State.SECOND)
# The trust block, and where a question from us would be out of place: danger, shame, a child, a wish to be left alone.
_NOT_BESIDE = {
    *CRISES, "ask_privacy", "mistrust_authorities", "fear_children_taken", "fear_residence_status", "ask_cost_of_help",
    "ask_are_you_municipality", "shame_expressed", "insult", "delete_my_data", "show_my_data", "withdraw_consent", "phone_read",
}  # fmt: skip
_RECENT = timedelta(hours=24)


def owner_of(resident_id: Any) -> str:
    """What a sample carries in place of who wrote it; nobody can turn it round."""
    return keyed_hash("learning", str(resident_id))


def has_agreed(resident: Resident) -> bool:
    return LearningConsent.objects.filter(resident=resident.pk).exists()


def _is_the_moment(conversation: Conversation) -> bool:
    since = timezone.now() - _RECENT
    recent = conversation.messages.filter(created_at__gte=since)
    own = recent.filter(author=Message.Author.RESIDENT)
    if own.filter(intent__in=_NOT_BESIDE).exists() or recent.filter(key="utter_minor_for_parent").exists():
        return False
    return own.filter(kind=Message.Kind.TEXT).count() >= _MIN_MESSAGES and not child_writes(conversation, since)


def ask(conversation: Conversation) -> list[Reply]:
    """The question, once for a resident; never on a phone that others read."""
    if conversation.resident.discreet or has_agreed(conversation.resident):
        return []
    asked = Message.objects.filter(conversation__resident=conversation.resident_id, key=_ASKED)
    if asked.exists() or not _is_the_moment(conversation):
        return []
    return [from_key(conversation, _ASKED)]


def answered(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A tap under the question, or under what one may take back; None for anything else."""
    said = parse_payload(message.payload)[1].get("learning") if message.kind == Message.Kind.TAP else None
    if said is None:
        return None
    if said != "yes" or conversation.resident.discreet:
        return [from_key(conversation, "learning.stopped" if end(conversation.resident_id) else "learning.no")]
    LearningConsent.objects.get_or_create(resident=conversation.resident)
    event("learning.agreed")
    return [from_key(conversation, "learning.yes")]


def end(resident_id: Any) -> bool:
    """No yes any more, and what nobody has decided on is deleted; False when there was none."""
    ended, _ = LearningConsent.objects.filter(resident=resident_id).delete()
    _forget(resident_id)
    if ended:
        event("learning.ended")
    return bool(ended)


def _locked(agreed: QuerySet[LearningConsent]) -> list[int]:
    """How far each was looked at. Until we are done nothing is collected: no copy comes that we did not see."""
    return list(agreed.select_for_update().order_by("pk").values_list("seen_until", flat=True))


def _forget(resident_id: Any) -> None:
    """What was decided stays without any tie: an undo must not bring it back as somebody's."""
    owned = Sample.objects.filter(owner=owner_of(resident_id))
    owned.filter(state__in=_UNDECIDED).delete()
    owned.update(owner="", decided_by=None)


def join(ours: Resident, theirs: Resident) -> None:
    """Two channels turn out to be one person: one yes is enough, and a wipe must find what either wrote."""
    both = LearningConsent.objects.filter(resident__in=(ours, theirs))
    if len(seen := _locked(both)) == 2:
        both.filter(resident=ours).delete()
        both.update(seen_until=max(seen))
    Sample.objects.filter(owner=owner_of(ours.pk)).update(owner=owner_of(theirs.pk))


def part(both: Resident) -> None:
    """They were two after all: one of them said yes, and who did not must not be learnt from."""
    end(both.pk)


def show(conversation: Conversation, message: Message) -> list[Reply]:
    """In "what do you know about me", with a button that takes it back."""
    return [from_key(conversation, "learning.show")] if has_agreed(conversation.resident) else []


def withdraw(conversation: Conversation, message: Message) -> list[Reply]:
    """ "Do not pass on" ends this too."""
    if not end(conversation.resident_id):
        return []
    return [from_key(conversation, "learning.no" if conversation.resident.discreet else "learning.stopped")]


def forget_conversation(conversation: Conversation) -> None:
    """A wipe, or the end of the conversation's time."""
    _locked(LearningConsent.objects.filter(resident=conversation.resident_id))
    _forget(conversation.resident_id)
