"""Answers that depend on what a button told, and asking back when nothing was understood."""

from __future__ import annotations

from datetime import date

from rasa_sdk.events import EventType, SlotSet

from .base import Say, Turn, TurnAction
from .handover import ask_consent_again
from .variants import variant

_DOORS = 2
# Stands under the question anyhow.
_ALWAYS_OFFERED = "want_human"


class ActionVariant(TurnAction):
    """The answer behind a particular button of a topic."""

    def name(self) -> str:
        return "action_variant"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        return variant(turn.intent, turn.entities), []


def _likely_doors(turn: Turn) -> tuple[tuple[str, str], ...]:
    """The two likeliest topics that have a door, as buttons in the resident's language."""
    from bot.conversations.texts import say
    from bot.language.catalogue import known_key

    names = [name for name, _ in turn.ranking if name != _ALWAYS_OFFERED and known_key(f"door.{name}")][:_DOORS]
    return tuple((say(f"door.{name}", turn.language).text, f"/{name}") for name in names)


class ActionAskBack(TurnAction):
    """Not understood: ask back with two likely doors; after two misses offer a person; after a preview ask that again."""

    def name(self) -> str:
        return "action_ask_back"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        if turn.consent_asked:
            return ask_consent_again(turn), []
        misses = float(turn.slots.get("misses") or 0) + 1
        if misses >= 2:
            return [Say("utter_two_misses")], [SlotSet("misses", 0)]
        return [Say("utter_ask_rephrase", buttons=_likely_doors(turn))], [SlotSet("misses", misses)]


class ActionLetterDay(TurnAction):
    """The day a letter names: in how many days that is, without a verdict."""

    def name(self) -> str:
        return "action_letter_day"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        from django.utils import timezone

        days = (date.fromisoformat(turn.entities["day"]) - timezone.localdate()).days
        if days > 0:
            return [Say("letter.date_ahead", {"count": days})], []
        return [Say("letter.date_past" if days < 0 else "letter.date_today")], []
