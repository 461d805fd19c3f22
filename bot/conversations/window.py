"""WhatsApp's 24 hours: free text is taken only for so long after the resident last gave a sign of life.

Counted from the message's own time, since a webhook may come days late. Other channels have no window.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from .models import Conversation, Delivery

__all__ = ["close_window", "has_window", "heard_from", "is_open", "on_return"]

_HOURS = timedelta(hours=24)


# Set by the room that writes unasked: what it wrote days ago is put right before the rest goes out.
_return_hook: Callable[[Conversation], None] = lambda conversation: None  # noqa: E731


def on_return(hook: Callable[[Conversation], None]) -> None:
    """Let a room above look at what is parked (``Delivery.State.PARKED``) before it goes out."""
    global _return_hook
    _return_hook = hook


def has_window(conversation: Conversation) -> bool:
    """Whether the channel knows such a window at all."""
    return conversation.channel == Conversation.Channel.WHATSAPP


def is_open(conversation: Conversation, now: datetime | None = None) -> bool:
    """Whether free text may be sent now."""
    until = conversation.window_until
    return not has_window(conversation) or (until is not None and until > (now or timezone.now()))


def heard_from(conversation: Conversation, at: datetime | None) -> None:
    """A message, tap or reaction, sent at ``at``: the window opens anew, and what was parked may go."""
    if not has_window(conversation):
        return
    was_open, until = is_open(conversation), (at or timezone.now()) + _HOURS
    if conversation.window_until is None or until > conversation.window_until:
        conversation.window_until = until
        Conversation.objects.filter(pk=conversation.pk).update(window_until=until)
    # While it is open nothing is parked (see parking.park).
    if is_open(conversation) and not was_open:
        _unpark(conversation)


def _unpark(conversation: Conversation) -> None:
    from .tasks import deliver

    conversation.asked_back_at = None
    Conversation.objects.filter(pk=conversation.pk).update(asked_back_at=None)
    parked = Delivery.objects.filter(message__conversation=conversation, state=Delivery.State.PARKED)
    if parked.exists():
        _return_hook(conversation)
    if parked.update(state=Delivery.State.PENDING, due_at=timezone.now(), attempts=0, error=""):
        deliver.defer(conversation_id=conversation.pk)


def close_window(conversation_id: int, sent_at: datetime) -> None:
    """The provider says, of what was sent then, that it is closed, whatever we counted. Who wrote since has opened it anew."""
    before = Conversation.objects.filter(pk=conversation_id, window_until__lte=sent_at + _HOURS)
    before.update(window_until=timezone.now())
