"""Learning's jobs."""

from __future__ import annotations

from procrastinate.contrib.django import app

__all__ = ["collect", "work"]


@app.periodic(cron="*/10 * * * *")
@app.task(queue="delivery", queueing_lock="learning.collect", pass_context=False)
def collect(timestamp: int) -> None:
    """Every ten minutes: what was not understood well, of residents who said yes."""
    from django.utils import timezone

    from .collecting import collect as run

    run(timezone.now())


@app.task(queue="delivery", pass_context=False)
def work(kind: str, by: str, arguments: list[str]) -> None:
    """Train, compare or promote, in a process of its own, for a maintainer at the desk."""
    from .work import carry_out

    carry_out(kind, by, arguments)
