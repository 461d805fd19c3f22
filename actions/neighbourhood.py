"""Something to do nearby."""

from __future__ import annotations

from rasa_sdk.events import EventType

from .base import Say, Turn, TurnAction


class ActionActivities(TurnAction):
    """The next activity: what, when, where, and who is there."""

    def name(self) -> str:
        return "action_activities"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        from bot.neighbourhood.activities import describe_next

        described = describe_next(turn.slots.get("area"), turn.language)
        return [Say(*described) if described else Say("utter_activities_none")], []
