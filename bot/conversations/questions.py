"""Questions that only a yes or no right under them answers: a check for danger, a wipe, a look at one's data, the consent."""

from __future__ import annotations

from datetime import timedelta

from bot.safety import read_answer

from . import checks, crisis, rights
from .answers import chosen, last_said
from .models import Conversation, Message, TurnResult
from .outbox import Reply, from_key
from .payloads import parse_payload

__all__ = [
    "CONSENT", "answered", "asked_since", "check_again", "clear", "is_consent_asked", "is_old_yes", "read_consent", "unclear",
]  # fmt: skip

CONSENT = "consent"
# The texts that ask each of them; once anything else was said, by us or by a helper, a "yes" is about that.
_ASKED_BY = {
    CONSENT: ("handover.preview_question", "handover.unclear_consent"),
    "check": checks.ASKED_BY,
    "wipe": ("rights.wipe_confirm",),
    "show": ("rights.show_first",),
}
_CONSENT_LASTS = timedelta(hours=24)


def _stands(message: Message, question: str) -> bool:
    """Whether ``question`` is the last thing that the resident had before their eyes."""
    said = last_said(message)
    return said is None or said.key.startswith(_ASKED_BY[question.partition(":")[0]])


def clear(conversation: Conversation) -> None:
    """Nothing is asked any more."""
    conversation.pending = ""
    conversation.save(update_fields=["pending"])


# --- answered without Rasa ---------------------------------------------------------------------------------------


def answered(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A yes or no to a question that was asked without Rasa: a check, a wipe, a look at one's data."""
    name, values = parse_payload(message.payload)
    if "check" in values:
        return crisis.after_check(conversation, message, values["check"], name == "affirm")
    if (replies := rights.answer_for(values, conversation, message)) is not None:
        return replies
    if name == "delete_my_data" and values.get("confirm") == "yes":
        return _wiped(conversation)
    if name == "show_my_data" and values.get("confirm") == "yes":
        return rights.show(conversation, message)
    check = checks.asked(conversation, message)
    asked = check or (conversation.pending and conversation.pending.partition(":")[0] != CONSENT)
    if not asked or _is_overtaken(message):
        return None
    return _answer_to_check(conversation, message, check) if check else _answer_to_pending(conversation, message)


def _is_overtaken(message: Message) -> bool:
    """A "yes" that waited is no answer to a question that came up meanwhile, by a later message or the one right before."""
    later = Message.objects.filter(conversation=message.conversation_id, position__gt=message.position, author="resident")
    return later.exclude(handled_at=None).exists() or checks.asked_below(message) is not None


def asked_since(conversation: Conversation, message: Message) -> list[Reply]:
    """The check that stands, again: asked since ``message`` was written, whose answer would else cover it and lose it."""
    stands = conversation.pending.startswith("check:")
    below = checks.asked_below(message) if stands else None
    return [from_key(conversation, below.key)] if below else []


def _answer_to_pending(conversation: Conversation, message: Message) -> list[Reply] | None:
    question, answer = conversation.pending, _yes_or_no(conversation, message)
    if not _stands(message, question):  # whoever says yes now answers what was asked last
        clear(conversation)
        return None
    clear(conversation)  # anything else lets the question lapse: nothing is wiped, nothing shown
    if answer is None:
        return None
    if question == "wipe":
        return _wiped(conversation) if answer else [from_key(conversation, "rights.wipe_cancelled")]
    return rights.show(conversation, message) if answer and question == "show" else None


def _answer_to_check(conversation: Conversation, message: Message, check: str) -> list[Reply] | None:
    """A button's words are that button; else a yes or a no, in the question's language too. None where neither is clear yet."""
    if message.kind == Message.Kind.TAP:
        answer = _yes_or_no(conversation, message)
    elif payload := chosen(message, conversation.language):
        name, values = parse_payload(payload)
        answer = name == "affirm" if "check" in values else None
    else:
        answer = checks.read(conversation, message, check)
    return None if answer is None else crisis.after_check(conversation, message, check, answer)


def unclear(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Neither a yes nor a no to a check, and no right, no language: about a life it is a "sometimes"; else asked once more.

    Never left to the classifier, which hears "I don't know" as a no and "what do you mean" as any topic.
    """
    check = checks.asked(conversation, message)
    if not check or message.kind != Message.Kind.TEXT or _is_overtaken(message):
        return None
    if rather_not := _rather_not(conversation, message):
        message.kind, message.payload = Message.Kind.TAP, rather_not
        message.save(update_fields=["kind", "payload"])
    elif checks.is_about_life(check):
        return crisis.after_check(conversation, message, check, yes=True)
    elif checks.is_short(message.text) and not conversation.held_by and not checks.asked_twice(message):
        return check_again(conversation, message)
    clear(conversation)
    return None


def _rather_not(conversation: Conversation, message: Message) -> str:
    """The payload of the button that says "I'd rather not say", where the question has one and these words mean it."""
    said = last_said(message)
    button = next((b["payload"] for b in said.buttons if parse_payload(b["payload"])[0] == "not_now"), "") if said else ""
    meant = chosen(message, conversation.language) == button or checks.declined(conversation, message)
    return button if meant else ""


def check_again(conversation: Conversation, message: Message) -> list[Reply] | None:
    """The check that stands, said again: unclear was what followed it, or the language has changed. None where none stands."""
    said = last_said(message)
    if said is None or not checks.asked(conversation, message):
        return None
    crisis.speak_as_asked(conversation, message)
    return [from_key(conversation, checks.question(said))]


def _yes_or_no(conversation: Conversation, message: Message) -> bool | None:
    if message.kind == Message.Kind.TAP:
        name, values = parse_payload(message.payload)
        if values:  # a yes or no to something else
            return None
        # "Not now" is no answer about danger.
        return {"affirm": True, "deny": False, "not_now": None if conversation.pending.startswith("check:") else False}.get(name)
    return read_answer(message.text, conversation.language)


def _wiped(conversation: Conversation) -> list[Reply]:
    rights.wipe(conversation)
    return []


# --- the consent -------------------------------------------------------------------------------------------------


def _has_lapsed(message: Message) -> bool:
    """The ticket was shown days ago: nobody remembers what a "yes" would now pass on."""
    said = last_said(message)
    return said is not None and message.created_at - said.created_at > _CONSENT_LASTS


def is_consent_asked(conversation: Conversation, message: Message) -> bool:
    """Whether this message answers the consent question.

    The question then is this message's alone, also when the turn must be repeated: a later "yes" to something else
    must not pass anything on.
    """
    ours = f"{CONSENT}:{message.position}"
    if conversation.pending == CONSENT and _has_lapsed(message):
        clear(conversation)
    if conversation.pending == CONSENT and not TurnResult.objects.filter(message=message).exists():
        conversation.pending = ours
        conversation.save(update_fields=["pending"])
    return conversation.pending == ours


def read_consent(conversation: Conversation, message: Message) -> str:
    """In the consent step a whole yes or no of the conversation's own language becomes the button's payload."""
    if message.kind == Message.Kind.TAP or not _stands(message, CONSENT):
        return ""
    answer = read_answer(message.text, conversation.language)
    return {True: '/affirm{"consent":"yes"}', False: '/deny{"consent":"no"}', None: ""}[answer]


def is_old_yes(offered: Message, payload: str) -> bool:
    """A yes under a preview that another one has followed: it would agree to lines which that one did not show."""
    if parse_payload(payload)[1].get(CONSENT) != "yes":
        return False
    later = Message.objects.filter(conversation=offered.conversation_id, position__gt=offered.position, author=Message.Author.BOT)
    return later.filter(key=_ASKED_BY[CONSENT][0]).exists()
