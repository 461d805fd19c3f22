"""Choosing a language, and leave-taking."""

from __future__ import annotations

from rasa_sdk.events import EventType

from .base import Say, Turn, TurnAction


class ActionChangeLanguage(TurnAction):
    """A wish for another language that named none (one that names it is carried out before Rasa)."""

    def name(self) -> str:
        return "action_change_language"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        return [Say("utter_ask_language")], []


class ActionGoodbye(TurnAction):
    """After a first step that was really done, once: whether there is something else. Else a plain goodbye."""

    def name(self) -> str:
        return "action_goodbye"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        from bot.handover.questions import may_ask_behind

        ask = may_ask_behind(turn.message().conversation)
        return [Say("handover.anything_else" if ask else "utter_thank_or_bye")], []
