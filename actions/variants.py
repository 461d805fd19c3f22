"""Which answer a button leads to: a topic's next step, told by the entity it carries."""

from __future__ import annotations

from collections.abc import Mapping

from .base import Say

__all__ = ["variant"]

# (entity, value) that a button carries to the response it leads to; ``step`` is named like its response.
_VARIANTS = {
    ("help", "door", "home"): "utter_door_home",
    ("help", "door", "more"): "utter_door_more",
    ("help", "about", "word"): "utter_naming_word",
    ("help", "about", "money"): "money.told",
    ("help", "minor", "self"): "utter_minor",
    ("help", "minor", "helping"): "utter_minor_for_parent",
    ("letter_not_understood", "date", "yes"): "utter_letter_date_yes",
    ("letter_not_understood", "date", "no"): "utter_letter_date_no",
    ("letter_not_understood", "suspicious", "yes"): "utter_letter_suspicious",
    ("letter_not_understood", "step", "sender"): "utter_letter_sender",
    ("letter_not_understood", "step", "government"): "utter_letter_government",
    ("letter_not_understood", "step", "company"): "utter_letter_company",
    ("family_loan", "pressure", "yes"): "utter_family_loan_pressure",
    ("celebration_costs", "occasion", "funeral"): "utter_celebration_funeral",
    ("ask_privacy", "more", "yes"): "utter_privacy_more",
}


def variant(intent: str, entities: Mapping[str, str]) -> list[Say]:
    """The answer behind a particular button of a topic, else the topic's own."""
    from bot.language.catalogue import known_key

    found = [_VARIANTS.get((intent, entity, value)) for entity, value in entities.items()]
    steps = [f"utter_{intent}_{value}" for entity, value in entities.items() if entity == "step"]
    return [Say(next((key for key in [*found, *steps] if key and known_key(key)), f"utter_{intent}"))]
