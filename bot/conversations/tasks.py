"""Jobs of the queue: thin, each does one thing that can be done twice without harm."""

from __future__ import annotations

from procrastinate.contrib.django import app

__all__ = ["deliver", "drain"]


@app.task(queue="turns", pass_context=False)
def drain(conversation_id: int) -> None:
    """Work off a conversation's unhandled messages."""
    from . import turns

    turns.drain(conversation_id)


@app.task(queue="delivery", pass_context=False)
def deliver(conversation_id: int) -> None:
    """Send a conversation's pending messages in order."""
    from . import delivery

    delivery.deliver(conversation_id)
