"""Rasa's conversations in our database: one encrypted row a session, and the turn's result in the same transaction.

Rasa's own stores read every event there ever was, and their fail-safe wrapper turns a failed read into a new
conversation that then overwrites the old one; this one refuses to save after a failed read.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any, Dict, Iterable, List, Optional, Set, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from .django import in_database, ready

__all__ = ["SessionTrackerStore"]

_log = logging.getLogger("aanspraak.tracker_store")


class SaveRefused(Exception):
    """The conversation could not be read at the start of this turn; saving would overwrite it. The turn is repeated."""


class SessionTrackerStore(TrackerStore):
    """Named in endpoints.yml. Everything a turn leaves is written by ``save``, once."""

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        host: Optional[Text] = None,
        **kwargs: Any,
    ) -> None:
        ready()
        super().__init__(domain, event_broker, **kwargs)
        self._unread: Set[Text] = set()

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        self._unread.add(sender_id)  # until the read has succeeded
        events = await in_database(_read)(sender_id)
        self._unread.discard(sender_id)
        if events is None:
            return None
        return DialogueStateTracker.from_dict(sender_id, events, self.domain.slots, self.max_event_history)

    async def save(self, tracker: DialogueStateTracker) -> None:
        if tracker.sender_id in self._unread:
            raise SaveRefused
        if any(isinstance(event, UserUttered) for event in tracker.events):
            await in_database(_write)(tracker.sender_id, _session(list(tracker.events)), _result(tracker))

    async def keys(self) -> Iterable[Text]:
        return await in_database(_senders)()


def _session(events: List[Event]) -> List[Dict[Text, Any]]:
    """The events of the current session, as JSON; bot texts stay out (they are in the messages, once)."""
    starts = [i for i, e in enumerate(events) if isinstance(e, SessionStarted)]
    current = events[max(starts[-1] - 1, 0) :] if starts else events
    return [_slim(event.as_dict()) for event in current]


def _slim(event: Dict[Text, Any]) -> Dict[Text, Any]:
    if event["event"] == "bot":
        return {**event, "text": "…", "data": {}}
    if event["event"] == "user":
        parse = event.get("parse_data") or {}
        return {**event, "parse_data": {k: parse.get(k) for k in ("intent", "entities")}}
    return event


def _latest_turn(events: List[Event]) -> List[Event]:
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], UserUttered):
            return events[index:]
    return []


def _reply(event: BotUttered) -> Dict[Text, Any]:
    data = event.data or {}
    buttons = [[b["title"], b["payload"]] for b in data.get("buttons") or []]
    meta = event.metadata or {}
    return {
        "text": event.text or "",
        "buttons": buttons,
        "key": str(meta.get("key") or meta.get("utter_action") or ""),
        "lang": str(meta.get("lang") or "nl"),
    }


def _result(tracker: DialogueStateTracker) -> Optional[Dict[Text, Any]]:
    """What the turn said, keyed by the message it answers; None for a conversation that is not ours (rasa shell)."""
    turn = _latest_turn(list(tracker.events))
    message_id = (turn[0].metadata or {}).get("message_id") if turn else None
    if not message_id:
        return None
    safety = turn[0].parse_data.get("safety") or {}
    return {
        "message_id": message_id,
        "conversation_id": turn[0].metadata["conversation_id"],
        "replies": [_reply(e) for e in turn if isinstance(e, BotUttered) and e.text],
        "intent": (turn[0].intent or {}).get("name") or "",
        "language": (turn[0].parse_data.get("language") or {}).get("code", ""),
        "events": sum(isinstance(e, (ActionExecuted, UserUttered, BotUttered, SlotSet)) for e in tracker.events),
        "in_form": bool(tracker.active_loop_name),
        "crisis": safety.get("kind", ""),
        "about_another": safety.get("who") == "other",
        **_sureness(turn[0].parse_data),
    }


def _sureness(parse: Dict[Text, Any]) -> Dict[Text, Any]:
    """How sure the reading was: learning looks at what was not."""
    intent, ranking = parse.get("intent") or {}, parse.get("intent_ranking") or []
    if intent.get("name") != "nlu_fallback":
        return {"confidence": intent.get("confidence"), "guess": ""}
    likeliest = next((r for r in ranking if r.get("name") != "nlu_fallback"), {})
    return {"confidence": likeliest.get("confidence", intent.get("confidence")), "guess": likeliest.get("name") or ""}


@cache
def _session_of() -> Any:
    """Written once; Django is not ready when Rasa imports this."""
    from bot.compiled import Compiled
    from bot.conversations.models import RasaSession

    return Compiled(lambda sender_id: RasaSession.objects.filter(sender_id=sender_id))


def _read(sender_id: str) -> Optional[list]:
    row = _session_of().first(sender_id)
    return row.events if row else None


def _write(sender_id: str, events: list, result: Optional[dict]) -> None:
    from django.db import transaction

    from bot.conversations.models import Message, RasaSession, TurnResult

    with transaction.atomic():
        if result and not Message.objects.filter(pk=result["message_id"]).exists():
            return  # wiped meanwhile: nothing of it may come back
        if result:
            conversation = result.pop("conversation_id")
            # The unique message makes a second save of the same turn fail, and its events with it.
            TurnResult.objects.create(**result)
            _upsert(RasaSession(sender_id=sender_id, events=events, conversation_id=conversation), "conversation")
        else:
            _upsert(RasaSession(sender_id=sender_id, events=events))


def _upsert(session: Any, *also: str) -> None:
    """In one statement."""
    fields = ["events", "updated_at", *also]
    type(session).objects.bulk_create([session], update_conflicts=True, unique_fields=["sender_id"], update_fields=fields)


def _senders() -> list:
    from bot.conversations.models import RasaSession

    return list(RasaSession.objects.values_list("sender_id", flat=True))
