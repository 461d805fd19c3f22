"""Agents of Rasa with our endpoints: the one that is served, and one that takes its place."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import UserMessage
from rasa.core.utils import AvailableEndpoints

__all__ = ["ROOT", "ModelRefused", "our_endpoints", "prepared"]

ROOT = Path(__file__).resolve().parents[2]


class ModelRefused(Exception):
    """The model does not load, or does not answer its probe. The one before stays in use."""


def our_endpoints() -> AvailableEndpoints:
    """endpoints.yml with the action server's real port and the token."""
    from django.conf import settings

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action.url = f"{settings.ACTIONS_URL}/webhook"
    endpoints.action.headers["Authorization"] = f"Bearer {settings.RASA_TOKEN}"
    return endpoints


async def _load(model: Path) -> Agent:
    from .train import PROBES

    agent = await load_agent(model_path=str(model), endpoints=our_endpoints())
    if not agent.is_ready():
        raise ModelRefused(ModelRefused.__doc__)
    for text, wanted in PROBES:  # the first also loads the encoder: nobody's message should wait for that
        parsed = await agent.processor.parse_message(UserMessage(text))
        if parsed["intent"]["name"] != wanted:
            raise ModelRefused(ModelRefused.__doc__)
    return agent


async def prepared(model: Path) -> Agent:
    """An agent that can take over at once. Loaded in a thread of its own: turns go on meanwhile. Raises ModelRefused."""
    return await asyncio.to_thread(asyncio.run, _load(model))
