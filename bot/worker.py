"""A worker process: ``python -m bot.worker turns`` or ``delivery``.

Besides the queue's jobs it sweeps: what a killed worker left, what waits for Rasa, what is due again. It exits when
its database connection dies, since the queue's LISTEN would stay dead for good; the supervisor starts it afresh.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import uvloop

from bot.privacy.logs import event

if TYPE_CHECKING:
    from psycopg import AsyncConnection

QUEUES = {"turns": 6, "delivery": 4}
_BEAT_SECONDS = 2.0
_STALLED_SECONDS = 30
_QUEUED = (
    "SELECT DISTINCT (args->>'conversation_id')::bigint FROM procrastinate_jobs"
    " WHERE queue_name = %s AND status = 'todo' AND args ? 'conversation_id'"
)
_GONE = timedelta(hours=1)  # a worker that ended: its name is used by nobody again
_FORGET_BEATS = 450  # every quarter of an hour: the drawer lasts 24 hours, not 24 and some


def _sweep_turns() -> list[tuple[str, int]]:
    from bot.conversations.lease import waiting_conversations

    return [("drain", pk) for pk in waiting_conversations(older_than_seconds=_BEAT_SECONDS)]


def _sweep_delivery() -> list[tuple[str, int]]:
    from bot.conversations.delivery import due_conversations

    return [("deliver", pk) for pk in due_conversations()]


_SWEEPS: dict[str, Callable[[], list[tuple[str, int]]]] = {"turns": _sweep_turns, "delivery": _sweep_delivery}


def _name(queue: str) -> str:
    """Ours alone: several workers of a queue may run, also on several machines."""
    return f"{queue}@{socket.gethostname()[:60]}.{os.getpid()}"


def _beat(queue: str) -> None:
    """Say that we live and put back what waits, on a connection of this thread that is closed again."""
    from django.db import close_old_connections
    from django.utils import timezone

    from bot.conversations import measures, tasks
    from bot.conversations.models import Heartbeat

    close_old_connections()
    Heartbeat.objects.update_or_create(process=_name(queue), defaults={"at": timezone.now()})
    measures.flush()
    waiting = _SWEEPS[queue]()
    queued = _queued(queue) if waiting else set()
    for name, conversation_id in waiting:
        if conversation_id not in queued:
            getattr(tasks, name).defer(conversation_id=conversation_id)


def _queued(queue: str) -> set[int]:
    """Conversations whose job only waits for its turn: one more each two seconds would bury a queue that is behind."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_QUEUED, [queue])
        return {conversation for (conversation,) in cursor.fetchall()}


def _forget() -> None:
    """What has been kept long enough goes: conversations without a handover, numbers in the drawer."""
    from django.db import close_old_connections
    from django.utils import timezone

    from bot.conversations.models import Heartbeat
    from bot.privacy.wipe import sweep_retention

    close_old_connections()
    try:
        sweep_retention(timezone.now())
        Heartbeat.objects.filter(at__lt=timezone.now() - _GONE).delete()
    except Exception as error:  # deliveries must not stop for it; it is tried again in a quarter of an hour
        event("retention.failed", level=logging.ERROR, error=type(error).__name__)


async def _put_back_stalled(app, queue: str) -> None:
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=_STALLED_SECONDS):
        await manager.retry_job(job)
        event("worker.job_put_back", level=logging.WARNING, queue=queue, job=job.id)


async def _watch(queue: str, app) -> None:
    """Beat until the database is lost."""
    from procrastinate.contrib.django.utils import connector_params
    from psycopg import AsyncConnection

    connection = await AsyncConnection.connect(**{**connector_params(), "autocommit": True})
    beats = 0
    while True:
        await connection.execute("SELECT 1")
        await asyncio.to_thread(_beat, queue)
        if beats % 5 == 0:
            await _put_back_stalled(app, queue)
        if queue == "delivery" and beats % _FORGET_BEATS == 0:
            await asyncio.to_thread(_forget)
        beats += 1
        await asyncio.sleep(_BEAT_SECONDS)


async def _without_transactions(connection: AsyncConnection) -> None:
    """Each of the queue's calls is one statement: a transaction around it would only be two more."""
    await connection.set_autocommit(True)


async def _run(queue: str) -> None:
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params

    worker_app = app.with_connector(PsycopgConnector(kwargs=connector_params(), configure=_without_transactions))
    async with worker_app.open_async():
        work = asyncio.create_task(
            worker_app.run_worker_async(
                queues=[queue],
                name=queue,
                concurrency=QUEUES[queue],
                install_signal_handlers=False,
                delete_jobs="always",
                shutdown_graceful_timeout=5,
                fetch_job_polling_interval=2,
            )
        )
        watch = asyncio.create_task(_watch(queue, worker_app))
        stop = asyncio.create_task(_stop_signal())
        done, _ = await asyncio.wait({work, watch, stop}, return_when=asyncio.FIRST_COMPLETED)
        for task in {work, watch} - done:
            task.cancel()
        if stop not in done:
            await asyncio.gather(*done)
    if stop not in done:
        raise RuntimeError("worker ended")
    await asyncio.gather(work, watch, return_exceptions=True)


async def _stop_signal() -> None:
    event = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    await event.wait()


def main(queue: str) -> int:
    """Run until told to stop (0) or the database or the queue is lost (1)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    os.environ["AANSPRAAK_PROCESS"] = queue
    import django

    django.setup()
    if queue == "turns":
        from bot.warm import compile_patterns, warm

        warm()
        compile_patterns()
    else:
        from bot.garbage import freeze

        freeze()
    try:
        uvloop.run(_run(queue))
    except Exception as error:  # whatever it was: say so in one line and let the supervisor start us afresh
        event("worker.lost", level=logging.ERROR, queue=queue, error=type(error).__name__)
        # Threads may still wait for a database that is gone; nothing they hold is worth waiting for.
        os._exit(1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
