"""The desk's jobs."""

from __future__ import annotations

from procrastinate.contrib.django import app

__all__ = ["drift", "mail", "tally"]


@app.periodic(cron="* * * * *")
# One at a time: with a mail server that hangs it takes minutes, and four of them would hold up every message to residents.
@app.task(queue="delivery", queueing_lock="desk.mail", lock="desk.mail", pass_context=False)
def mail(timestamp: int) -> None:
    """Every minute: is there somebody to tell that something waits?"""
    from django.utils import timezone

    from .notify import notify

    notify(timezone.now())


@app.periodic(cron="10 * * * *")
@app.task(queue="delivery", queueing_lock="desk.tally", pass_context=False)
def tally(timestamp: int) -> None:
    """Every hour: count the days that are over and were not counted yet."""
    from django.utils import timezone

    from .tally import count_up_to

    count_up_to(timezone.localdate())


@app.periodic(cron="20 * * * *")
@app.task(queue="delivery", queueing_lock="desk.drift", pass_context=False)
def drift(timestamp: int) -> None:
    """Every hour: count the week that is over, and tell maintainers in the daytime how well it was understood."""
    from django.utils import timezone

    from bot.learning.drift import count_last_week

    from .drift_mail import tell

    count_last_week(timezone.now())
    tell(timezone.now())
