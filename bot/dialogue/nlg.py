"""The NLG class named in endpoints.yml: every response through the catalogue, in the language of the turn."""

from __future__ import annotations

from typing import Any, Dict, Optional, Text

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.language.catalogue import Rendered

from .django import in_database, ready

__all__ = ["CatalogueNLG", "turn_language"]


def turn_language(tracker: DialogueStateTracker) -> tuple[str, str, int]:
    """(language, second language, seed): the last of what the turn says and what an action has set."""
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key == "language" and event.value:
            return str(event.value), "", 0
        if isinstance(event, UserUttered) and (event.metadata or {}).get("language"):
            data = event.metadata
            return data["language"], data.get("second_language", ""), int(data.get("seed", 0))
    return "nl", "", 0


def _response(rendered: Rendered) -> Dict[Text, Any]:
    buttons = [{"title": title, "payload": payload} for title, payload in rendered.buttons]
    return {"text": rendered.text, "buttons": buttons, "key": rendered.key, "lang": rendered.lang}


class CatalogueNLG(NaturalLanguageGenerator):
    """Rasa asks for a response's name; the catalogue says it."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        ready()

    async def generate(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        """The response's text, buttons, key and true language; unknown names raise UnknownKey."""
        from bot.conversations.texts import say

        tag, second, seed = turn_language(tracker)
        values = {k: v for k, v in kwargs.items() if k not in {"buttons", "text", "image", "elements", "custom", "template"}}
        # Which languages are on offer stands in the database, which may have been started again since the turn before.
        said = await in_database(say)(utter_action, tag, second=second, seed=seed, **values)
        return _response(said)
