"""Everything of a resident goes, at their word or after its time; what other rooms hold goes through a registry.

This room stands below the others: it knows the conversations' models by name only.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .exceptions import AlreadyRegistered
from .logs import event
from .retention import WAITING_BODY
from .tally import Counts

__all__ = [
    "FORGOTTEN_FOR", "outlives", "register", "register_keeper", "register_sweeper", "register_trimmer", "sweep_retention",
    "wipe_resident",
]  # fmt: skip

FORGOTTEN_FOR = datetime.timedelta(days=14)
# Read without a key; a wiper that asks for more loads it then.
_PLAIN = ("pk", "resident_id", "rasa_sender", "channel", "address_hash")
Wiper = Callable[[Any], None]
Keeper = Callable[[set[int]], Iterable[int]]
Trimmer = Callable[[int, datetime.datetime], "set[int] | None"]
Sweeper = Callable[[datetime.datetime], None]
_wipers: dict[str, Wiper] = {}
_keepers: dict[str, Keeper] = {}
_trimmers: dict[str, Trimmer] = {}
_sweepers: dict[str, Sweeper] = {}
_LOOK_AGAIN = datetime.timedelta(days=1)


def register(name: str, wiper: Wiper) -> None:
    """``wiper(conversation)`` runs in the wipe's transaction before the rows go; what hangs on a foreign key needs none."""
    _add(_wipers, name, wiper)


def register_keeper(name: str, keeper: Keeper) -> None:
    """``keeper(conversation_ids)`` returns those that must outlive their retention, such as with a live handover."""
    _add(_keepers, name, keeper)


def register_trimmer(name: str, trimmer: Trimmer) -> None:
    """``trimmer(conversation_id, now)`` returns the messages that stay of an idle conversation; None: it may go whole."""
    _add(_trimmers, name, trimmer)


def register_sweeper(name: str, sweeper: Sweeper) -> None:
    """``sweeper(now)`` deletes what a room keeps for a time of its own."""
    _add(_sweepers, name, sweeper)


def _add(registry: dict[str, Any], name: str, function: Any) -> None:
    if registry.setdefault(name, function) is not function:
        raise AlreadyRegistered


def _model(name: str) -> type[models.Model]:
    return apps.get_model("conversations", name)


def _manager(name: str) -> models.Manager:
    return _model(name)._default_manager


def _remember_hashes(ids: list[int], now: datetime.datetime) -> int:
    """A redelivery of a wiped message within 14 days must bring nothing back."""
    hashed = _manager("Message").filter(conversation__in=ids).exclude(provider_hash=None)
    rows = [
        _model("ForgottenMessage")(channel=channel, provider_hash=provider_hash, until=now + FORGOTTEN_FOR)
        for channel, provider_hash in hashed.values_list("channel", "provider_hash")
    ]
    unique = ["channel", "provider_hash"]
    _manager("ForgottenMessage").bulk_create(rows, 500, update_conflicts=True, unique_fields=unique, update_fields=["until"])
    return len(rows)


def _delete_jobs(ids: list[int]) -> int:
    """Jobs that name these conversations. A running one (often the wipe's own) ends by itself: it holds this id only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status <> 'doing' AND args->>'conversation_id' = ANY(%s)",
            [[str(i) for i in ids]],
        )
        return cursor.rowcount


def _announce(ids: list[int]) -> None:
    """Open pages hear of it when the transaction commits."""
    with connection.cursor() as cursor:
        for conversation_id in ids:
            cursor.execute("SELECT pg_notify('aanspraak', %s)", [f"conversation:{conversation_id}:wiped"])


def _erase(conversations: list[Any], now: datetime.datetime) -> Counts:
    """Inside a transaction that holds the rows' locks: the conversations and all that hangs on them."""
    ids = [conversation.pk for conversation in conversations]
    forgotten = _remember_hashes(ids, now)
    for conversation in conversations:
        for wiper in _wipers.values():
            wiper(conversation)
    # Rasa may have begun a session that no turn has tied to its conversation yet.
    senders = [str(conversation.rasa_sender) for conversation in conversations]
    _manager("RasaSession").filter(Q(conversation__in=ids) | Q(sender_id__in=senders)).delete()
    _, rows = _manager("Conversation").filter(pk__in=ids).only("pk").delete()
    jobs = _delete_jobs(ids)
    _announce(ids)
    return Counts.of(rows, forgotten=forgotten, jobs=jobs)


def wipe_resident(resident: Any) -> Counts:
    """Delete a resident with every conversation, message and handover, in one transaction; returns what went.

    Only keyed hashes of provider ids stay, for 14 days. Ciphertext is deleted unread: a lost key stops no wipe.
    """
    with transaction.atomic():
        _manager("Resident").select_for_update().filter(pk=resident.pk).first()
        locked = _manager("Conversation").select_for_update().filter(resident_id=resident.pk).order_by("pk")
        counts = _erase(list(locked.only(*_PLAIN)), timezone.now())
        _, rows = _manager("Resident").filter(pk=resident.pk).only("pk").delete()
        counts += Counts.of(rows)
    event("resident.wiped", conversations=counts.conversations, messages=counts.messages, jobs=counts.jobs)
    return counts


def _idle(cutoff: datetime.datetime) -> models.QuerySet:
    recent = _manager("Message").filter(conversation=OuterRef("pk"), created_at__gte=cutoff)
    return _manager("Conversation").filter(~Exists(recent), created_at__lt=cutoff)


def _kept(conversation_id: int) -> bool:
    return any(conversation_id in set(keeper({conversation_id})) for keeper in _keepers.values())


def outlives(conversation_id: int, now: datetime.datetime) -> bool:
    """Whether something keeps this conversation, or messages of it, beyond its silent days: such as a handover."""
    return _kept(conversation_id) or any(trimmer(conversation_id, now) is not None for trimmer in _trimmers.values())


def _sweep_one(conversation_id: int, cutoff: datetime.datetime, now: datetime.datetime) -> Counts:
    with transaction.atomic():
        # A row that somebody holds is not idle. A message stored while we waited counts: hence the second look.
        locked = _manager("Conversation").select_for_update(skip_locked=True).filter(pk=conversation_id).only(*_PLAIN).first()
        if locked is None or not _idle(cutoff).filter(pk=conversation_id).exists() or _kept(conversation_id):
            return Counts()
        kept = [found for trimmer in _trimmers.values() if (found := trimmer(conversation_id, now)) is not None]
        if kept:
            return _trim(locked, set().union(*kept), now)
        counts = _erase([locked], now)
        _, rows = _manager("Resident").filter(pk=locked.resident_id, conversations=None).delete()
        return counts + Counts.of(rows)


def _trim(conversation: Any, kept: set[int], now: datetime.datetime) -> Counts:
    """Of an idle conversation only these messages stay, and where its resident is found again."""
    _, rows = _manager("Message").filter(conversation=conversation.pk).exclude(pk__in=kept).delete()
    for name in ("RasaSession", "Drawer", "JoinCode"):
        _manager(name).filter(conversation=conversation.pk).delete()
    fresh = {"rasa_sender": uuid.uuid4(), "pending": "", "start_param": "", "trimmed_at": now}
    _manager("Conversation").filter(pk=conversation.pk).update(**fresh)
    return Counts.of(rows)


def _tried(step: Callable[..., Counts | None], *about: Any) -> Counts:
    """What one step took away. One that fails is said, and keeps nobody else's things beyond their time."""
    try:
        return step(*about) or Counts()
    except DatabaseError:  # the next would fail too; all of it is tried again soon
        raise
    except Exception as error:
        event("retention.failed", level=logging.ERROR, error=type(error).__name__)
        return Counts()


def sweep_retention(now: datetime.datetime) -> Counts:
    """Delete what is past its time by content/retention.yml: idle conversations, drawers, hashes, what other rooms keep.

    ``now`` is aware. Each conversation is a transaction of its own; one that a keeper keeps stays whole, of one that a
    trimmer keeps only its messages stay.
    """
    if timezone.is_naive(now):
        raise ValueError("sweep_retention needs an aware time, such as django.utils.timezone.now().")
    cutoff = now - datetime.timedelta(days=settings.RETENTION_DAYS)
    counts = Counts()
    due = _idle(cutoff).filter(Q(trimmed_at=None) | Q(trimmed_at__lte=now - _LOOK_AGAIN))
    for conversation_id in list(due.order_by("pk").values_list("pk", flat=True)):
        counts += _tried(_sweep_one, conversation_id, cutoff, now)
    _manager("RasaSession").filter(conversation=None, updated_at__lt=cutoff).delete()
    _manager("Attachment").filter(state="reference", expires_at__lte=now).delete()
    drawers, _ = _manager("Drawer").filter(expires_at__lte=now).delete()
    _manager("ForgottenMessage").filter(until__lte=now).delete()
    _manager("JoinCode").filter(expires_at__lte=now).delete()
    unread, _ = _manager("WaitingBody").filter(at__lte=now - WAITING_BODY).delete()
    if unread:
        event("retention.unread_bodies", level=logging.ERROR, bodies=unread)
    for sweeper in _sweepers.values():
        _tried(sweeper, now)
    event("retention.swept", conversations=counts.conversations, messages=counts.messages, drawers=drawers)
    return counts
