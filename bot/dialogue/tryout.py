"""Talking to models on disk without a server, and without a trace: what each hears in a message, and the rule it would follow.

``python -m bot.dialogue.tryout MODEL…`` reads one JSON order a line, ``{"id", "talk", "text", "lang"}``, and answers each with a
line ``{"id", "turns": [one a model]}``. Talks live in this process's memory only; nothing is stored and no action is carried out.
"""

from __future__ import annotations

import asyncio
import json
import logging
import string
import sys
from pathlib import Path
from typing import Any, Dict, List

__all__ = ["Tryout"]

_MOST_ACTIONS, _MOST_TALKS = 6, 50
_RANKED = 5


class Tryout:
    """One model; ``turn`` says what it makes of the next message of a talk."""

    def __init__(self, model: Path) -> None:
        from rasa.core.agent import Agent
        from rasa.utils.log_utils import configure_structlog

        configure_structlog(logging.WARNING)  # it would write every text to the terminal
        self.name = model.name
        self._agent = Agent.load(str(model))
        self._talks: Dict[str, Any] = {}

    def _tracker(self, talk: str) -> Any:
        from rasa.shared.core.events import ActionExecuted, SessionStarted
        from rasa.shared.core.trackers import DialogueStateTracker

        if talk not in self._talks:
            if len(self._talks) >= _MOST_TALKS:
                self._talks.pop(next(iter(self._talks)))
            start = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
            self._talks[talk] = DialogueStateTracker.from_events(talk, start, self._agent.domain.slots)
        return self._talks[talk]

    async def turn(self, talk: str, text: str, lang: str) -> Dict[str, Any]:
        """Intent, language, safety, slots, what is answered before Rasa, and the rule's actions with what they would say."""
        from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

        processor, tracker = self._agent.processor, self._tracker(talk)
        message = UserMessage(text.lstrip("/ \t\n") or "…", sender_id=talk)
        parsed = await processor.parse_message(message, tracker)
        message.parse_data = parsed
        await processor._handle_message_with_tracker(message, tracker)
        await processor.run_action_extract_slots(CollectingOutputChannel(), tracker)
        return {
            "model": self.name,
            "intents": [[row["name"], round(row["confidence"], 3)] for row in _ranking(parsed)],
            "language": parsed.get("language"),
            "safety": parsed.get("safety"),
            "slots": {key: value for key, value in tracker.current_slot_values().items() if value},
            "before": _before_rasa(text, lang),
            "actions": self._actions(tracker, lang),
        }

    def _actions(self, tracker: Any, lang: str) -> List[Dict[str, Any]]:
        """What the dialogue predicts, one after the other; actions of ours are named, and never run."""
        from rasa.shared.core.events import ActionExecuted

        found: List[Dict[str, Any]] = []
        while len(found) < _MOST_ACTIONS:
            action, prediction = self._agent.processor.predict_next_with_tracker_if_should(tracker)
            name = action.name()
            tracker.update(ActionExecuted(name, prediction.policy_name, prediction.max_confidence), self._agent.domain)
            if name == "action_listen":
                break
            rule = prediction.policy_name or ""
            found.append({"action": name, "policy": rule.rpartition("_")[2], "says": _says(name, lang)})
        else:
            tracker.update(ActionExecuted("action_listen"), self._agent.domain)
        return found


def _ranking(parsed: Dict[str, Any]) -> List[Dict[str, Any]]:
    """What patterns decided stands first; then what the classifier thought."""
    ranked = [row for row in parsed.get("intent_ranking") or [] if row["name"] != parsed["intent"]["name"]]
    return [parsed["intent"], *ranked][:_RANKED]


def _before_rasa(text: str, lang: str) -> str:
    """What is answered without asking any model: help, a right, a language; empty when Rasa is asked."""
    from bot.language.choice import read_choice
    from bot.language.tags import ON_OFFER
    from bot.safety import read_command, read_safety

    if hit := read_safety(text):
        return f"{hit.kind} ({hit.level}, {hit.who})"
    return read_command(text, lang) or (read_choice(text, ON_OFFER) or "")


def _says(name: str, lang: str) -> str:
    from bot.language.catalogue import known_key, render
    from bot.language.sources import load_sources

    if not known_key(name):
        return ""
    texts = " ".join(variation.text + (variation.other or "") for variation in load_sources()[name])
    fields = {field for _, field, _, _ in string.Formatter().parse(texts) if field}
    return render(name, lang, **{field: 2 if field == "count" else f"[{field}]" for field in fields}).text


async def _answer(order: Dict[str, Any], tryouts: List[Tryout]) -> Dict[str, Any]:
    turns = [await one.turn(str(order["talk"]), str(order["text"]), str(order["lang"])) for one in tryouts]
    return {"id": order["id"], "turns": turns}


def main(names: List[str]) -> None:
    """Serve until the other end of the pipe is gone."""
    from bot.learning.shelf import model_path

    from .django import ready

    ready()
    logging.disable(logging.ERROR)  # a message of a try-out is in no log
    tryouts = [Tryout(path) for path in map(model_path, names) if path]
    loop = asyncio.new_event_loop()
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = loop.run_until_complete(_answer(order, tryouts))
        except Exception as error:  # a model that fails on one message must not end the talk
            answer = {"id": order["id"], "error": type(error).__name__}
        print("answer " + json.dumps(answer, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
