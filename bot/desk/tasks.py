"""The desk's jobs."""

from __future__ import annotations

from procrastinate.contrib.django import app

__all__ = ["mail"]


@app.periodic(cron="* * * * *")
@app.task(queue="delivery", queueing_lock="desk.mail", pass_context=False)
def mail(timestamp: int) -> None:
    """Every minute: is there somebody to tell that something waits?"""
    from django.utils import timezone

    from .mail import notify

    notify(timezone.now())
