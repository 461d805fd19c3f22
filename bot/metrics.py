"""``/metrics`` for Prometheus, with ``STATUS_TOKEN``: what an operator must see, promises first.

Everything is read from the database when it is asked for, so that each web process tells the same of the whole system. No
label names a person, a helper, a team, a language, a neighbourhood or a topic: a single line must not tell who it is about.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Exists, Min, OuterRef
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from bot import health
from bot.conversations.measures import BOUNDS
from bot.conversations.models import Conversation, Delivery, Measure, Message, Provider
from bot.handover import watch
from bot.handover.models import Handover, HandoverEvent
from bot.handover.states import PROMISED, Kind

__all__ = ["metrics", "render"]

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SOON = timedelta(minutes=30)
# The bot looks every minute, and wakes nobody: what it has not said by then, in the day, it should have said.
_SAID_WITHIN = timedelta(minutes=3)
_SENT_BY = (Conversation.Channel.TELEGRAM, Conversation.Channel.WHATSAPP)
_STATES = (Delivery.State.PENDING, Delivery.State.FAILED, Delivery.State.PARKED)

# name → (what it is, its labels, the values shown from the start: an alert on a series that is not there never fires)
_COUNTERS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "turns_without_answer": ("Messages that got an apology, since no action answered.", (), ("",)),
    "rasa_failures": ("Turns Rasa did not finish; each is tried again.", ("kind",), ("too_slow", "unreachable", "no_result")),
    "deliveries": (
        "What became of sends to a provider.",
        ("channel", "outcome"),
        tuple(f"{channel},{what}" for channel in _SENT_BY for what in ("sent", "put_off", "parked", "failed")),
    ),
}  # fmt: skip
_HISTOGRAMS = {
    "turn_seconds": "From a message's arrival to its answer being stored.",
    "rasa_seconds": "Of that, what Rasa and the actions took.",
    "delivery_seconds": "From an answer being stored to its provider having taken it.",
}


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"aanspraak_{name}", what, value=value)


def _gauges(name: str, what: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"aanspraak_{name}", what, labels=[label])
    for value, number in values:
        family.add_metric([value], number)
    return family


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _promises(now: datetime) -> Iterator[Metric]:
    promised = Handover.objects.filter(PROMISED)
    late = promised.filter(due_at__lt=now)
    soon = promised.filter(due_at__gte=now, due_at__lt=now + _SOON)
    yield _gauge("promises", "Handovers in which a time was promised that has not been kept yet.", promised.count())
    yield _gauge("promises_due_soon", "Of these, due within 30 minutes.", soon.count())
    yield _gauge("promises_late", "Of these, past their time.", late.count())
    oldest = late.aggregate(at=Min("due_at"))["at"]
    yield _gauge("promises_late_seconds", "How far the one that is longest late is past its time.", _seconds(oldest, now))
    yield _gauge("promises_late_untold", "Late, and the bot has not said so; by day, when it does.", _untold(now))


def _untold(now: datetime) -> int:
    if not (watch.by_day(now) and watch.by_day(now - _SAID_WITHIN)):
        return 0
    said = HandoverEvent.objects.filter(handover=OuterRef("pk"), kind__in=(Kind.LATE, Kind.FOLLOW_UP), at__gte=OuterRef("due_at"))
    return Handover.objects.filter(PROMISED, ~Exists(said), due_at__lt=now - _SAID_WITHIN).count()


def _turns(now: datetime) -> Iterator[Metric]:
    waiting = Message.objects.filter(author=Message.Author.RESIDENT, handled_at=None)
    found = waiting.aggregate(number=Count("pk"), oldest=Min("created_at"))
    yield _gauge("turns_waiting", "Messages without an answer yet.", found["number"])
    yield _gauge("turns_waiting_oldest_seconds", "How long the oldest of them waits.", _seconds(found["oldest"], now))
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue_name, count(*) FROM procrastinate_jobs WHERE status = 'todo' GROUP BY queue_name")
        jobs = dict(cursor.fetchall())
    yield _gauges(
        "jobs_waiting", "Jobs of a queue that no worker has begun.", "queue", [(q, jobs.get(q, 0)) for q in health.QUEUES]
    )


def _deliveries(now: datetime) -> Iterator[Metric]:
    on_the_way = Delivery.objects.filter(state__in=("pending", "sending"))
    failed = Delivery.objects.filter(state="failed", updated_at__gte=now - timedelta(days=1)).exclude(error="overtaken")
    numbers = (on_the_way.count(), failed.count(), Delivery.objects.filter(state="parked").count())
    yield _gauges("outbox", "Messages to residents: on their way, failed in the last day, waiting for WhatsApp's window.",
                  "state", zip(_STATES, numbers))  # fmt: skip
    overdue = _overdue(now)
    yield _gauges("outbox_oldest_seconds", "How long the oldest that could be sent is past its time.", "channel",
                  [(c, _seconds(overdue.get(c), now)) for c in _SENT_BY])  # fmt: skip


def _overdue(now: datetime) -> dict[str, datetime]:
    """Of each channel, since when the oldest is due. What was put off is not, nor what waits behind it in its conversation."""
    on_the_way = Delivery.objects.filter(state__in=("pending", "sending"))
    ordered = on_the_way.order_by("message__conversation_id", "message__position").distinct("message__conversation_id")
    since: dict[str, datetime] = {}
    for channel, due_at in ordered.values_list("message__channel", "due_at"):
        if due_at < now:
            since[channel] = min(due_at, since.get(channel, due_at))
    return since


def _providers(now: datetime) -> Iterator[Metric]:
    known = {provider.channel: provider for provider in Provider.objects.all()}
    closed = {c: bool(p.closed_until and p.closed_until > now) for c, p in known.items()}
    yield _gauges("provider_paused", "1 while a provider is left alone, since it takes nothing.", "channel",
                  [(c, closed.get(c, False)) for c in _SENT_BY])  # fmt: skip
    yield _gauges("provider_failures", "Sends in a row that a provider did not take.", "channel",
                  [(c, known[c].failures if c in known else 0) for c in _SENT_BY])  # fmt: skip


def _workers() -> Iterator[Metric]:
    beats = health.beats()
    alive = [(q, sum(age < health.FRESH for age in beats[q])) for q in health.QUEUES]
    yield _gauges("workers", "Workers that said within 15 seconds that they live.", "queue", alive)
    # A day, where there never was one: an alert on its age must fire then too.
    newest = [(q, max(0.0, min(beats[q], default=86400.0))) for q in health.QUEUES]
    yield _gauges("heartbeat_age_seconds", "Since a worker of this queue last said so.", "queue", newest)


def _measured() -> Iterator[Metric]:
    rows = {(name, label): value for name, label, value in Measure.objects.values_list("name", "label", "value")}
    for name, (what, labels, shown) in _COUNTERS.items():
        family = CounterMetricFamily(f"aanspraak_{name}", what, labels=labels)
        for label in sorted({*shown, *(label for series, label in rows if series == name)}):
            family.add_metric(label.split(",") if labels else [], rows.get((name, label), 0.0))
        yield family
    for name, what in _HISTOGRAMS.items():
        family, total, buckets = HistogramMetricFamily(f"aanspraak_{name}", what), 0.0, []
        for bound in (*map(str, BOUNDS), "+Inf"):
            total += rows.get((name, bound), 0.0)
            buckets.append((bound, total))
        family.add_metric([], buckets, rows.get((name, "sum"), 0.0))
        yield family


class _Collector:
    """One scrape: the parts always, the rest while the database answers."""

    def collect(self) -> Iterator[Metric]:
        parts = health.parts()
        yield _gauges("part_up", "1 while this part answers.", "part", parts.items())
        yield _gauge("rasa_ready", "How many Rasa have their model.", sum(health.rasas_ready()))
        yield _gauge(
            "disk_free_bytes", "Left where logs, keys and the embedded database lie.", shutil.disk_usage(settings.VAR).free
        )
        if parts["database"]:
            yield from self._stored(timezone.now())

    @staticmethod
    def _stored(now: datetime) -> Iterator[Metric]:
        for found in (_promises(now), _turns(now), _deliveries(now), _providers(now), _workers(), _measured()):
            yield from found


def render() -> bytes:
    """Every metric in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return generate_latest(registry)


def metrics(request: HttpRequest) -> HttpResponse:
    """Only to operators; strangers cost nothing."""
    if not health.is_ours(request):
        return JsonResponse({"error": "token"}, status=401)
    try:
        return HttpResponse(render(), content_type=_TYPE)
    except DatabaseError:  # lost while we asked: Prometheus marks the scrape as failed, which is an alert of its own
        return JsonResponse({"error": "database"}, status=503)
