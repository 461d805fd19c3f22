"""Jobs of the channels: thin, each does one thing that can be done twice without harm."""

from __future__ import annotations

from django.db import Error as DatabaseTrouble
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

__all__ = ["fetch_attachment", "take_whatsapp_body"]


@app.task(queue="turns", pass_context=False, retry=RetryStrategy(max_attempts=8, exponential_wait=2))
def take_whatsapp_body(body_id: int) -> None:
    """Take in a large body of WhatsApp's webhook."""
    from bot.channels.whatsapp import batches

    batches.take_waiting(body_id)


class NotYet(Exception):
    """The provider did not give the file now: the queue tries again."""


@app.task(
    queue="delivery", pass_context=False,
    retry=RetryStrategy(max_attempts=12, exponential_wait=3, retry_exceptions=[NotYet, DatabaseTrouble]),
)  # fmt: skip
def fetch_attachment(attachment_id: int) -> None:
    """Fetch a file that a resident agreed to pass on."""
    from bot.channels import attachments

    if not attachments.fetch_one(attachment_id):
        raise NotYet
