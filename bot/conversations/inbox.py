"""What a resident sends: masked, stored once, given its position, and a turn deferred, in one transaction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Value
from django.utils import timezone

from bot.compiled import Compiled
from bot.language.choice import Known, settle
from bot.privacy.keys import keyed_hash
from bot.privacy.mask import Found, clean, mask

from .exceptions import EmptyMessage, UnknownButton
from .languages import on_offer
from .models import Attachment, Conversation, Drawer, ForgottenMessage, Message, Resident
from .outbox import announce, next_position
from .questions import is_old_yes
from .voices import is_listening
from .window import heard_from

__all__ = ["Incoming", "Received", "choose_language", "find_conversation", "open_conversation", "receive"]

MAX_CHARS = 10_000
# Files of one conversation that may wait for a yes; the next ones are messages without a file.
MAX_FILES = 10
_DRAWER_HOURS = 24
_MAX_TITLE = 100
DRAWN = ("phone", "email")
_BUTTON_ID = re.compile(r"(\d{1,9})\.\d{1,2}(?:\.[0-9a-f]{8})?", re.ASCII)


@dataclass(frozen=True)
class Incoming:
    """One item a channel received, parsed. ``provider_id`` is unique per channel and makes a repeat harmless.

    ``what`` says which media; ``album`` is what pictures sent together share; ``reference`` is all that is kept of a file;
    ``sent_at`` is aware, by the provider's clock.
    """

    channel: str
    address: str
    kind: str = Message.Kind.TEXT
    text: str = ""
    button_id: str = ""
    provider_id: str | None = None
    start_param: str = ""
    language_hint: str = ""
    what: str = ""
    album: str = ""
    sent_at: datetime | None = None
    reference: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Received:
    """Where an item ended up; ``duplicate`` when it had been stored before (position 0: wiped since); ``held``: by a person."""

    position: int
    duplicate: bool
    conversation_id: int
    held: bool = False


def _wiped(channel: str, hashed: str) -> QuerySet[ForgottenMessage]:
    return ForgottenMessage.objects.filter(channel=channel, provider_hash=hashed)


# In every message's way.
_seen_before = Compiled(
    lambda channel, hashed: (
        Message.objects.filter(channel=channel, provider_hash=hashed)
        .order_by()
        .values_list("position", "conversation_id")
        .union(_wiped(channel, hashed).values_list(Value(0), Value(0)), all=True)
    )
)
_at_address = Compiled(
    lambda channel, hashed: (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("resident")
        .filter(channel=channel, address_hash=hashed)
    )
)


def find_conversation(channel: str, address: str) -> Conversation | None:
    """The conversation at this address and its resident, read at once: a wipe would come between two questions; or None."""
    at = {"channel": channel, "address_hash": keyed_hash("address", f"{channel}:{address}")}
    return Conversation.objects.select_related("resident").filter(**at).first()


def _stored_address(channel: str, address: str) -> str:
    # The web chat's address is a session token: a look-up by hash is all it needs.
    return "" if channel == Conversation.Channel.WEBCHAT else address


def open_conversation(channel: str, address: str, language_hint: str = "", start_param: str = "") -> Conversation:
    """The conversation at this address, made now if there is none."""
    found = find_conversation(channel, address)
    return found or _make(channel, address, language_hint, start_param) or find_conversation(channel, address)


def _make(channel: str, address: str, language_hint: str, start_param: str) -> Conversation | None:
    """A new one; None when another first message made it at this very moment."""
    language = language_hint if language_hint in on_offer() else "nl"
    try:
        with transaction.atomic():
            return Conversation.objects.create(
                resident=Resident.objects.create(), channel=channel, language=language,
                address_hash=keyed_hash("address", f"{channel}:{address}"),
                address=_stored_address(channel, address), start_param=clean(start_param, 64),
            )  # fmt: skip
    except IntegrityError:
        return None


def choose_language(conversation_id: int, tag: str) -> None:
    """Store an explicit choice; a tag not on offer raises ValueError."""
    if tag not in on_offer():
        raise ValueError(tag)
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).select_related("resident").get(pk=conversation_id)
        set_language(conversation, tag, chosen=True)


def set_language(conversation: Conversation, tag: str, *, chosen: bool) -> None:
    """Switch, remembering the language before as the resident's second one."""
    if tag != conversation.language and conversation.language_known:
        Resident.objects.filter(pk=conversation.resident_id).update(second_language=conversation.language)
        conversation.resident.second_language = conversation.language
    conversation.language, conversation.language_known = tag, True
    conversation.language_chosen = chosen or conversation.language_chosen
    conversation.save(update_fields=["language", "language_known", "language_chosen"])


def _tapped(conversation: Conversation, incoming: Incoming) -> dict:
    """The button that was offered. One that never was is kept with the words it bore, and leads nowhere."""
    button_id = incoming.button_id
    match = _BUTTON_ID.fullmatch(button_id)
    offered = match and Message.objects.filter(conversation=conversation, position=int(match[1])).first()
    button = next((b for b in offered.buttons if b["id"] == button_id), None) if offered else None
    if button and is_old_yes(offered, button["payload"]):
        return {**button, "payload": ""}
    if button is None and conversation.channel == Conversation.Channel.WEBCHAT:
        raise UnknownButton
    return button or {"title": mask(clean(incoming.text, _MAX_TITLE)).text, "payload": ""}


def fill_drawer(message: Message, found: Iterable[Found]) -> None:
    """Keep for a day what may be passed on after a yes."""
    expires, owner = timezone.now() + timedelta(hours=_DRAWER_HOURS), message.conversation
    Drawer.objects.bulk_create(
        Drawer(conversation=owner, message=message, kind=f.kind, value=f.value, expires_at=expires)
        for f in found
        if f.kind in DRAWN
    )


def _before(conversation: Conversation, provider_hash: str | None) -> Received | None:
    """Where the same item was stored before; position 0 when it was wiped since, also by a wipe that we waited for."""
    if provider_hash is None:
        return None
    seen = _seen_before.first(conversation.channel, provider_hash)
    return Received(seen[0], True, seen[1]) if seen else None


def _visible(text: str) -> bool:
    """Whether there is anything to see: zero-width and format characters alone are nothing."""
    return any(not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"} for c in text)


def _content(conversation: Conversation, incoming: Incoming) -> tuple[dict, tuple[Found, ...]]:
    """The message's fields, and what was masked in it."""
    if incoming.kind == Message.Kind.TAP:
        button = _tapped(conversation, incoming)
        return {"text": button["title"], "payload": button["payload"], "language": conversation.language}, ()
    masked = mask(clean(incoming.text, MAX_CHARS))
    if incoming.kind == Message.Kind.TEXT and not _visible(masked.text):
        raise EmptyMessage
    return {"text": masked.text, "language": _settle(conversation, incoming, masked.text)}, masked.found


def _settle(conversation: Conversation, incoming: Incoming, text: str) -> str:
    """The conversation's language after this message; what the resident wrote keeps its own."""
    state = Known(conversation.language, conversation.language_known, conversation.language_chosen)
    tag, guess = settle(text, state, on_offer())
    if tag != conversation.language or (not conversation.language_known and guess.code == tag):
        set_language(conversation, tag, chosen=False)
    return tag


def _provider_hash(incoming: Incoming) -> str | None:
    return keyed_hash("provider", incoming.provider_id) if incoming.provider_id else None


def _album(incoming: Incoming) -> str:
    return keyed_hash("album", f"{incoming.channel}:{incoming.address}:{incoming.album}") if incoming.album else ""


def receive(incoming: Incoming) -> Received:
    """Take one item in. Raises EmptyMessage or UnknownButton; a repeat is answered with what was stored first."""
    provider_hash = _provider_hash(incoming)
    with transaction.atomic():
        conversation = _locked(incoming, provider_hash)
        if conversation is None:
            return Received(0, True, 0)
        if repeated := _before(conversation, provider_hash):
            if not repeated.position:  # not even an empty conversation, should one have been made for it just now
                transaction.set_rollback(True)
            return repeated
        content, found = _content(conversation, incoming)
        message = Message.objects.create(
            conversation=conversation, position=next_position(conversation), author=Message.Author.RESIDENT, kind=incoming.kind,
            channel=conversation.channel, provider_hash=provider_hash, provider_id=incoming.provider_id or "",
            what=incoming.what, album=_album(incoming), sent_at=incoming.sent_at,
            to_helper=bool(conversation.held_by) and not is_listening(content.get("payload", "")), **content,
        )  # fmt: skip
        fill_drawer(message, found)
        _keep_reference(message, incoming)
        heard_from(conversation, incoming.sent_at)
        if conversation.blocked_at:  # who writes has let us in again, also when the word of that was lost
            Conversation.objects.filter(pk=conversation.pk).update(blocked_at=None)
        announce(f"conversation:{conversation.pk}:{message.position}")
        _defer_turn(conversation)
    return Received(message.position, False, conversation.pk, bool(conversation.held_by))


def _locked(incoming: Incoming, provider_hash: str | None) -> Conversation | None:
    """The sender's conversation with its row locked, made now if there is none: nobody else sees that one before we commit.

    None for a redelivery after a wipe, which must not even leave an empty one.
    """
    at = incoming.channel, keyed_hash("address", f"{incoming.channel}:{incoming.address}")
    found = _at_address.first(*at)
    if found is None and provider_hash and _wiped(incoming.channel, provider_hash).exists():
        return None
    found = found or _make(incoming.channel, incoming.address, incoming.language_hint, incoming.start_param)
    return found or _at_address.first(*at)


def _files_waiting(message: Message) -> int:
    return Attachment.objects.filter(
        message__conversation=message.conversation_id, state=Attachment.State.REFERENCE, expires_at__gt=timezone.now()
    ).count()


def _keep_reference(message: Message, incoming: Incoming) -> None:
    """Nothing is fetched on arrival; without a yes even the reference goes after a day."""
    if incoming.reference and _files_waiting(message) < MAX_FILES:
        expires = timezone.now() + timedelta(hours=_DRAWER_HOURS)
        Attachment.objects.create(message=message, reference=dict(incoming.reference), expires_at=expires)


def _defer_turn(conversation: Conversation) -> None:
    from .tasks import drain

    drain.defer(conversation_id=conversation.pk)
