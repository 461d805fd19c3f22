"""Help first: the answers to safety cues, without Rasa, in whatever state the conversation is."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from bot.language.catalogue import known_key
from bot.safety import SafetyHit, read_answer

from . import checks
from .answers import chosen, last_said
from .children import FOR_CHILDREN, child_writes
from .languages import on_offer
from .models import Conversation, Message
from .outbox import Reply, from_key
from .rights import tell_crisis

__all__ = ["after_check", "answer", "by_the_clock", "calmer", "help_key", "is_help_for_life", "speak_as_asked"]

_SHORT = {"crisis_suicidal": "suicidal", "crisis_violence": "violence", "crisis_eviction_soon": "eviction_soon",
          "crisis_no_food_today": "no_food_today", "crisis_energy_cutoff": "energy_cutoff"}  # fmt: skip
_LIFE = ("utter_crisis_suicidal", "utter_crisis_violence", FOR_CHILDREN)


def help_key(kind: str, who: str = "self", by: str | None = None) -> str:
    """The response that helps: the most particular one there is (by whom, then about whom)."""
    particular = [f"utter_{kind}_{by}" if by else "", f"utter_{kind}_other" if who == "other" else ""]
    return next((key for key in particular if key and known_key(key)), f"utter_{kind}")


# Set by the room that knows opening hours: help that names a time and a number which answer now, or None.
_hours_hook: Callable[[Conversation, str], Reply | None] = lambda conversation, key: None  # noqa: E731


def by_the_clock(hook: Callable[[Conversation, str], Reply | None]) -> None:
    """Let a room above say what helps at this hour in place of an answer (a response's name) that names a number."""
    global _hours_hook
    _hours_hook = hook


def _help(conversation: Conversation, key: str) -> Reply:
    """What helps. A child hears who is there for children: it need not arrange food or a roof, and is told whom to tell."""
    if not key.startswith("utter_crisis_suicidal") and child_writes(conversation):
        return from_key(conversation, FOR_CHILDREN)
    return _hours_hook(conversation, key) or from_key(conversation, key)


def _check_key(kind: str, who: str) -> str:
    other = f"utter_check_{_SHORT[kind]}_other"
    return other if who == "other" and known_key(other) else f"utter_check_{_SHORT[kind]}"


def _held(conversation: Conversation, replies: list[Reply], told: bool = False) -> list[Reply]:
    """While a helper holds the chat the bot signs as the computer and says what the helper gets, where they get something."""
    if not conversation.held_by:
        return replies
    intro = from_key(conversation, "held.safety_intro")
    if not told or conversation.resident.discreet:  # no name on a phone that others read
        return [intro, *replies]
    notice = from_key(conversation, "held.safety_notice", helper=conversation.held_by)
    return [intro, *replies, notice]


def _suspend(conversation: Conversation, pending: str) -> None:
    """Whatever was being asked is suspended: Rasa starts from a clean slate, drafts stay in the database."""
    conversation.pending, conversation.rasa_sender = pending, uuid.uuid4()
    conversation.save(update_fields=["pending", "rasa_sender"])


def answer(conversation: Conversation, message: Message, hit: SafetyHit) -> list[Reply]:
    """Numbers first and a person (``act``), or one plain check question (``ask``).

    Who says it again under that very question has answered it: the same question again would be a closed door.
    """
    check = checks.asked(conversation, message) if hit.level == "ask" else ""
    if check.startswith(hit.kind):
        particular = help_key(hit.kind, hit.who, hit.by).removeprefix("utter_") if check == hit.kind else check
        still = not hit.denied or checks.unsure(message.text, conversation.language)
        return after_check(conversation, message, particular, still)
    message.intent = hit.kind
    if hit.level == "act":
        _suspend(conversation, "")
        tell_crisis(conversation, message, hit.kind)
        return _held(conversation, [_help(conversation, help_key(hit.kind, hit.who, hit.by))], told=True)
    _suspend(conversation, f"check:{help_key(hit.kind, hit.who, hit.by).removeprefix('utter_')}")
    return _held(conversation, [from_key(conversation, _check_key(hit.kind, hit.who))])


def is_help_for_life(said: Message | None) -> bool:
    """Whether ``said`` is what helps where a life is in danger."""
    return said is not None and said.key.startswith(_LIFE)


def calmer(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A no, or a word that it is well, right under help for somebody's life: thanks, and the door stays open.

    Without this a few words about being safe or tired would be read as a topic.
    """
    if conversation.held_by or message.kind != Message.Kind.TEXT or not is_help_for_life(last_said(message)):
        return None
    if chosen(message, conversation.language):  # the words of a button are that button
        return None
    # "I'd rather not" is a no to whatever is asked, and nothing is asked here: it says of nobody that it is well.
    no = read_answer(message.text, conversation.language) is False and not checks.declined(conversation, message)
    return [from_key(conversation, "utter_check_no")] if no or checks.sounds_calm(message.text) else None


def _safe_key(conversation: Conversation) -> str:
    """What stays behind differs: an app keeps the chat on the phone, a browser its history."""
    web = conversation.channel == Conversation.Channel.WEBCHAT
    return "discreet.safe_webchat" if web else "utter_phone_read_safe"


def speak_as_asked(conversation: Conversation, message: Message) -> None:
    """The question may have been asked in a language that is switched off: so is what follows a "sí", or its button; not kept."""
    said = last_said(message)
    if said and not conversation.language_known and conversation.language in on_offer():
        conversation.language = said.language


def after_check(conversation: Conversation, message: Message, check: str, yes: bool) -> list[Reply]:
    """The answer to a check question; ``check`` names the response that "yes" and "sometimes" lead to.

    ``safe_now`` asks the other way round: a "no" means danger.
    """
    _suspend(conversation, "")
    speak_as_asked(conversation, message)
    safe_now = check == checks.SAFE_NOW
    if yes == safe_now:
        return _held(conversation, [from_key(conversation, _safe_key(conversation) if safe_now else "utter_check_no")])
    key = "utter_crisis_violence" if safe_now else f"utter_{check}"
    message.intent = next((kind for kind in _SHORT if key.startswith(f"utter_{kind}")), "")
    tell_crisis(conversation, message, message.intent)
    return _held(conversation, [_help(conversation, key if known_key(key) else "utter_check_no")], told=True)
