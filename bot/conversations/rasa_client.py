"""One turn over HTTP to Rasa. The answer counts for nothing: the turn's row, written by our tracker store, does."""

from __future__ import annotations

import json
import logging
import time

import httpx
from django.conf import settings

from bot.compiled import Compiled
from bot.privacy.logs import event

from . import measures, rasa_pool
from .answers import context
from .exceptions import RasaFailed, RasaUnavailable
from .models import Conversation, Message, TurnResult

__all__ = ["parse", "rasa_text", "take_turn"]


_result = Compiled(lambda message_id: TurnResult.objects.filter(message_id=message_id))


def rasa_text(message: Message, payload: str = "") -> str:
    """What Rasa is told: a tap's payload as it is; a resident's leading slash is text, never a command."""
    return payload or message.payload or message.text.lstrip("/ \t\n") or "…"


def _body(conversation: Conversation, message: Message, payload: str, consent_asked: bool) -> dict:
    metadata = {
        "message_id": message.pk,
        "conversation_id": conversation.pk,
        "language": conversation.language,
        "second_language": conversation.resident.second_language,
        "area": conversation.resident.area,
        "seed": message.position,
        "consent_asked": consent_asked,
        "asked": context(message),
    }
    return {"sender": str(conversation.rasa_sender), "text": rasa_text(message, payload), "metadata": metadata}


def parse(text: str) -> dict:
    """What Rasa makes of a text, nothing kept. Raises RasaUnavailable or RasaFailed: what nobody heard may be danger."""
    try:
        answer = rasa_pool.post("/model/parse", params={"token": settings.RASA_TOKEN}, json={"text": text.lstrip("/ \t\n")})
        found = answer.json() if answer.status_code == 200 else None
    except httpx.ReadTimeout:
        measures.count("rasa_failures", "too_slow")
        raise RasaFailed from None
    except httpx.HTTPError:
        measures.count("rasa_failures", "unreachable")
        raise RasaUnavailable from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        measures.count("rasa_failures", "no_result")
        raise RasaFailed
    return found


def take_turn(conversation: Conversation, message: Message, payload: str = "", consent_asked: bool = False) -> TurnResult:
    """Run the turn once: a message that has a result is not sent again. Raises RasaUnavailable or RasaFailed."""
    if done := getattr(message, "turn_result", None):
        return done
    body = json.dumps(_body(conversation, message, payload, consent_asked), default=str)
    headers = {"Authorization": f"Bearer {settings.RASA_TOKEN}", "Content-Type": "application/json"}
    began = time.monotonic()
    try:
        rasa_pool.post("/webhooks/turns/webhook", content=body, headers=headers)
        measures.observe("rasa_seconds", time.monotonic() - began)
    except httpx.ReadTimeout:  # Rasa runs, but not with this message: it must not block the ones behind it for good
        measures.count("rasa_failures", "too_slow")
        event("rasa.too_slow", level=logging.WARNING, message=message.pk)
    except httpx.HTTPError as error:
        measures.count("rasa_failures", "unreachable")
        event("rasa.unreachable", level=logging.WARNING, error=type(error).__name__)
        if not TurnResult.objects.filter(message=message).exists():  # a time-out may still have left it
            raise RasaUnavailable from None
    done = _result.first(message.pk)
    if done is None:
        measures.count("rasa_failures", "no_result")
        raise RasaFailed
    return done
