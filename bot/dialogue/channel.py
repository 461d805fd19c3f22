"""Rasa's only input channel: our turns, on loopback, with a token. Its HTTP answer says only that a turn was run."""

from __future__ import annotations

import asyncio
import gc
import hmac
import logging
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.garbage import freeze
from bot.learning.shelf import model_path
from bot.privacy.logs import event
from bot.training import current_model
from bot.warm import compile_patterns, warm

from .agents import ModelRefused, prepared
from .django import ready

__all__ = ["TurnInput", "catch_up"]

_MINUTE = 60


class TurnInput(InputChannel):
    """``POST /webhooks/turns/webhook`` with sender, text and metadata, as ``bot.conversations.rasa_client`` sends it."""

    @classmethod
    def name(cls) -> Text:
        return "turns"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        ready()
        warm()
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        hook = Blueprint("turns_webhook")
        parsed = False

        @hook.on_request
        async def check_token(request: Request) -> Optional[HTTPResponse]:
            return None if _allowed(request) else response.json({"error": "token"}, status=401)

        @hook.get("/ready")
        async def has_model(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            if not (agent and agent.is_ready()):
                return response.json({"model": False}, status=503)
            nonlocal parsed
            if not parsed:  # it loads the encoder: nobody's message should wait for that
                await agent.processor.parse_message(UserMessage("hoi"))
                parsed = True
                compile_patterns()
            return response.json({"model": True})

        @hook.put("/model")
        async def take_over(request: Request) -> HTTPResponse:
            """Rasa's own ``PUT /model`` loads in the event loop: every turn would wait for it."""
            found = model_path(str((request.json or {}).get("model") or ""))
            if found is None:
                return response.json({"error": "no such model"}, status=404)
            try:
                await _answer_with(request.app, found)
            except ModelRefused as error:
                return response.json({"error": str(error)}, status=409)
            return response.json({"model": found.name})

        @hook.get("/model")
        async def which(request: Request) -> HTTPResponse:
            return response.json({"model": request.app.ctx.agent.model_name})

        @hook.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            body = request.json or {}
            if not isinstance(body.get("sender"), str) or not isinstance(body.get("text"), str):
                return response.json({"error": "sender and text"}, status=400)
            output = CollectingOutputChannel()
            metadata = body.get("metadata") or {}
            await on_new_message(UserMessage(body["text"], output, body["sender"], input_channel=self.name(), metadata=metadata))
            return response.json({"run": True})

        return hook


async def _answer_with(app: Sanic, model: Path) -> None:
    """From now on; what began with the one before ends with it. Raises ModelRefused."""
    agent = await prepared(model)
    agent.lock_store = app.ctx.agent.lock_store
    app.ctx.agent = agent
    gc.unfreeze()  # else the one before would never be given back
    asyncio.get_running_loop().call_later(_MINUTE, freeze)


async def catch_up(app: Sanic) -> None:
    """Take the model that was promoted while this Rasa was loading the one before, when nobody could tell it so."""
    model = current_model()
    if model is None or app.ctx.agent is None or app.ctx.agent.model_name == model.name:
        return
    try:
        await _answer_with(app, model)
        event("rasa.caught_up", model=model.name)
    except ModelRefused:
        event("rasa.not_caught_up", level=logging.ERROR, model=model.name)


def _allowed(request: Request) -> bool:
    from django.conf import settings

    given = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
    return bool(settings.RASA_TOKEN) and hmac.compare_digest(given.encode(), settings.RASA_TOKEN.encode())
