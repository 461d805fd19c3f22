"""Who somebody is on WhatsApp: a phone number, a business-scoped user id, or both, and both may change.

The user id is the surer one: a phone number passes on to other people. Two conversations are never merged, and where
the two ids disagree the user id decides.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from bot.compiled import Compiled
from bot.conversations.models import Alias, Conversation
from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event

from .contents import CHANNEL
from .items import Sender

__all__ = ["change_number", "change_user_id", "find", "remember", "resolve"]

PHONE, USER_ID = Alias.Kind.PHONE, Alias.Kind.USER_ID


def _hash(value: str) -> str:
    return keyed_hash("address", f"{CHANNEL}:{value}")


_by_hash = Compiled(lambda hashed: Alias.objects.filter(channel=CHANNEL, value_hash=hashed).select_related("conversation"))


def _alias(value: str) -> Alias | None:
    return _by_hash.first(_hash(value)) if value else None


def _values(conversation: Conversation, kind: str) -> list[str]:
    return [a.value for a in Alias.objects.filter(conversation=conversation, kind=kind).order_by("-pk")]


def _contradicts(conversation: Conversation, user_id: str) -> bool:
    """Whether this conversation is surely another person's."""
    known = _values(conversation, USER_ID) if user_id else []
    return bool(known) and user_id not in known


def _look_up(sender: Sender) -> tuple[Conversation | None, bool]:
    """The sender's conversation, or None; and whether the number is another's."""
    if by_id := _alias(sender.user_id):
        return by_id.conversation, False
    by_phone = _alias(sender.phone)
    if by_phone and _contradicts(by_phone.conversation, sender.user_id):
        return None, True
    return by_phone.conversation if by_phone else None, False


def find(sender: Sender) -> Conversation | None:
    """The sender's conversation, or None."""
    return _look_up(sender)[0]


def resolve(sender: Sender) -> str:
    """The address of the sender's conversation, or the one a new conversation is to have."""
    conversation, taken = _look_up(sender)
    if conversation:
        return conversation.address
    return sender.user_id if taken or not sender.phone else sender.phone


def _readdress(conversation: Conversation, address: str) -> None:
    """From now on we send there; the hash follows, so that the conversation is found."""
    taken = Conversation.objects.filter(channel=CHANNEL, address_hash=_hash(address)).exclude(pk=conversation.pk)
    if not taken.exists():
        Conversation.objects.filter(pk=conversation.pk).update(address=address, address_hash=_hash(address))
        conversation.address = address


def _without_number(conversation: Conversation, phone: str) -> None:
    """The number is somebody else's now: written to by user id, or not at all."""
    Alias.objects.filter(channel=CHANNEL, value_hash=_hash(phone)).delete()
    if conversation.address != phone:
        return
    ids = _values(conversation, USER_ID)
    _readdress(conversation, ids[0] if ids else f"moved:{conversation.pk}")
    if not ids:
        Conversation.objects.filter(pk=conversation.pk).update(blocked_at=timezone.now())


def _add(conversation: Conversation, kind: str, value: str) -> None:
    """What is known already stays whose it was."""
    alias = Alias(conversation=conversation, channel=CHANNEL, kind=kind, value_hash=_hash(value), value=value)
    Alias.objects.bulk_create([alias], ignore_conflicts=True)


def _take_number(conversation: Conversation, phone: str, user_id: str) -> None:
    held = _alias(phone)
    if held and held.conversation_id != conversation.pk:
        event("whatsapp.identity_conflict", conversation=conversation.pk)
        if not _contradicts(held.conversation, user_id):
            return  # perhaps one person, perhaps two: nothing is joined by guessing
        # Its row first and then its ids, as a wipe takes them: the other way round each would wait for the other.
        if holder := Conversation.objects.select_for_update().filter(pk=held.conversation_id).first():
            _without_number(holder, phone)
    for before in _values(conversation, PHONE):
        if before != phone:
            _without_number(conversation, before)
    _add(conversation, PHONE, phone)
    if conversation.address.startswith("moved:"):
        _readdress(conversation, phone)
        Conversation.objects.filter(pk=conversation.pk).update(blocked_at=None)  # it can be written to again


@transaction.atomic(savepoint=False)
def remember(conversation_id: int, sender: Sender) -> None:
    """Both ids of the sender lead to this conversation from now on, unless they are known to be somebody else's."""
    known = {sender.phone, sender.user_id} - {""}
    if Alias.objects.filter(conversation=conversation_id, value_hash__in=[_hash(v) for v in known]).count() == len(known):
        return
    conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
    if sender.user_id:
        _add(conversation, USER_ID, sender.user_id)
    if sender.phone:
        _take_number(conversation, sender.phone, sender.user_id)


@transaction.atomic
def change_number(old: Sender, phone: str) -> None:
    """The conversation follows its person to another number. One that has another conversation there is not merged."""
    held = _alias(old.phone)
    conversation = held.conversation if held else find(old)
    if conversation is None or (held and _contradicts(conversation, old.user_id)):
        return
    # Its row first and then its ids, as a wipe takes them. Meanwhile it may have been wiped, or its number have passed on.
    conversation = Conversation.objects.select_for_update().filter(pk=conversation.pk).first()
    held = _alias(old.phone)
    if conversation is None or (held and held.conversation_id != conversation.pk):
        return
    there = _alias(phone)
    if there and there.conversation_id != conversation.pk:
        event("whatsapp.identity_conflict", conversation=conversation.pk)
        _without_number(conversation, old.phone)
        return
    Alias.objects.filter(channel=CHANNEL, value_hash=_hash(old.phone)).delete()
    _add(conversation, PHONE, phone)
    if conversation.address == old.phone:
        _readdress(conversation, phone)
    event("whatsapp.number_changed", conversation=conversation.pk)


@transaction.atomic
def change_user_id(old: str, user_id: str) -> None:
    """The new id becomes one more of the person who held the old one; somebody else's stays theirs."""
    held, there = _alias(old), _alias(user_id)
    if held is None or there is not None:
        return
    _add(held.conversation, USER_ID, user_id)
    if held.conversation.address == old:
        _readdress(held.conversation, user_id)
    event("whatsapp.user_id_changed", conversation=held.conversation_id)
