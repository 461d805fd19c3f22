"""What a model on disk makes of texts, without a server: for trying it out and for scoring it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

__all__ = ["parse_all"]


def parse_all(texts: Iterable[str], model: Path, progress: Callable[[int], None] = lambda done: None) -> list[dict[str, Any]]:
    """What ``/model/parse`` answers to each text; ``progress`` hears how many are done."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)  # it would write every text to the terminal
    agent = Agent.load(str(model))

    async def all_of_them() -> list[dict[str, Any]]:
        found = []
        for text in texts:
            found.append(await agent.processor.parse_message(UserMessage(text)))
            progress(len(found))
        return found

    return asyncio.run(all_of_them())
