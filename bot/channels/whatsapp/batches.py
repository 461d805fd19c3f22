"""Large bodies: stored whole and encrypted, so that the answer is quick, and taken in by a worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from bot.channels.bodies import parse_json
from bot.conversations.models import WaitingBody

from .contents import CHANNEL
from .receiving import take_in

__all__ = ["look_again", "store_for_later", "take_waiting"]

_LEFT_AFTER = timedelta(minutes=10)


def store_for_later(body: bytes) -> None:
    """Keep an authentic body and defer its job, in one transaction."""
    from bot.channels.tasks import take_whatsapp_body

    with transaction.atomic():
        waiting = WaitingBody.objects.create(channel=CHANNEL, body=body)
        take_whatsapp_body.defer(body_id=waiting.pk)


def take_waiting(body_id: int) -> None:
    """Take one body in. Dying half-way does no harm: what was stored is a repeat the next time."""
    waiting = WaitingBody.objects.filter(pk=body_id).first()
    if waiting is None:
        return
    # Only what is no JSON is given up; whatever else goes wrong leaves the body for another try.
    take_in(parse_json(waiting.body, CHANNEL), waiting.at)
    waiting.delete()


def look_again(now: datetime) -> None:
    """Bodies whose job came to nothing get a new one; two jobs for one body do no harm."""
    from bot.channels.tasks import take_whatsapp_body

    for pk in WaitingBody.objects.filter(at__lte=now - _LEFT_AFTER).values_list("pk", flat=True):
        take_whatsapp_body.defer(body_id=pk)
