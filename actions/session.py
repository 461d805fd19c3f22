"""Starting a session and choosing a language."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, EventType, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from .base import Say, Turn, TurnAction


class ActionSessionStart(Action):
    """Carries only language and area over: old wishes and questions stay behind."""

    def name(self) -> str:
        return "action_session_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        kept = [SlotSet(slot, value) for slot in ("language", "area") if (value := tracker.get_slot(slot))]
        return [SessionStarted(), *kept, ActionExecuted("action_listen")]


class ActionChangeLanguage(TurnAction):
    """A wish for another language that named none (one that names it is carried out before Rasa)."""

    def name(self) -> str:
        return "action_change_language"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        return [Say("utter_ask_language")], []
