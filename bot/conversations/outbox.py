"""Everything said to a resident: stored in order, announced, and handed to delivery where a channel needs it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction

from bot.language.catalogue import Rendered
from bot.language.tags import direction
from bot.privacy.keys import keyed_hash

from . import voices
from .models import Conversation, Delivery, Message
from .payloads import parse_payload
from .texts import say

__all__ = ["Reply", "announce", "from_key", "next_position", "post", "public_messages", "tell"]

# One statement in every message's way; the ORM would take two and thrice the time.
_TAKE = "UPDATE conversations_conversation SET last_position = last_position + %s WHERE id = %s RETURNING last_position"


@dataclass(frozen=True)
class Reply:
    """One message to a resident: ``buttons`` are (title, payload); ``voice`` is a recording to send instead of words."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    key: str = ""
    lang: str = "nl"
    author: str = Message.Author.BOT
    voice: int = 0

    @classmethod
    def of(cls, rendered: Rendered) -> Reply:
        return cls(rendered.text, rendered.buttons, rendered.key, rendered.lang)

    def about(self, **values: Any) -> Reply:
        """The same with ``values`` in every payload that carries something: an old button then says what it was about."""
        return replace(self, buttons=tuple((title, _carrying(payload, values)) for title, payload in self.buttons))


def _carrying(payload: str, values: dict[str, Any]) -> str:
    name, carried = parse_payload(payload)
    return f"/{name}{json.dumps({**carried, **values}, separators=(',', ':'))}" if carried else payload


def from_key(conversation: Conversation, key: str, **values: Any) -> Reply:
    """The catalogue's text for this conversation's language."""
    second = conversation.resident.second_language
    return Reply.of(say(key, conversation.language, second=second, seed=conversation.last_position, **values))


def announce(topic: str) -> None:
    """NOTIFY listeners when the running transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('aanspraak', %s)", [topic])


def next_position(conversation: Conversation, count: int = 1) -> int:
    """Take ``count`` positions, locking the conversation's row until the transaction ends; returns the first."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [count, conversation.pk])
        row = cursor.fetchone()
    if row is None:
        raise Conversation.DoesNotExist
    conversation.last_position = row[0]
    return row[0] - count + 1


def _mark(conversation: Conversation) -> str:
    """Tells this conversation's buttons from those of one that was wiped and still stand in the app.

    The web chat needs none: its positions go on after a wipe.
    """
    web = conversation.channel == Conversation.Channel.WEBCHAT
    return "" if web else f".{keyed_hash('button', str(conversation.pk))[:8]}"


def _message(conversation: Conversation, reply: Reply, position: int, reply_to: Message | None) -> Message:
    mark = _mark(conversation)
    shown = [*reply.buttons, *_listen(conversation, reply)]
    buttons = [{"id": f"{position}.{i}{mark}", "title": t, "payload": p} for i, (t, p) in enumerate(shown)]
    if reply.voice:
        return Message(
            conversation=conversation, position=position, author=reply.author, kind=Message.Kind.MEDIA, what=voices.WHAT,
            payload=voices.payload(reply.voice), language=reply.lang, channel=conversation.channel, reply_to=reply_to,
        )  # fmt: skip
    return Message(
        conversation=conversation, position=position, author=reply.author, text=reply.text, buttons=buttons, key=reply.key,
        language=reply.lang, channel=conversation.channel, reply_to=reply_to,
    )  # fmt: skip


def _listen(conversation: Conversation, reply: Reply) -> list[tuple[str, str]]:
    """A button of its own beside what is asked. The page of the web chat has its own, which sends nothing."""
    if conversation.channel == Conversation.Channel.WEBCHAT:
        return []
    found = voices.voice_for(reply.key, reply.lang, reply.text, [title for title, _ in reply.buttons])
    if not found:
        return []
    return [(f"{voices.SIGN} {say(voices.LABELS[found.machine], reply.lang).text}", voices.payload(found.number))]


def post(conversation: Conversation, replies: Sequence[Reply], reply_to: Message | None = None) -> list[Message]:
    """Store ``replies`` in order and defer their delivery, in one transaction; returns the stored messages."""
    if not replies:
        return []
    with transaction.atomic(savepoint=False):
        first = next_position(conversation, len(replies))
        stored = [_message(conversation, r, first + i, reply_to) for i, r in enumerate(replies)]
        Message.objects.bulk_create(stored)
        if conversation.channel != Conversation.Channel.WEBCHAT:
            Delivery.objects.bulk_create([Delivery(message=m) for m in stored])
            _defer_delivery(conversation)
        announce(f"conversation:{conversation.pk}:{stored[-1].position}")
    return stored


def _defer_delivery(conversation: Conversation) -> None:
    from .tasks import deliver

    deliver.defer(conversation_id=conversation.pk)


def tell(conversation: Conversation, key: str, reply_to: Message | None = None, **values: Any) -> Message:
    """Say one catalogue text outside a turn of Rasa."""
    return post(conversation, [from_key(conversation, key, **values)], reply_to)[0]


def _public(message: Message) -> dict[str, Any]:
    titles = [b["title"] for b in message.buttons]
    voice = voices.voice_for(message.key, message.language, message.text, titles) if message.key else None
    return {
        "id": message.position,
        "author": message.author,
        "text": message.text,
        "buttons": [{"title": b["title"], "payload": b["id"]} for b in message.buttons],
        "dir": direction(message.language),
        "lang": message.language,
        "at": message.created_at.isoformat(),
        **({"voice": {"id": voice.number, "machine": voice.machine}} if voice else {}),
    }


def public_messages(conversation_id: int, after: int = 0) -> list[dict[str, Any]]:
    """The web chat contract's messages with a position above ``after``, in order."""
    found: Iterable[Message] = Message.objects.filter(conversation_id=conversation_id, position__gt=after)
    return [_public(message) for message in found]
