"""Messages as server-sent events: ``id`` is the position, so that a lost connection goes on where it was."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError

from bot.conversations.models import Conversation
from bot.conversations.outbox import public_messages
from bot.conversations.texts import say
from bot.conversations.typing import HELPER, is_typing
from bot.live import TooManyStreams, hub, read

__all__ = ["HEARTBEAT_SECONDS", "Place", "events"]

HEARTBEAT_SECONDS = 15.0


@dataclass
class Place:
    """Where one stream is: its conversation, the last position sent, the language last seen."""

    conversation_id: int
    after: int
    key: str
    address: str
    language: str = "nl"
    gone: bool = field(default=False)


def _look(place: Place) -> list[dict[str, Any]]:
    language = Conversation.objects.filter(pk=place.conversation_id).values_list("language", flat=True).first()
    place.gone = language is None
    if place.gone:
        return []
    place.language = language
    return public_messages(place.conversation_id, place.after)


def _event(name: str, data: Any, position: int | None = None) -> str:
    head = f"id: {position}\n" if position is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _farewell(language: str) -> str:
    """The conversation is wiped: its last words are in no database, they are only said."""
    said = say("rights.wiped_webchat", language)
    return _event("wiped", {"text": said.text, "lang": said.lang, "dir": said.dir})


async def _news(place: Place) -> list[str]:
    try:
        found = await read(_look, place)
    except (OperationalError, InterfaceError):  # the hub announces itself when the database is back
        return []
    if found:
        place.after = found[-1]["id"]
    return [_event("message", message, message["id"]) for message in found]


async def events(place: Place) -> AsyncIterator[str]:
    """The body of the stream, without end; it ends when the conversation is wiped."""
    yield "retry: 2000\n\n"
    try:
        async with hub.subscribe(f"conversation:{place.conversation_id}", key=place.key, address=place.address) as news:
            async for part in _follow(place, news):
                yield part
    except TooManyStreams:  # between the view's check and here another one came first
        return


async def _follow(place: Place, news: Any) -> AsyncIterator[str]:
    while True:
        for event in await _news(place):
            yield event
        if place.gone:
            yield await read(_farewell, place.language)  # the facts and languages it may name are in the database
            return
        while not (payloads := await _until_news(news)):
            yield ": here\n\n"
        if any(is_typing(p, HELPER) for p in payloads):
            yield _event("typing", {})


async def _until_news(news: Any) -> list[str]:
    """What was announced, at once; empty when nothing was for a while."""
    payload = await news.next(HEARTBEAT_SECONDS)
    return [] if payload is None else [payload, *news.drain()]
