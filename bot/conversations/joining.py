"""One resident on several channels: joined by a code that they carry over themselves, never by guessing.

Both chats are told, and the one that gave the code can undo it with a tap.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from bot.language.catalogue import render
from bot.language.fold import fold
from bot.language.tags import ON_OFFER
from bot.privacy.keys import keyed_hash
from bot.privacy.logs import event

from . import rights
from .models import Conversation, JoinCode, Message, Resident
from .outbox import Reply, from_key, post
from .payloads import parse_payload

__all__ = ["answer", "is_code", "on_join", "on_part"]

_CODE = re.compile(rf"\s*([{rights.LETTERS}]{{4}})\s*-\s*([{rights.LETTERS}]{{4}})\s*", re.IGNORECASE)
_MINUTES, _TRIES = 15, 5
_hooks: list[Callable[[Resident, Resident], None]] = []
_part_hooks: list[Callable[[Resident], None]] = []


def on_join(hook: Callable[[Resident, Resident], None]) -> None:
    """Let a room above carry over what it keeps of a resident (the first) who becomes another one (the second)."""
    _hooks.append(hook)


def on_part(hook: Callable[[Resident], None]) -> None:
    """Let a room above end what it keeps of a resident who turns out to be two: nobody knows whose of them it is."""
    _part_hooks.append(hook)


def is_code(text: str) -> bool:
    """Whether ``text`` is a code and nothing else, right or wrong."""
    return _CODE.fullmatch(text) is not None


def _asks_for_code(text: str) -> bool:
    """The word for it in any of our languages, alone."""
    words = {fold(render("join.word", tag).text).strip() for tag in ON_OFFER}
    return fold(text).strip(" .!?\n") in words


def answer(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A code for who asks for one; a code that is typed joins; None when the message is about neither."""
    if message.kind == Message.Kind.TAP:
        name, values = parse_payload(message.payload)
        if not values.get("join", "").isdigit():  # the number of a conversation; a yes or no to a second person is none
            return None
        return _undo(conversation, int(values["join"])) if name == "deny" else [from_key(conversation, "join.kept")]
    if message.kind != Message.Kind.TEXT:
        return None
    if match := _CODE.fullmatch(message.text):
        return _use(conversation, message, f"{match[1]}-{match[2]}".upper())
    return [_new_code(conversation)] if len(message.text) <= 24 and _asks_for_code(message.text) else None


def _use(conversation: Conversation, message: Message, code: str) -> list[Reply]:
    """A request begun at the table, or another channel; too many tries look like a wrong code."""
    if not _tried_too_often(conversation) and (replies := rights.use_code(conversation, message, code)) is not None:
        return replies
    return [from_key(conversation, _join(conversation, code))]


def _tried_too_often(conversation: Conversation) -> bool:
    since = timezone.now() - timedelta(hours=1)
    tried = Message.objects.filter(
        conversation=conversation, author=Message.Author.BOT, key="join.unknown", created_at__gte=since
    )
    return tried.count() >= _TRIES


def _hash(code: str) -> str:
    return keyed_hash("join", code)


def _new_code(conversation: Conversation) -> Reply:
    """One code at a time; it says nothing about who asked."""
    code = "-".join("".join(secrets.choice(rights.LETTERS) for _ in range(4)) for _ in range(2))
    expires = timezone.now() + timedelta(minutes=_MINUTES)
    JoinCode.objects.update_or_create(conversation=conversation, defaults={"code_hash": _hash(code), "expires_at": expires})
    return from_key(conversation, "join.code", code=code)


def _join(conversation: Conversation, code: str) -> str:
    """The key of what to say: joined, or not. A wrong, old or used code, and too many tries, look alike."""
    found = JoinCode.objects.filter(code_hash=_hash(code), expires_at__gt=timezone.now()).select_related("conversation").first()
    if _tried_too_often(conversation) or found is None or found.conversation_id == conversation.pk:
        return "join.unknown"
    try:
        with transaction.atomic():
            _merge(conversation, found.conversation.resident_id)
            found.delete()
            owner = Conversation.objects.select_related("resident").get(pk=found.conversation_id)
            post(owner, [from_key(owner, "join.told").about(join=str(conversation.pk))])
    except IntegrityError:  # both have a request with the team: one of them must end first
        return "join.unknown"
    event("resident.joined", conversation=conversation.pk)
    return "join.done"


@transaction.atomic
def _undo(conversation: Conversation, joined_id: int) -> list[Reply]:
    """The joined conversation is a resident's of its own again, with its requests; both chats are told."""
    joined = Conversation.objects.select_for_update(of=("self",)).select_related("resident").filter(pk=joined_id).first()
    if joined is None or joined.pk == conversation.pk or joined.resident_id != conversation.resident_id:
        return [from_key(conversation, "join.undone")]
    both = conversation.resident
    for hook in _part_hooks:
        hook(both)
    joined.resident = Resident.objects.create(discreet=both.discreet, area=both.area, second_language=both.second_language)
    joined.save(update_fields=["resident"])
    for related in Resident._meta.related_objects:
        own = {f.name for f in related.related_model._meta.get_fields()}
        if "conversation" in own:
            related.related_model.objects.filter(conversation=joined).update(**{related.field.name: joined.resident})
    post(joined, [from_key(joined, "join.undone")])
    event("resident.parted", conversation=joined.pk)
    return [from_key(conversation, "join.undone")]


def _merge(conversation: Conversation, resident_id) -> None:
    """Everything of this conversation's resident becomes the other's; discretion counts for both."""
    ours, theirs = conversation.resident, Resident.objects.select_for_update().get(pk=resident_id)
    if ours.pk == theirs.pk:
        return
    for hook in _hooks:
        hook(ours, theirs)
    for related in Resident._meta.related_objects:
        related.related_model.objects.filter(**{related.field.name: ours}).update(**{related.field.name: theirs})
    theirs.discreet = theirs.discreet or ours.discreet
    theirs.area, theirs.second_language = theirs.area or ours.area, theirs.second_language or ours.second_language
    theirs.save(update_fields=["discreet", "area", "second_language"])
    Resident.objects.filter(pk=ours.pk).delete()
    conversation.resident = theirs
