"""Somebody wants to hear a message: never unasked, and never an answer to what was asked."""

from __future__ import annotations

from bot.language.catalogue import is_way_to_say

from . import voices
from .models import Conversation, Message, Recording
from .outbox import Reply, from_key
from .refused import SendFailed

__all__ = ["answer", "sound", "wished"]

_WORDS = "voice.words"


def answer(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A tap on the listen button, whoever holds the chat; a question that stands is not touched."""
    number = voices.number_in(message.payload) if message.kind == Message.Kind.TAP else 0
    if not number:
        return None
    found = Recording.objects.filter(pk=number).values_list("language", flat=True).first()
    return [Reply("", lang=found, voice=number)] if found else [from_key(conversation, "voice.gone")]


def sound(message: Message) -> Recording:
    """The recording that a voice message of the bot's sends; SendFailed where it was removed meanwhile."""
    found = Recording.objects.filter(pk=voices.number_in(message.payload)).first()
    if found is None:
        raise SendFailed("voice_gone", permanent=True)
    return found


def wished(conversation: Conversation, message: Message) -> list[Reply] | None:
    """ "Listen", typed: what was said last, where a voice says it. The web chat's page plays by itself when tapped."""
    if message.kind != Message.Kind.TEXT or conversation.channel == Conversation.Channel.WEBCHAT:
        return None
    if not is_way_to_say(message.text, _WORDS):
        return None
    return [Reply("", lang=said.language, voice=number) for said, number in _last_said(conversation, message)] or None


def _last_said(conversation: Conversation, message: Message) -> list[tuple[Message, int]]:
    """The bot's messages since the resident's last one that was not about listening, with their voices."""
    before = conversation.messages.filter(position__lt=message.position).exclude(what=voices.WHAT).order_by("-position")
    found: list[tuple[Message, int]] = []
    for said in before[:10]:
        if voices.is_listening(said.payload) or is_way_to_say(said.text, _WORDS):
            continue
        if said.author != Message.Author.BOT:
            break
        if number := next((n for b in said.buttons if (n := voices.number_in(b["payload"]))), 0):
            found.append((said, number))
    return found[::-1]
