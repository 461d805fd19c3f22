"""A language in which only buttons and a person are on offer: what is typed is heard for danger, and for a person."""

from __future__ import annotations

from bot.safety import SafetyHit

from . import crisis, languages
from .answers import asked_for
from .models import Conversation, Message
from .outbox import Reply, from_key
from .rasa_client import parse

__all__ = ["SHOWN", "answer", "meanwhile"]

_BUTTONS = "language.buttons_only"
# What the resident sees, at once or while the message waits to be heard.
SHOWN = ("utter_greet", _BUTTONS)


def _is_limited(conversation: Conversation, message: Message) -> bool:
    """Not a tap, nor an answer to a question: those go to the dialogue."""
    if languages.state_of(conversation.language) != languages.State.BUTTONS or message.kind == Message.Kind.TAP:
        return False
    return not conversation.pending and not asked_for(message)


def answer(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Kindly to the buttons; None where it goes to the dialogue. Raises RasaUnavailable or RasaFailed: not heard yet."""
    if not _is_limited(conversation, message):
        return None
    heard = parse(message.text)
    if (hit := (heard.get("safety") or {})) and hit.get("kind"):
        return crisis.answer(conversation, message, SafetyHit(hit["kind"], "ask", hit.get("who", "self")))
    if (heard.get("intent") or {}).get("name") == "want_human":
        return None
    return _to_the_buttons(conversation, message)


def meanwhile(conversation: Conversation, message: Message) -> list[Reply] | None:
    """The buttons at once while nobody can hear the message, once; None in a language that is on."""
    return _to_the_buttons(conversation, message) if _is_limited(conversation, message) else None


def _to_the_buttons(conversation: Conversation, message: Message) -> list[Reply]:
    if Message.objects.filter(reply_to=message, key=_BUTTONS).exists():
        return []
    buttons = from_key(conversation, _BUTTONS)
    new = not Message.objects.filter(conversation=conversation, author=Message.Author.BOT).exists()
    return [Reply(from_key(conversation, "utter_greet").text, (), "utter_greet", buttons.lang), buttons] if new else [buttons]
