"""What a resident sent along, for the helper who holds the handover."""

from __future__ import annotations

from bot.channels import attachments
from bot.conversations.models import Attachment
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper

from .access import sees_only_a_card, sees_the_talk

__all__ = ["files_of"]


def files_of(handover: Handover, helper: Helper) -> list[Attachment]:
    """What this helper may open; nothing of a withdrawn handover."""
    hidden = handover.state == Handover.State.WITHDRAWN or sees_only_a_card(handover, helper)
    return [] if hidden or not sees_the_talk(handover, helper) else attachments.shown(handover.pk)
