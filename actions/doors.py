"""Answers that depend on what a button told, and asking back when nothing was understood."""

from __future__ import annotations

from rasa_sdk.events import EventType, SlotSet

from .base import Say, Turn, TurnAction
from .handover import ask_consent_again

# (intent, entity, value) that a button carries to the response it leads to.
_VARIANTS = {
    ("help", "door", "home"): "utter_door_home",
    ("help", "door", "more"): "utter_door_more",
    ("letter_not_understood", "date", "yes"): "utter_letter_date_yes",
    ("letter_not_understood", "date", "no"): "utter_letter_date_no",
    ("letter_not_understood", "suspicious", "yes"): "utter_letter_suspicious",
    ("family_loan", "pressure", "yes"): "utter_family_loan_pressure",
    ("celebration_costs", "occasion", "funeral"): "utter_celebration_funeral",
    ("ask_privacy", "more", "yes"): "utter_privacy_more",
}
_DOORS = 2
# Stands under the question anyhow.
_ALWAYS_OFFERED = "want_human"


class ActionVariant(TurnAction):
    """The answer behind a particular button of a topic."""

    def name(self) -> str:
        return "action_variant"

    def act(self, turn: Turn) -> tuple[list[Say], list[EventType]]:
        found = (_VARIANTS.get((turn.intent, entity, value)) for entity, value in turn.entities.items())
        return [Say(next(filter(None, found), f"utter_{turn.intent}"))], []


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
