"""A language in which only buttons and a person are on offer: what is typed is heard for danger, and for a person."""

from __future__ import annotations

from bot.safety import SafetyHit

from . import crisis, languages
from .answers import asked_for
from .models import Conversation, Message
from .outbox import Reply, from_key
from .rasa_client import parse

__all__ = ["answer"]


def answer(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Kindly to the buttons; None where it goes to the dialogue: a tap, an answer to a question, a wish for a person."""
    if languages.state_of(conversation.language) != languages.State.BUTTONS or message.kind == Message.Kind.TAP:
        return None
    if conversation.pending or asked_for(message):
        return None
    heard = parse(message.text)
    if (hit := (heard.get("safety") or {})) and hit.get("kind"):
        return crisis.answer(conversation, message, SafetyHit(hit["kind"], "ask", hit.get("who", "self")))
    if (heard.get("intent") or {}).get("name") == "want_human":
        return None
    buttons = from_key(conversation, "language.buttons_only")
    new = not Message.objects.filter(conversation=conversation, author=Message.Author.BOT).exists()
    return [Reply(from_key(conversation, "utter_greet").text, (), "utter_greet", buttons.lang), buttons] if new else [buttons]
