"""What comes after the yes: a file or something personal goes along by a yes of its own, or straight to who holds the chat."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bot.channels import attachments
from bot.conversations.models import Attachment, Conversation, Message
from bot.conversations.outbox import Reply, from_key
from bot.conversations.payloads import parse_payload
from bot.language.catalogue import render

from .models import Handover
from .personal import is_personal
from .states import Kind, announce_desk, live_handover, record
from .transitions import lock_conversation

__all__ = ["answer", "ask", "pass_to_holder"]


def ask(conversation: Conversation, message: Message) -> list[Reply] | None:
    """ "May this go along too?" under a file, or under words that a preview would have left out.

    Empty when a later file is still to be read: one question covers them all. None when there is nothing to ask.
    """
    if message.kind == Message.Kind.TAP or conversation.held_by:
        return None
    # The question itself would tell what was written to whom: a phone that others read is not asked.
    personal = message.kind == Message.Kind.TEXT and not conversation.resident.discreet and is_personal(message.text)
    if not personal and message.kind != Message.Kind.MEDIA:
        return None
    live = live_handover(conversation.resident_id)
    if live is None:
        return None
    if _new_files(live, conversation, message.position).filter(message=message).exists():
        return [] if _another_file_waits(message) else [_about(_file_question(live, conversation), live, message)]
    return [_about(from_key(conversation, "handover.personal_question"), live, message)] if personal else None


def _file_question(live: Handover, conversation: Conversation) -> Reply:
    if conversation.resident.discreet:
        return from_key(conversation, "handover.file_question_discreet")
    return from_key(conversation, "handover.file_question", team=live.team.name)


def _about(question: Reply, live: Handover, message: Message) -> Reply:
    return question.about(handover=str(live.pk), position=message.position)


def _another_file_waits(message: Message) -> bool:
    later = Message.objects.filter(conversation=message.conversation_id, position__gt=message.position, handled_at=None)
    return later.filter(attachment__state=Attachment.State.REFERENCE).exists()


def _new_files(live: Handover, conversation: Conversation, last: int) -> QuerySet[Attachment]:
    """Files of this conversation since the yes, up to the position ``last``: what was taken out of the preview stays out."""
    return attachments.offered(conversation, before=last + 1).filter(message__created_at__gt=live.created_at)


@transaction.atomic
def answer(conversation: Conversation, message: Message) -> list[Reply]:
    """The tap under that question: passed on, kept back, or too late. Twice changes nothing more."""
    _, values = parse_payload(message.payload)
    live = _asked_for(conversation, values)
    if live is None:
        return [from_key(conversation, "turn.button_gone")]
    if values["also"] != "yes":
        _new_files(live, conversation, values["position"]).delete()
        return [_said(conversation, "handover.kept_back")]
    if not _pass_on(live, conversation, values["position"]):
        return [from_key(conversation, "turn.button_gone")]
    record(live, Kind.ADDED)
    announce_desk(live)
    return [_said(conversation, "handover.passed_on")]


def _asked_for(conversation: Conversation, values: dict[str, Any]) -> Handover | None:
    """The handover that the question was about, locked, as long as it has not ended."""
    live = live_handover(conversation.resident_id)
    if live is None or str(live.pk) != values.get("handover"):
        return None
    lock_conversation(live.pk)
    live.refresh_from_db()
    return live if live.state in Handover.LIVE else None


def _said(conversation: Conversation, key: str) -> Reply:
    return from_key(conversation, "handover.stored_discreet" if conversation.resident.discreet else key)


def _pass_on(live: Handover, conversation: Conversation, position: int) -> bool:
    """False when there is nothing (any more) that the question was about."""
    asked = Message.objects.filter(conversation=conversation, position=position, author=Message.Author.RESIDENT).first()
    if asked is None or asked.withdrawn_at:
        return False
    if asked.kind == Message.Kind.TEXT:
        live.messages.add(asked)
        _show_on_receipt(live, conversation, "words", f'"{asked.text}"')
        return True
    return _take_files(live, conversation, position) > 0


def _take_files(live: Handover, conversation: Conversation, last: int) -> int:
    taken = attachments.agree(_new_files(live, conversation, last), live.pk)
    if taken:
        count = Attachment.objects.filter(handover=live.pk).count()
        live.wishes = {**live.wishes, "files": count}
        live.save(update_fields=["wishes"])
        _show_on_receipt(live, conversation, "files", str(count))
    return taken


def _show_on_receipt(live: Handover, conversation: Conversation, name: str, value: str) -> None:
    """The resident's own copy of what was passed on: a count is replaced, words come under the others."""
    before = {line[0]: line for line in live.receipt}
    if name == "words" and name in before:
        value = f"{before[name][2]}\n{value}"
    label = before[name][1] if name in before else render(f"handover.line.{name}", conversation.language).text
    live.receipt = [*(line for line in live.receipt if line[0] != name), [name, label, value]]
    live.save(update_fields=["receipt"])


@transaction.atomic
def pass_to_holder(conversation: Conversation, message: Message) -> None:
    """A helper holds the chat, and the resident sends them a file: it is theirs, as the resident's words are."""
    live = live_handover(conversation.resident_id)
    if live is None or live.conversation_id != conversation.pk:
        return
    lock_conversation(live.pk)
    live.refresh_from_db()
    if live.state in Handover.LIVE and _take_files(live, conversation, message.position):
        announce_desk(live)
