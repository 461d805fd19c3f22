"""The one base class of all actions: a typed turn in, what to say and which events out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from bot.dialogue.django import in_database

__all__ = ["Say", "Turn", "TurnAction"]


@dataclass(frozen=True)
class Say:
    """A catalogue key with its values; ``buttons`` (title, payload) come behind the key's own."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    buttons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Turn:
    """What an action may know of the message it answers."""

    intent: str
    entities: dict[str, str]
    text: str
    slots: dict[str, Any]
    language: str
    area: str
    message_id: int | None
    conversation_id: int | None
    consent_asked: bool
    ranking: tuple[tuple[str, float], ...]

    def message(self):
        """The stored message, with its conversation and resident; raises DoesNotExist after a wipe."""
        from bot.conversations.models import Message

        return Message.objects.select_related("conversation__resident").get(pk=self.message_id)


def _turn(tracker: Tracker) -> Turn:
    latest = tracker.latest_message or {}
    metadata = latest.get("metadata") or {}
    return Turn(
        intent=(latest.get("intent") or {}).get("name") or "",
        entities={e["entity"]: e["value"] for e in latest.get("entities") or []},
        text=latest.get("text") or "",
        slots=tracker.slots,
        language=metadata.get("language") or tracker.get_slot("language") or "nl",
        area=tracker.get_slot("area") or metadata.get("area") or "",
        message_id=metadata.get("message_id"),
        conversation_id=metadata.get("conversation_id"),
        consent_asked=bool(metadata.get("consent_asked")),
        ranking=tuple((r["name"], r["confidence"]) for r in latest.get("intent_ranking") or []),
    )


class TurnAction(Action, ABC):
    """Subclasses implement ``act``; it runs in a thread with a live database connection.

    An error leaves nothing said: the turn then tells the resident honestly that it did not work.
    """

    @abstractmethod
    def act(self, turn: Turn) -> tuple[list[Say], list[dict[str, Any]]]:
        """(what to say, Rasa events)."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        said, events = await in_database(self.act)(_turn(tracker))
        for say in said:
            buttons = [{"title": title, "payload": payload} for title, payload in say.buttons]
            dispatcher.utter_message(response=say.key, buttons=buttons, **say.values)
        return events
