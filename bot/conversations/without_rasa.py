"""What is answered without Rasa, whoever holds the chat and whatever is down: safety, rights, a language, a person's silence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from bot.language.catalogue import is_way_to_say
from bot.language.choice import is_not_on_offer, read_choice
from bot.privacy.logs import event
from bot.safety import CRISES, SafetyHit, read_command, read_safety, reads_along

from . import albums, crisis, ending, joining, listening, questions, rights
from .answers import chosen
from .inbox import set_language
from .languages import off_language, on_offer
from .models import Conversation, Message
from .outbox import Reply, from_key
from .payloads import parse_payload

__all__ = ["replies_to"]

_MEDIA_KEYS = {
    "voice": "turn.voice", "audio": "turn.voice", "sticker": "turn.emoji", "empty": "turn.empty",
    **dict.fromkeys(("location", "contacts", "order", "unsupported"), "turn.other"),
}  # fmt: skip
_LOOP_LENGTH, _LOOP_WITHIN = 10, timedelta(minutes=5)
# More than hands can type: who writes much is answered later (the pace of sending), and never with silence.
_FLOOD_LENGTH, _FLOOD_WITHIN = 240, timedelta(minutes=1)


def replies_to(conversation: Conversation, message: Message) -> list[Reply] | None:
    """The answer, empty where silence is one; None when the message needs Rasa, or the rest of its album."""
    steps: tuple[Callable[[Conversation, Message], list[Reply] | None], ...] = (
        listening.answer, _speak_their_language, _file_for_helper, _safety, _gone_button, questions.answered, crisis.calmer,
        ending.answered, _reads_alone, _right, joining.answer, listening.wished, _language, questions.unclear, _kind_line,
        _about_request, albums.answer, _held, _loop, _flood, _media, _wordless, rights.wish_for_story,
    )  # fmt: skip
    if albums.is_arriving(message):
        steps = (_speak_their_language, _safety)
    return next((replies for step in steps if (replies := step(conversation, message)) is not None), None)


def _speak_their_language(conversation: Conversation, message: Message) -> None:
    """What must be said also in a language that is switched off (help, rights, what is on offer) is said in it; not kept."""
    if message.kind == Message.Kind.TEXT and not conversation.language_known and (tag := off_language(message.text)):
        conversation.language = tag


def _file_for_helper(conversation: Conversation, message: Message) -> None:
    """A photo sent to the person in the chat reaches that person, whatever its caption says."""
    if message.to_helper and conversation.held_by and message.kind == Message.Kind.MEDIA:
        rights.pass_to_holder(conversation, message)


def _note_who_reads_along(conversation: Conversation, message: Message) -> None:
    """Beside a crisis too: once somebody reads this phone, nothing is sent there unasked."""
    if not conversation.resident.discreet and reads_along(message.text):
        conversation.resident.discreet = True
        conversation.resident.save(update_fields=["discreet"])


def _safety(conversation: Conversation, message: Message) -> list[Reply] | None:
    if message.kind == Message.Kind.TAP:
        name, values = parse_payload(message.payload)
        hit = SafetyHit(name, values.get("level", "act"), "self") if name in CRISES else None
    else:
        hit = read_safety(message.text)
    if hit is None:
        return None
    _note_who_reads_along(conversation, message)
    return crisis.answer(conversation, message, hit)


def _reads_alone(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Nobody reads this phone any more: said in words that we never show, so that whoever reads along does not learn them."""
    if not conversation.resident.discreet or message.kind != Message.Kind.TEXT:
        return None
    if not is_way_to_say(message.text, "discreet.words"):
        return None
    conversation.resident.discreet = False
    conversation.resident.save(update_fields=["discreet"])
    return [from_key(conversation, "discreet.ended")]


def _gone_button(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A tap on what we never offered, or no longer know: it must not pass for a yes to anything."""
    if message.kind != Message.Kind.TAP or message.payload:
        return None
    return [] if conversation.held_by else [from_key(conversation, "turn.button_gone")]


def _right(conversation: Conversation, message: Message) -> list[Reply] | None:
    if message.kind == Message.Kind.TAP:
        name, values = parse_payload(message.payload)
        if values.get("scope") == "other_helper":
            return rights.carry_out("other_helper", conversation, message)
        return None if values else rights.carry_out(name, conversation, message)
    if replies := rights.status(conversation, message):
        message.intent = "show_my_data"
        return replies
    name = read_command(message.text, conversation.language)
    message.intent = name or message.intent
    return rights.carry_out(name, conversation, message) if name else None


def _language(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A plain request for a language: it always wins, also while a helper holds the chat."""
    if message.kind == Message.Kind.TAP:
        name, values = parse_payload(message.payload)
        tag = values.get("language") if name == "change_language" else None
    else:
        tag = read_choice(message.text, on_offer())
    if tag is None:
        return None
    message.intent = "change_language"
    if tag not in on_offer():
        return [from_key(conversation, "utter_language_unsupported")]
    set_language(conversation, tag, chosen=True)
    if again := questions.check_again(conversation, message):
        return again
    return rights.draft_begun(conversation, message) or [from_key(conversation, "utter_language_changed")]


def _kind_line(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Before any language is known, a message in one that is not on offer is answered by the list of those that are."""
    if message.kind != Message.Kind.TEXT or conversation.held_by:
        return None
    off = conversation.language not in on_offer()  # switched off here, also after a conversation in it had begun
    if not off and (conversation.language_known or not is_not_on_offer(message.text, on_offer())):
        return None
    return [from_key(conversation, "utter_language_unsupported")]


def _about_request(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A typed yes or no right under a question about one's request, also while a helper holds the chat."""
    if message.kind != Message.Kind.TEXT or not (payload := chosen(message, conversation.language)):
        return None
    _, values = parse_payload(payload)
    other = values.get("scope") == "other_helper"
    if not other and "also" not in values and "contact" not in values:
        return None
    message.kind, message.payload = Message.Kind.TAP, payload
    message.save(update_fields=["kind", "payload"])
    if other:
        return rights.carry_out("other_helper", conversation, message)
    return rights.answer_for(values, conversation, message)


def _held(conversation: Conversation, message: Message) -> list[Reply] | None:
    if not conversation.held_by:
        return None
    again = _check_below(conversation, message)
    replies = rights.while_held(conversation, message)
    return [*replies, from_key(conversation, "held.safety_intro"), *again] if replies and again else replies


def _loop(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A program that answers our answers: the same words again and again. It is stored and gets no more replies.

    In our own chat page nobody but a person writes, and a person may say "hoi" as often as they like.
    """
    if conversation.channel == Conversation.Channel.WEBCHAT or message.position < _LOOP_LENGTH:
        return None
    since = timezone.now() - _LOOP_WITHIN
    last = Message.objects.filter(
        conversation=conversation, author=Message.Author.RESIDENT, position__lte=message.position, created_at__gte=since
    ).order_by("-position")
    if len(texts := list(last.values_list("text", flat=True)[:_LOOP_LENGTH])) < _LOOP_LENGTH or len(set(texts)) > 1:
        return None
    event("turn.loop", level=logging.WARNING, conversation=conversation.pk)
    return []


def _flood(conversation: Conversation, message: Message) -> list[Reply] | None:
    """More messages in a minute than a person types: kept, read for danger and rights, and answered by one line.

    The web chat refuses them at its door, where the page tries again by itself.
    """
    if conversation.channel == Conversation.Channel.WEBCHAT or message.position < _FLOOD_LENGTH:
        return None
    said = Message.objects.filter(conversation=conversation, author=Message.Author.RESIDENT, position__lt=message.position)
    earlier = said.order_by("-position")[_FLOOD_LENGTH - 1 : _FLOOD_LENGTH].first()
    if earlier is None or earlier.created_at < message.created_at - _FLOOD_WITHIN:
        return None
    event("turn.flood", level=logging.WARNING, conversation=conversation.pk)
    since = message.created_at - _FLOOD_WITHIN
    told = Message.objects.filter(conversation=conversation, key="turn.too_fast", created_at__gte=since).exists()
    return [] if told else [from_key(conversation, "turn.too_fast")]


def _media(conversation: Conversation, message: Message) -> list[Reply] | None:
    """What we cannot hear or see: said honestly, with a person on offer. Words that came along are read as words."""
    if not _is_wordless_media(message):
        return None
    again = _check_below(conversation, message)
    asked = rights.ask_to_add(conversation, message)
    replies = [from_key(conversation, _MEDIA_KEYS.get(message.what, "turn.media"))] if asked is None else asked
    return [*replies, *again] if replies else replies


def _is_wordless_media(message: Message) -> bool:
    return message.kind == Message.Kind.MEDIA and not any(c.isalnum() for c in message.text)


def _check_below(conversation: Conversation, message: Message) -> list[Reply]:
    """The check for danger that a line about a sticker or a voice would cover: asked again below it, not to be lost."""
    return (questions.check_again(conversation, message) or []) if _is_wordless_media(message) else []


def _wordless(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Emoji or signs alone say nothing for certain: to a classifier they would be a yes as easily as a no."""
    if message.kind == Message.Kind.TAP or any(c.isalnum() for c in message.text):
        return None
    return [from_key(conversation, "handover.unclear_consent" if conversation.pending == questions.CONSENT else "turn.emoji")]
