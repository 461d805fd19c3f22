"""What a typed message answers: the question that the bot's message before it asked, and the buttons under it."""

from __future__ import annotations

from bot.compiled import Compiled
from bot.language.fold import fold
from bot.language.sources import load_sources
from bot.language.wishes import read_wishes
from bot.safety import read_answer

from . import voices
from .models import Message
from .payloads import parse_payload

__all__ = ["asked_before", "asked_for", "chosen", "context", "is_title", "last_said", "leading_answer", "meant"]

_ASKS = "utter_ask_"
# Questions that are not about a wish, and what a reader should look for in the answer.
_ASKED = {
    **dict.fromkeys(("utter_letter_not_understood", "utter_letter_date_yes", "utter_letter_suspicious"), "day"),
    **dict.fromkeys(("utter_letter_date_no", "utter_letter_sender", "utter_letter_government", "utter_letter_company"), "day"),
    "utter_gambling_worry": "whom",
    "activities.one": "activity", "activities.one_alone": "activity", "utter_neighbourhood_activity_maybe": "activity",
    "handover.propose": "helper", "utter_minor": "child", "utter_minor_for_parent": "child",
}  # fmt: skip
# They answer a question and ask for no wish.
_ANSWERS = {
    "utter_ask_privacy", "utter_ask_are_you_municipality", "utter_ask_cost_of_help", "utter_ask_who_helps", "utter_ask_rephrase",
}  # fmt: skip
_CONTEXTS = {
    "utter_letter_date_yes": "which_day", "utter_letter_sender": "sender", "utter_crisis_energy_cutoff": "energy_bill",
    **dict.fromkeys(("utter_rent_worry", "utter_rent_worry_judge"), "rent_worry"), "utter_energy_bill": "energy_bill",
}  # fmt: skip
# A date that comes some messages after it was asked for is a short message.
_EARLIER, _FEW_WORDS = 3, 5
# Only a word or a tap says yes to these.
_EXPLICIT = ('"consent"', '"check"', '"confirm"', '"join"', '"also"', '"learning"', '"outcome"')
_MOST_WORDS = 6


_keys_before = Compiled(
    lambda conversation_id, position: (
        Message.objects.filter(conversation=conversation_id, position__lt=position, author=Message.Author.BOT)
        .order_by("-position")
        .values_list("key", flat=True)[:_EARLIER]
    )
)


def last_said(message: Message) -> Message | None:
    """What the resident had before their eyes: the last message above ``message``, by the bot or a helper.

    That an answer takes long is no question and covers none, nor does a voice that read one out. Looked up once: nothing
    comes in below a message.
    """
    if not hasattr(message, "_last_said"):
        message._last_said = _look_up_last_said(message)
    return message._last_said


# In every turn's way. What never reached the phone asks nothing.
_LAST_SAID = (
    "SELECT * FROM conversations_message m WHERE conversation_id = %s AND position < %s AND author <> 'resident'"
    " AND key <> 'turn.slow' AND what <> %s AND NOT EXISTS"
    " (SELECT FROM conversations_delivery d WHERE d.message_id = m.id AND d.state IN ('failed', 'parked'))"
    " ORDER BY position DESC LIMIT 1"
)


def _look_up_last_said(message: Message) -> Message | None:
    return next(iter(Message.objects.raw(_LAST_SAID, [message.conversation_id, message.position, voices.WHAT])), None)


def asked_for(message: Message) -> str:
    """What was just asked for, as a slot's name, or empty; "3061" or "friday" means little without it."""
    said = last_said(message)
    key = said.key if said else ""
    if key in _ANSWERS:
        return ""
    return _ASKED.get(key) or (key.removeprefix(_ASKS) if key.startswith(_ASKS) else "")


def context(message: Message) -> str:
    """What helps to read a few words: the topic, else what was asked for, else "day_earlier" while a letter's date is about."""
    said = last_said(message)
    key = said.key if said else ""
    asked = _CONTEXTS.get(key) or asked_for(message)
    if asked or said is None or len(message.text.split()) > _FEW_WORDS:
        return asked
    return "day_earlier" if _spoke_of_letter(said) else ""


def _spoke_of_letter(said: Message) -> bool:
    """Whether a letter's date was the question within the last few messages of the bot's before this one."""
    return any(_ASKED.get(key) == "day" for key in _keys_before(said.conversation_id, said.position))


def asked_before(said: Message) -> str:
    """The key of the bot's message before ``said``, or empty."""
    return next(iter(_keys_before(said.conversation_id, said.position)), "")


def meant(said: Message | None, yes: bool) -> str | None:
    """The payload of the button that a yes or a no to ``said`` stands for, or None."""
    if said is None:
        return None
    sources, word = load_sources().get(said.key, ()), "yes" if yes else "no"
    meaning = [parse_payload(button.payload) for variation in sources for button in variation.buttons if button.says == word]
    return next((b["payload"] for b in said.buttons if any(_begins_as(b["payload"], source) for source in meaning)), None)


def _begins_as(payload: str, source: tuple[str, dict]) -> bool:
    """Whether this is the source's button; one that was sent may carry what it is about besides."""
    name, values = parse_payload(payload)
    return name == source[0] and source[1].items() <= values.items()


def _by_title(said: Message, text: str) -> str | None:
    """Somebody typed what stands on a button, or its number; a number never agrees to anything that counts."""
    typed = fold(text).strip(" .!?")
    if typed.isascii() and typed.isdigit() and len(typed) == 1 and 1 <= int(typed) <= len(said.buttons):
        payload = said.buttons[int(typed) - 1]["payload"]
        return None if any(word in payload for word in _EXPLICIT) else payload
    return next((b["payload"] for b in said.buttons if fold(b["title"]).strip(" .!?") == typed), None)


def is_title(said: Message, text: str) -> bool:
    """Whether ``text`` is what stands on one of its buttons."""
    return fold(text).strip(" .!?") in {fold(button["title"]).strip(" .!?") for button in said.buttons}


def _not_now(said: Message, text: str) -> str | None:
    """ "I don't want to now" is the button that says "not now", where "I don't want to" alone may be another's."""
    found = next((b for b in said.buttons if parse_payload(b["payload"])[0] == "not_now"), None)
    others = {word for b in said.buttons if b is not found for word in fold(b["title"]).split()}
    telling = (set(fold(found["title"]).split()) - others) & set(fold(text).split()) if found else set()
    return found["payload"] if found and any(read_answer(word, said.language) is None for word in telling) else None


def chosen(message: Message, language: str) -> str | None:
    """The payload of the button that a typed message stands for: its title, its number, or a plain yes or no."""
    said = last_said(message)
    if said is None or message.kind != Message.Kind.TEXT:
        return None
    by_title, answer = _by_title(said, message.text), read_answer(message.text, language)
    if answer is None and said.key.startswith(_ASKS) and not read_wishes(message.text):
        answer = leading_answer(message.text, language)
        if answer is False and (later := _not_now(said, message.text)):
            return later
    return by_title or (meant(said, answer) if answer is not None else None)


def leading_answer(text: str, language: str) -> bool | None:
    """A short message that begins with a yes or a no: "yes, he is at work"; None for anything else."""
    words = fold(text).split()
    if len(words) > _MOST_WORDS:
        return None
    heads = (read_answer(" ".join(words[:count]), language) for count in (2, 1))
    return next((answer for answer in heads if answer is not None), None)
