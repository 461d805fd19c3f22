"""Choosing a language."""

from __future__ import annotations

from rasa_sdk.events import EventType

from .base import Say, Turn, TurnAction


class ActionChangeLanguage(TurnAction):
    """A wish for another language that named none (one that names it is carried out before Rasa)."""

    def name(self) -> str:
        return "action_change_language"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        return [Say("utter_ask_language")], []
