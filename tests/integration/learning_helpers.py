"""What the learning tests share: a resident who was not understood, and who said yes."""

from django.utils import timezone

from bot.conversations.models import Conversation, Message, TurnResult
from bot.learning.collecting import collect
from bot.learning.models import LearningConsent
from tests.integration.handover_helpers import make_conversation, says

LATER = timezone.timedelta(minutes=11)


def read(
    conversation: Conversation, text: str, intent="nlu_fallback", confidence=0.2, guess="rent_worry", keys=(), **more
) -> Message:
    """A message that a model has read, and the turn that was taken."""
    message = says(conversation, text, **more)
    replies = [{"text": "…", "buttons": [], "key": key, "lang": "nl"} for key in keys]
    TurnResult.objects.create(message=message, intent=intent, confidence=confidence, guess=guess, replies=replies)
    Message.objects.filter(pk=message.pk).update(handled_at=timezone.now(), intent=intent)
    return message


def agreed(language="nl", **resident) -> Conversation:
    conversation = make_conversation(language, **resident)
    LearningConsent.objects.create(resident=conversation.resident)
    return conversation


def gather() -> int:
    """As the job does, once the ten minutes in which a correction counts are over."""
    return collect(timezone.now() + LATER)
