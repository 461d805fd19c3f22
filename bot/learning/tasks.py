"""Learning's jobs."""

from __future__ import annotations

from procrastinate.contrib.django import app

__all__ = ["collect"]


@app.periodic(cron="*/10 * * * *")
@app.task(queue="delivery", queueing_lock="learning.collect", pass_context=False)
def collect(timestamp: int) -> None:
    """Every ten minutes: what was not understood well, of residents who said yes."""
    from django.utils import timezone

    from .collecting import collect as run

    run(timezone.now())
