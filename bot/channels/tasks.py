"""Jobs of the channels: thin, each does one thing that can be done twice without harm."""

from __future__ import annotations

from procrastinate.contrib.django import app

__all__ = ["take_whatsapp_body"]


@app.task(queue="turns", pass_context=False)
def take_whatsapp_body(body_id: int) -> None:
    """Take in a large body of WhatsApp's webhook."""
    from bot.channels.whatsapp import batches

    batches.take_waiting(body_id)
