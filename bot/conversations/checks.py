"""What a message answers to a check for danger ("do you think of suicide?").

Under a question about somebody's life only a plain no is a no: half an answer, or another one, is worth help at once.
"""

from __future__ import annotations

import re
from functools import cache

from bot.language.catalogue import translate
from bot.language.fold import fold
from bot.language.sources import BUTTON
from bot.language.wishes import read_wishes
from bot.safety import declines, read_answer

from .answers import asked_before, is_title, last_said, leading_answer
from .models import Conversation, Message
from .payloads import parse_payload

__all__ = [
    "ASKED_BY",
    "SAFE_NOW",
    "asked",
    "asked_below",
    "asked_twice",
    "declined",
    "is_about_life",
    "is_short",
    "question",
    "read",
    "sounds_calm",
    "unsure",
]

SAFE_NOW = "safe_now"
_CHECKS = ("utter_check_", "utter_phone_read", "utter_family_loan_pressure")
ASKED_BY = (*_CHECKS, "held.")
_LIFE = ("crisis_suicidal", "crisis_violence")
_MOST_WORDS = 6
# What stands on a check's buttons between a yes and a no.
_UNSURE = ("Soms", "Misschien", "Weet ik niet", "Een beetje")
_CLAUSE_END = re.compile(r"[,.;:!?…\n،؛؟۔።፣፤፡–—]|\s-\s")
# Words that say yes or no and nothing else, so that what follows needs no comma. "No" is "not" in half of the languages.
_PLAIN_YES = frozenset(map(fold, ("yes", "yeah", "evet", "haa", "نعم", "እወ", "بله", "iyeh", "tak")))
_PLAIN_NO = frozenset(
    map(fold, ("nee", "neen", "nope", "nah", "hayır", "hayir", "maya", "ኣይፋል", "ኣይፋልን", "aifal", "ayfal", "كلا"))
)
_OWN_YES = {"nl": frozenset(("ja",))}  # in Polish it is "I"
_ENGLISH_NO = re.compile(
    r"no (i|im|its|it|just|not|that|thats|this|my|he|hes|she|shes|we|nothing|nobody|sorry|thanks|really|never)\b"
)


def asked(conversation: Conversation, message: Message) -> str:
    """The check that is the last thing the resident had before their eyes (what its "yes" leads to), or empty."""
    kind, _, pending = conversation.pending.partition(":")
    said = last_said(message)
    if kind == "check" and (said is None or (question(said).startswith(ASKED_BY) and not is_title(said, message.text))):
        return pending
    found = (parse_payload(button["payload"])[1] for button in said.buttons) if said else ()
    return next((values["check"] for values in found if "check" in values), "")


def question(said: Message) -> str:
    """The key of what ``said`` leaves asked: news of a request that comes unasked takes the place of no question."""
    is_news = said.author == Message.Author.BOT and said.reply_to_id is None and said.key.startswith("handover.")
    before = asked_before(said) if is_news else ""
    return before if before.startswith(ASKED_BY) else said.key


def asked_below(message: Message) -> Message | None:
    """A check that was asked after ``message`` was written: nobody had it before their eyes then."""
    below = Message.objects.filter(conversation=message.conversation_id, position__gt=message.position, author="bot")
    return next((said for said in below.order_by("-position") if said.key.startswith(_CHECKS)), None)


def asked_twice(message: Message) -> bool:
    """Whether the question above ``message`` was said right before that already."""
    said = last_said(message)
    return said is not None and asked_before(said) == said.key


def is_about_life(check: str) -> bool:
    """About dying or being hurt; ``safe_now`` is asked the other way round, on a phone that others read."""
    return check.startswith(_LIFE)


def is_short(text: str) -> bool:
    """Few enough words to be an answer to a question, however unclear."""
    return len(text.split()) <= _MOST_WORDS


def sounds_calm(text: str) -> bool:
    """ "I am safe now", "only tired", "I did not mean it like that"."""
    return "calm" in read_wishes(text)


def _languages(conversation: Conversation, message: Message) -> tuple[str, ...]:
    """The question's, then the conversation's: help is asked about also in a language that is switched off."""
    said = last_said(message)
    return tuple(dict.fromkeys((said.language if said else conversation.language, conversation.language)))


def read(conversation: Conversation, message: Message, check: str) -> bool | None:
    """Whether typed words say yes (or "sometimes", "I don't know") or no to ``check``; None where neither is clear."""
    text, tags = message.text, _languages(conversation, message)
    if any(declines(text, tag) for tag in tags):
        return None
    whole = next((answer for tag in tags if (answer := read_answer(text, tag)) is not None), None)
    if whole is not None:
        return whole
    if check == SAFE_NOW:
        return _is_safe(text, tags)
    if any(unsure(text, tag) for tag in tags) or any(_begins_with_yes(text, tag) for tag in tags):
        return True
    if any(_begins_with_no(text, tag, check) for tag in tags) or sounds_calm(text):
        return False
    return None


def _is_safe(text: str, tags: tuple[str, ...]) -> bool | None:
    short = next((answer for tag in tags if (answer := leading_answer(text, tag)) is not None), None)
    if short is None and any(_first_clause(text, tag) is False for tag in tags):
        return False
    return True if short is None and sounds_calm(text) else short


def unsure(text: str, tag: str) -> bool:
    """Whether what stands on a button between yes and no is in ``text``."""
    said = f" {fold(text)} "
    return any(f" {title} " in said for title in _unsure_titles(tag))


@cache
def _unsure_titles(tag: str) -> tuple[str, ...]:
    return tuple(fold(title) for msgid in _UNSURE if (title := translate(BUTTON, msgid, tag)))


def _first_clause(text: str, tag: str) -> bool | None:
    clause = _CLAUSE_END.split(text.strip(), maxsplit=1)[0]
    return None if declines(clause, tag) else read_answer(clause, tag)


def _begins_with_yes(text: str, tag: str) -> bool:
    """ "Yes, for a few weeks now", however long."""
    first = fold(text).partition(" ")[0]
    return (
        first in _PLAIN_YES
        or first in _OWN_YES.get(tag, ())
        or _first_clause(text, tag) is True
        or leading_answer(text, tag) is True
    )


def _begins_with_no(text: str, tag: str, check: str) -> bool:
    """ "No, I meant the dishes": of somebody's life only where the word can be nothing else ("no sé" is no answer)."""
    if not is_about_life(check):
        return leading_answer(text, tag) is False
    folded = fold(text)
    plain = folded.partition(" ")[0] in _PLAIN_NO or (tag == "en" and bool(_ENGLISH_NO.match(folded)))
    return plain or _first_clause(text, tag) is False


def declined(conversation: Conversation, message: Message) -> bool:
    """ "I'd rather not say", typed."""
    return any(declines(message.text, tag) for tag in _languages(conversation, message))
