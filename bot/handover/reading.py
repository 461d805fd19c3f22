"""What the desk may see of a handover, and who looked when. No address of a resident stands in any of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from bot.conversations import joining, voices
from bot.conversations.models import Message
from bot.language.tags import direction
from bot.neighbourhood.models import User

from .models import Handover, HandoverEvent
from .personal import is_personal
from .preview import Line, ticket_lines
from .states import Kind, record

__all__ = ["LOOKED_UP", "ThreadMessage", "belongs", "log_reading", "summary", "thread"]

# What residents look up about themselves shows more than they passed on; who has a link code can become them.
LOOKED_UP = Q(author=Message.Author.BOT) & (Q(key__startswith="rights.") | Q(key__startswith="join."))
_READ_AGAIN_AFTER = timedelta(minutes=10)
# Person first: the language and the wishes, then how to reach, then what was said.
_ORDER = ("urgent", "language", "helper", "companion", "interpreter", "contact", "phone", "area", "files", "told", "words")


@dataclass(frozen=True)
class ThreadMessage:
    """One message as the desk shows it; ``delivery`` is its state at the provider, empty in the web chat.

    ``kind`` is the message's, or ``withdrawn`` or ``kept_back``: then there is no text.
    """

    position: int
    author: str
    kind: str
    text: str
    language: str
    dir: str
    at: datetime
    consented: bool
    delivery: str = ""
    intent: str = ""
    payload: str = ""
    key: str = ""


def summary(handover: Handover, tag: str = "nl") -> list[Line]:
    """What the resident agreed to share, person first. Nothing of a withdrawn one.

    The wish for somebody outside the own circle only filters: no helper sees it.
    """
    if handover.state == Handover.State.WITHDRAWN:
        return []
    wishes = {slot: value for slot, value in handover.wishes.items() if slot != "circle"}
    if handover.urgent:  # also when it became urgent later
        wishes["urgent"] = True
    words = [message.text for message in handover.messages.order_by("position")]
    return sorted(ticket_lines(wishes, words, tag), key=lambda line: _ORDER.index(line.name))


def _spans(handover: Handover) -> list[tuple[int, int | None]]:
    """(after, up to) positions that the desk may see: from each storing or reopening to the closing behind it."""
    spans: list[tuple[int, int | None]] = []
    for event in handover.events.filter(kind__in=(Kind.STORED, Kind.CLOSED, Kind.REOPENED)).order_by("at", "id"):
        if event.kind == Kind.CLOSED:
            spans[-1] = (spans[-1][0], int(event.note))
        else:
            spans.append((int(event.note), None))
    return spans


def thread(handover: Handover) -> list[ThreadMessage]:
    """The consented messages and everything since the handover was stored; nothing else from before, nothing after its end."""
    if handover.state == Handover.State.WITHDRAWN:
        return []
    agreed, spans = set(handover.messages.values_list("pk", flat=True)), _spans(handover)
    # What a page does not show is not decrypted.
    found = (
        Message.objects.filter(conversation=handover.conversation_id).select_related("delivery").defer("buttons", "provider_id")
    )
    found = found.exclude(LOOKED_UP).exclude(what=voices.WHAT)
    visible = [m for m in found if m.pk in agreed or (_inside(m.position, spans) and not _is_for_nobody(m))]
    kept = {m.pk for m in visible if m.pk not in agreed and _is_kept_back(m)}
    # An answer of the bot's tells what it answers.
    return [_shown(m, m.pk in agreed, m.pk in kept) for m in visible if m.reply_to_id not in kept]


def _is_for_nobody(message: Message) -> bool:
    """A tap to listen, or a typed link code: refused it may still work, as where both chats have a request."""
    typed = message.author == Message.Author.RESIDENT and message.kind == Message.Kind.TEXT
    return voices.is_listening(message.payload) or (typed and joining.is_code(message.text))


def _is_kept_back(message: Message) -> bool:
    """Something personal that was written to the computer, not to a person: as in the preview, it is off by default."""
    to_the_bot = message.author == Message.Author.RESIDENT and message.kind != Message.Kind.TAP and not message.to_helper
    return to_the_bot and is_personal(message.text)


def belongs(handover: Handover, messages: Iterable[tuple[int, int]]) -> set[int]:
    """Of these (id, position) of its conversation: what was passed on, and what was said while the handover lived."""
    agreed, spans = set(handover.messages.values_list("pk", flat=True)), _spans(handover)
    return {pk for pk, position in messages if pk in agreed or _inside(position, spans)}


def _inside(position: int, spans: list[tuple[int, int | None]]) -> bool:
    return any(after < position and (end is None or position <= end) for after, end in spans)


def _shown(message: Message, consented: bool, kept_back: bool) -> ThreadMessage:
    delivery = getattr(message, "delivery", None)
    kind = "kept_back" if kept_back else "withdrawn" if message.withdrawn_at else message.kind
    text, intent = ("", "") if kept_back else (message.text, message.intent)
    return ThreadMessage(
        message.position, message.author, kind, text, message.language, direction(message.language),
        message.created_at, consented, delivery.state if delivery else "", intent, message.payload, message.key,
    )  # fmt: skip


@transaction.atomic
def log_reading(handover: Handover, user: User) -> bool:
    """Note that ``user`` read the handover, at most once per ten minutes; returns whether it was noted now."""
    Handover.objects.select_for_update().filter(pk=handover.pk).first()  # two tabs at once are one reading
    since = timezone.now() - _READ_AGAIN_AFTER
    if HandoverEvent.objects.filter(handover=handover, kind=Kind.READ, actor=user, at__gt=since).exists():
        return False
    record(handover, Kind.READ, user)
    return True
