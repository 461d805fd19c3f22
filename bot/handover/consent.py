"""From a wish to a ticket: nothing is passed on before a yes to the very lines that were shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from bot.channels import attachments
from bot.compiled import Compiled
from bot.conversations.answers import last_said
from bot.conversations.children import FOR_CHILDREN, child_writes
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key, post

from . import notices
from .agreed import agreed_wishes, consented_messages
from .models import Draft, Handover
from .preview import Line, lines, reader_team, stored_lines
from .states import Kind, announce_desk, first_due, live_handover, record
from .transitions import lock_resident
from .wishes import FOR_A_CHILD, merge
from .withdrawal import drop_draft, withdraw

__all__ = ["decline", "draft_of", "offer_again", "record_preview", "remove_line", "start", "store", "withdraw"]

_PAUSE = timedelta(minutes=30)
_DANGER_LASTS = timedelta(hours=2)
# As long as the drawer keeps a number.
_DRAFT_LASTS = timedelta(hours=24)


def _locked(conversation: Conversation) -> Conversation:
    """The row, locked with the resident's others: everything about one request happens one after the other."""
    lock_resident(conversation)
    return Conversation.objects.select_for_update(of=("self",)).select_related("resident").get(pk=conversation.pk)


def draft_of(conversation: Conversation) -> Draft | None:
    """The draft that may still be offered, or None."""
    since = timezone.now() - _DRAFT_LASTS
    return Draft.objects.filter(conversation=conversation, updated_at__gte=since).first()


_last_said_at = Compiled(
    lambda conversation_id, position: (
        Message.objects.filter(conversation=conversation_id, author=Message.Author.BOT, position__lt=position)
        .order_by("-position")
        .values_list("created_at", flat=True)[:1]
    )
)


def offer_again(conversation: Conversation, message: Message) -> list[Reply]:
    """The draft of before a pause, once the resident is back; nothing where there was no pause, or no draft."""
    said_at = _last_said_at.first(conversation.pk, message.position)
    paused = said_at is not None and message.created_at - said_at > _PAUSE
    return go_on(conversation, message) if paused else []


def go_on(conversation: Conversation, message: Message) -> list[Reply]:
    """The draft that was begun, offered to be gone on with; nothing without one, or where others read the phone."""
    begun = not conversation.resident.discreet and draft_of(conversation)
    return [from_key(conversation, "handover.draft_waits")] if begun else []


@transaction.atomic
def start(conversation: Conversation, message: Message, urgent: bool = False) -> Draft:
    """The draft of a request for a person; one of the last day goes on (its ``first_position`` is an earlier one)."""
    _locked(conversation)
    draft, urgent = draft_of(conversation), urgent or _in_danger(conversation)
    if draft is None:
        Draft.objects.filter(conversation=conversation).delete()
        first = _danger_told(conversation) or message.position
        draft = Draft.objects.create(conversation=conversation, first_position=first, urgent=urgent)
    elif urgent and not draft.urgent:
        draft.urgent = True
        draft.save(update_fields=["urgent", "updated_at"])
    if child_writes(conversation):
        merge(draft, FOR_A_CHILD)
    draft.conversation = conversation
    return draft


def _in_danger(conversation: Conversation) -> bool:
    """Whether help was given outright just now: who then asks for a person needs one soon."""
    return _help_given(conversation).exists()


def _danger_told(conversation: Conversation) -> int | None:
    """Where somebody in danger told it: that is what the person they now ask for must know, and not be told again."""
    first = _help_given(conversation).exclude(reply_to=None).order_by("position").first()
    if first is None:
        return None
    asked = last_said(first.reply_to)
    checked = asked is not None and asked.key.startswith("utter_check_") and asked.reply_to_id is not None
    return asked.reply_to.position if checked else first.reply_to.position


def _help_given(conversation: Conversation) -> QuerySet[Message]:
    since = timezone.now() - _DANGER_LASTS
    help_ = Q(key__startswith="utter_crisis_") | Q(key__startswith="safety.")  # the latter outside opening hours
    help_ |= Q(key=FOR_CHILDREN, reply_to__intent__startswith="crisis_")
    return conversation.messages.filter(help_, author="bot", created_at__gte=since)


@transaction.atomic
def record_preview(draft: Draft, shown: Sequence[Line]) -> None:
    """What a yes will agree to: the lines just shown, and the team that was named as the reader."""
    reader_team(draft, draft.conversation)
    draft.previewed, draft.previewed_at = stored_lines(shown), timezone.now()
    draft.save(update_fields=["previewed", "previewed_at", "updated_at"])
    draft.conversation.pending = "consent"
    draft.conversation.save(update_fields=["pending"])


def remove_line(draft: Draft, name: str) -> bool:
    """Take one line out; an earlier preview counts no more. False when no such line would be passed on."""
    if name not in {line.name for line in lines(draft, draft.conversation, "nl")}:
        return False
    draft.removed = [*draft.removed, name]
    draft.previewed, draft.previewed_at = [], None
    draft.save(update_fields=["removed", "previewed", "previewed_at", "updated_at"])
    return True


@transaction.atomic
def decline(conversation: Conversation) -> bool:
    """A no: the draft and the drawer are emptied. False when there was no draft."""
    _locked(conversation)
    return drop_draft(conversation)


# --- the yes -----------------------------------------------------------------------------------------------------


@transaction.atomic
def store(conversation: Conversation, message: Message) -> Handover | None:
    """Pass on what the preview showed, and promise it, in one transaction; ``message`` is the yes.

    None when there is no preview of exactly what would be passed on now: show it (again). With a live handover
    nothing new is stored and the resident is told how that one stands. A repeat of ``message`` changes nothing.
    Raises NoTeam.
    """
    locked = _locked(conversation)
    if stored := Handover.objects.filter(source_message=message).first():
        return stored
    if live := live_handover(locked.resident_id):
        return _already(locked, message, live)
    draft = draft_of(locked)
    if draft is None or not _agreed(draft, locked, message):
        return None
    try:
        with transaction.atomic():
            handover = _write(draft, locked, message)
    except IntegrityError:  # the same resident said yes on another channel just now
        return _already(locked, message, live_handover(locked.resident_id))
    _finish(handover, draft, locked, message)
    conversation.pending = locked.pending
    return handover


def _agreed(draft: Draft, conversation: Conversation, message: Message) -> bool:
    """Whether the last preview showed what would be passed on now; the yes itself is not part of it."""
    now = stored_lines(lines(draft, conversation, conversation.language, before=message.position))
    return draft.previewed_at is not None and bool(now) and draft.previewed == now


def _already(conversation: Conversation, message: Message, live: Handover) -> Handover:
    """Said once per message, also when Rasa runs the action again."""
    drop_draft(conversation)
    if not Message.objects.filter(reply_to=message, author=Message.Author.BOT).exists():
        post(conversation, [notices.already(live, conversation)], message)
    return live


def _write(draft: Draft, conversation: Conversation, message: Message) -> Handover:
    team, now = reader_team(draft, conversation), timezone.now()
    wishes = agreed_wishes(draft, conversation)
    due, _ = first_due(team, now, draft.urgent)
    handover = Handover.objects.create(
        resident_id=conversation.resident_id, conversation=conversation, team=team, language=wishes.get("language", "und"),
        wishes=wishes, receipt=draft.previewed, urgent=draft.urgent, source_message=message, due_at=due,
        begun_by_id=draft.begun_by_id,
    )  # fmt: skip
    handover.messages.set(consented_messages(draft, conversation, before=message.position))
    return handover


def _finish(handover: Handover, draft: Draft, conversation: Conversation, message: Message) -> None:
    """The promise is written here and nowhere else."""
    if "files" in handover.wishes:
        attachments.agree(attachments.offered(conversation, before=message.position), handover.pk)
    record(handover, Kind.STORED, note=str(message.position))
    drop_draft(conversation)
    post(conversation, [notices.stored(handover, conversation)], message)
    announce_desk(handover)
