"""Something to do nearby."""

from __future__ import annotations

from rasa_sdk.events import EventType, SlotSet

from .base import Say, Turn, TurnAction


class ActionActivities(TurnAction):
    """The next activity: what, when, where, and who is there; the one after it when asked for more."""

    def name(self) -> str:
        return "action_activities"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        from django.utils import timezone

        from bot.neighbourhood.activities import upcoming

        if turn.entities.get("step") == "maybe":
            return [Say("utter_neighbourhood_activity_maybe")], []
        now, shown = timezone.now(), int(float(turn.slots.get("activities_shown") or 0))
        if turn.entities.get("step") == "free":
            last = upcoming(turn.area, now, limit=max(shown, 1))[max(shown, 1) - 1 :]
            return [Say("activities.is_free" if last and last[0].activity.free else "activities.free_unknown")], []
        skip = shown if turn.entities.get("next") else 0
        found = upcoming(turn.area, now, limit=skip + 1)
        if len(found) <= skip:
            return [Say("activities.no_more" if found else "utter_activities_none")], [SlotSet("activities_shown", 0)]
        values = found[skip].values(turn.language, now)
        return [Say("activities.one" if "person" in values else "activities.one_alone", values)], [
            SlotSet("activities_shown", skip + 1)
        ]
