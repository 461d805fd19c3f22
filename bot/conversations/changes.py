"""A resident changed or deleted a message in the app: ours follows, safety reads it, nothing is answered twice."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event
from bot.privacy.mask import Found, clean, mask
from bot.safety import read_safety

from . import crisis
from .inbox import DRAWN, MAX_CHARS, fill_drawer
from .models import Attachment, Conversation, Drawer, Message
from .outbox import announce, from_key, post

__all__ = ["change", "withdraw"]


def _original(channel: str, original_id: str) -> Message | None:
    hashed = keyed_hash("provider", original_id)
    found = Message.objects.filter(channel=channel, provider_hash=hashed, author=Message.Author.RESIDENT)
    return found.select_related("conversation__resident").first()


def _locked(channel: str, original_id: str) -> Message | None:
    """The message as it is while no turn of its conversation ends: one that ended just now has read the old words."""
    message = _original(channel, original_id)
    if message:
        Conversation.objects.select_for_update().filter(pk=message.conversation_id).first()
    return message and _original(channel, original_id)


def _follow(message: Message, found: Iterable[Found]) -> None:
    """A number that was mistyped and put right is another one behind the same token: nobody calls the wrong person.

    What a no, a yes or a day has taken out of the drawer stays out: apps also report a change where no word was changed.
    """
    kept = [(row.kind, row.value) for row in message.drawer.order_by("pk")]
    taken_out = not kept and any(f"⟨{kind}⟩" in message.text for kind in DRAWN)
    if not taken_out and kept != [(f.kind, f.value) for f in found if f.kind in DRAWN]:
        message.drawer.all().delete()
        fill_drawer(message, found)


@transaction.atomic
def change(channel: str, original_id: str, text: str) -> bool:
    """Put the new words in the place of the old ones; False when there is no such message (a wiped one is none).

    A message that no turn has read yet is simply read anew. One that was read gets no second answer to its question:
    a crisis in it is answered, otherwise we say that we saw the change. A repeat, or a change of no word, does nothing.
    """
    message = _locked(channel, original_id)
    if message is None:
        return False
    conversation = message.conversation
    if message.withdrawn_at:
        return True
    masked = mask(clean(text, MAX_CHARS))
    _follow(message, masked.found)
    new = masked.text
    if new == message.text:
        return True
    Message.objects.filter(pk=message.pk).update(text=new, edited_at=timezone.now())
    message.text = new
    announce(f"conversation:{conversation.pk}:{message.position}")
    if message.handled_at:
        _answer(conversation, message)
    event("message.changed", conversation=conversation.pk, position=message.position)
    return True


def _answer(conversation: Conversation, message: Message) -> None:
    hit = read_safety(message.text)
    if hit:
        post(conversation, crisis.answer(conversation, message, hit), message)
    elif not conversation.held_by:
        post(conversation, [from_key(conversation, "turn.edited")], message)


@transaction.atomic
def withdraw(channel: str, original_id: str) -> bool:
    """Take the words, the file and a number in the drawer away; False when there is no such message.

    Nothing is said: it was meant to be gone.
    """
    message = _original(channel, original_id)
    if message is None:
        return False
    now = timezone.now()
    Attachment.objects.filter(message=message).delete()
    Drawer.objects.filter(message=message).delete()
    Message.objects.filter(pk=message.pk).update(text="", payload="", withdrawn_at=now, handled_at=message.handled_at or now)
    announce(f"conversation:{message.conversation_id}:{message.position}")
    event("message.withdrawn", conversation=message.conversation_id, position=message.position)
    return True
