"""Jobs of the queue that look after promises."""

from __future__ import annotations

from procrastinate.contrib.django import app

__all__ = ["watch"]


@app.periodic(cron="* * * * *")
@app.task(queue="turns", queueing_lock="handover.watch", pass_context=False)
def watch(timestamp: int) -> None:
    """Every minute: whom was something promised that did not come?"""
    from django.utils import timezone

    from .watch import look

    look(timezone.now())
