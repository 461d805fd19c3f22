"""A turn: safety and rights first, without Rasa; silence while a person holds the chat; then Rasa, exactly once."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bot.language.choice import is_not_on_offer, read_choice
from bot.privacy.logs import event
from bot.safety import CRISES, SafetyHit, read_answer, read_command, read_safety, reads_along

from . import crisis, joining, rights
from .answers import chosen, last_said, leading_answer
from .exceptions import RasaFailed, RasaUnavailable
from .inbox import set_language
from .lease import hold, renew
from .models import Conversation, Message, RasaSession, TurnResult
from .outbox import Reply, from_key, post
from .rasa_client import take_turn

__all__ = ["CONSENT", "drain", "parse_payload"]

# A session of Rasa ends after this many events outside a form: turns stay as fast as the first.
_MAX_EVENTS = 40
CONSENT = "consent"
_CONSENT_KEYS = ("handover.preview_question", "handover.unclear_consent")
_CONSENT_LASTS = timedelta(hours=24)
_MEDIA_KEYS = {
    "voice": "turn.voice", "audio": "turn.voice", "sticker": "turn.emoji", "empty": "turn.empty",
    **dict.fromkeys(("location", "contacts", "order", "unsupported"), "turn.other"),
}  # fmt: skip
_LOOP_LENGTH, _LOOP_WITHIN = 10, timedelta(minutes=5)
_SLOW_AFTER_SECONDS = 6
# Messages that were read without Rasa by this process, and wait for it.
_passed: set[int] = set()
_MOST_PASSED = 10_000
_ATTEMPTS, _GIVE_UP_SECONDS = 5, 30


def parse_payload(payload: str) -> tuple[str, dict]:
    """``/intent{"a": "b"}`` as ("intent", {"a": "b"}); ("", {}) for none."""
    name, brace, rest = payload.removeprefix("/").partition("{")
    return name, json.loads(brace + rest) if brace else {}


def drain(conversation_id: int) -> None:
    """Work off all unhandled messages of a conversation by position; look once more after giving the lease back."""
    while _drain_once(conversation_id):
        pass


def _drain_once(conversation_id: int) -> bool:
    """True when another look is worth it: messages may have come in while the lease was being given back."""
    with hold(conversation_id) as lease:
        if lease is None:
            return False
        waiting = _unhandled(conversation_id)
        blocked = False
        for message in waiting:
            # A message that Rasa cannot take now waits, and the ones behind it keep their order behind it; but
            # safety and rights in any of them are answered at once. Once is enough: reading all of them again with
            # every message that comes in would take the machine from the Rasa that is just starting.
            if blocked and message.pk in _passed:
                continue
            blocked = not _handle_or_put_off(message, may_use_rasa=not blocked) or blocked
            if blocked:
                _pass(message)
            if not renew(conversation_id, lease):  # wiped, or so slow that another worker goes on
                return False
    return not blocked and bool(_unhandled(conversation_id))


def _pass(message: Message) -> None:
    if len(_passed) >= _MOST_PASSED:
        _passed.clear()
    _passed.add(message.pk)


def _unhandled(conversation_id: int) -> list[Message]:
    found = Message.objects.filter(conversation_id=conversation_id, author=Message.Author.RESIDENT, handled_at=None)
    return list(found)


def _conversation(message: Message) -> Conversation | None:
    return Conversation.objects.select_related("resident").filter(pk=message.conversation_id).first()


def _handle_or_put_off(message: Message, may_use_rasa: bool) -> bool:
    """An error of ours on one message must not silence the conversation for good: it is put off like a failure of Rasa's."""
    try:
        return _handle(message, may_use_rasa)
    except DatabaseTrouble:  # the queue tries the whole drain again
        raise
    except Exception:  # whatever it is, the resident must get an answer, and the next message its turn
        logging.getLogger(__name__).exception("turn.failed")
        conversation = _conversation(message)
        return conversation is None or _failed_once_more(conversation, message)


def _handle(message: Message, may_use_rasa: bool) -> bool:
    """One message. False when it must wait for Rasa."""
    conversation = _conversation(message)
    if conversation is None:  # wiped by the message before
        return True
    if _answered_without_rasa(conversation, message):
        return True
    if _becomes_tap(conversation, message) and _answered_without_rasa(conversation, message):
        return True
    if not may_use_rasa:
        return False
    try:
        _with_rasa(conversation, message)
    except RasaFailed:
        return _failed_once_more(conversation, message)
    except RasaUnavailable:
        _say_slow(conversation, message)
        return False
    return True


def _becomes_tap(conversation: Conversation, message: Message) -> bool:
    """Whoever types what stands on a button, or a plain yes to a plain question, has pressed it."""
    payload = chosen(message, conversation.language)
    if payload is None:
        return False
    message.kind, message.payload = Message.Kind.TAP, payload
    message.save(update_fields=["kind", "payload"])
    return True


def _failed_once_more(conversation: Conversation, message: Message) -> bool:
    """Rasa or our own code failed on this very message: tried a few times more, then said; the next ones are not blocked."""
    Message.objects.filter(pk=message.pk).update(attempts=F("attempts") + 1)
    if message.attempts + 1 < _ATTEMPTS or _age(message) < _GIVE_UP_SECONDS:
        _say_slow(conversation, message)
        return False
    _new_session(conversation)
    _finish(conversation, message, [_honest_failure(conversation, message, asked=False)])
    return True


def _age(message: Message) -> float:
    return (timezone.now() - message.created_at).total_seconds()


def _finish(conversation: Conversation, message: Message, replies: list[Reply], intent: str = "") -> None:
    """The replies and the mark "handled" in one transaction: neither without the other."""
    with transaction.atomic():
        updated = Message.objects.filter(pk=message.pk, handled_at=None).update(
            handled_at=timezone.now(), intent=intent or message.intent
        )
        if updated:  # nothing to do when the message was wiped, or handled by a worker whose lease had run out
            post(conversation, replies, message)


def _answered_without_rasa(conversation: Conversation, message: Message) -> bool:
    """In one transaction: a worker that dies half-way must not have taken back the question this message answers."""
    with transaction.atomic():
        replies = _without_rasa(conversation, message)
        if replies is not None:
            _finish(conversation, message, replies)
    return replies is not None


# --- without Rasa ------------------------------------------------------------------------------------------------


def _without_rasa(conversation: Conversation, message: Message) -> list[Reply] | None:
    steps: tuple[Callable[[Conversation, Message], list[Reply] | None], ...] = (
        _safety, _gone_button, _question_answered, _right, joining.answer, _language, _held, _loop, _media, _wordless,
    )  # fmt: skip
    return next((replies for step in steps if (replies := step(conversation, message)) is not None), None)


def _note_who_reads_along(conversation: Conversation, message: Message) -> None:
    """Beside a crisis too: once somebody reads this phone, nothing is sent there unasked."""
    if not conversation.resident.discreet and reads_along(message.text):
        conversation.resident.discreet = True
        conversation.resident.save(update_fields=["discreet"])


def _safety(conversation: Conversation, message: Message) -> list[Reply] | None:
    if message.kind == Message.Kind.TAP:
        name, _ = parse_payload(message.payload)
        hit = SafetyHit(name, "act", "self") if name in CRISES else None
    else:
        hit = read_safety(message.text)
    if hit is None:
        return None
    _note_who_reads_along(conversation, message)
    return crisis.answer(conversation, message, hit)


def _gone_button(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A tap on what we never offered, or no longer know: it must not pass for a yes to anything."""
    if message.kind != Message.Kind.TAP or message.payload:
        return None
    return [] if conversation.held_by else [from_key(conversation, "turn.button_gone")]


def _question_answered(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A yes or no to a question that was asked without Rasa: a check, a wipe, a look at one's data."""
    name, values = parse_payload(message.payload)
    if "check" in values:
        return crisis.after_check(conversation, message, values["check"], name == "affirm")
    if name == "delete_my_data" and values.get("confirm") == "yes":
        return _wiped(conversation)
    if name == "show_my_data" and values.get("confirm") == "yes":
        return rights.show(conversation, message)
    asked = conversation.pending and conversation.pending.partition(":")[0] != CONSENT
    return _answer_to_pending(conversation, message) if asked and not _is_overtaken(message) else None


def _is_overtaken(message: Message) -> bool:
    """A "yes" that waited for Rasa is no answer to a question that a later message brought up meanwhile."""
    later = Message.objects.filter(conversation=message.conversation_id, position__gt=message.position, author="resident")
    return later.exclude(handled_at=None).exists()


def _answer_to_pending(conversation: Conversation, message: Message) -> list[Reply] | None:
    question, answer = conversation.pending, _yes_or_no(conversation, message)
    if _asked_since(message, question):  # whoever says yes now answers what was asked last, by us or by a helper
        _clear_pending(conversation)
        return None
    if question.startswith("check:") and message.kind != Message.Kind.TAP:
        answer = leading_answer(message.text, conversation.language) if answer is None else answer
    if answer is None and not question.startswith("check:"):
        _clear_pending(conversation)  # anything else lets the question lapse: nothing is wiped, nothing shown
    if answer is None:
        return None
    _clear_pending(conversation)
    if question.startswith("check:"):
        return crisis.after_check(conversation, message, question.removeprefix("check:"), answer)
    if question == "wipe":
        return _wiped(conversation) if answer else [from_key(conversation, "rights.wipe_cancelled")]
    return rights.show(conversation, message) if answer and question == "show" else None


_ASKED_BY = {
    "check": ("utter_check_", "utter_phone_read", "utter_family_loan_pressure", "held."),
    "wipe": ("rights.wipe_confirm",),
    "show": ("rights.show_first",),
}


def _asked_since(message: Message, question: str) -> bool:
    before = Message.objects.filter(conversation=message.conversation_id, position__lt=message.position)
    said = before.exclude(author=Message.Author.RESIDENT).order_by("-position").first()
    return said is not None and not said.key.startswith(_ASKED_BY.get(question.partition(":")[0], ()))


def _yes_or_no(conversation: Conversation, message: Message) -> bool | None:
    if message.kind == Message.Kind.TAP:
        name, values = parse_payload(message.payload)
        if values:  # a yes or no to something else
            return None
        # "Not now" is no answer about danger.
        return {"affirm": True, "deny": False, "not_now": None if conversation.pending.startswith("check:") else False}.get(name)
    return read_answer(message.text, conversation.language)


def _clear_pending(conversation: Conversation) -> None:
    conversation.pending = ""
    conversation.save(update_fields=["pending"])


def _wiped(conversation: Conversation) -> list[Reply]:
    rights.wipe(conversation)
    return []


def _right(conversation: Conversation, message: Message) -> list[Reply] | None:
    if message.kind == Message.Kind.TAP:
        name, values = parse_payload(message.payload)
        if values.get("scope") == "other_helper":
            return rights.carry_out("other_helper", conversation, message)
        return None if values else rights.carry_out(name, conversation, message)
    if replies := rights.status(conversation, message):
        message.intent = "show_my_data"
        return replies
    name = read_command(message.text)
    message.intent = name or message.intent
    return rights.carry_out(name, conversation, message) if name else None


def _language(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A plain request for a language: it always wins, also while a helper holds the chat."""
    if message.kind == Message.Kind.TAP:
        name, values = parse_payload(message.payload)
        tag = values.get("language") if name == "change_language" else None
    else:
        tag = read_choice(message.text, settings.LANGUAGES_ON_OFFER)
    if tag is None:
        return _kind_line(conversation, message)
    message.intent = "change_language"
    if tag not in settings.LANGUAGES_ON_OFFER:
        return [from_key(conversation, "utter_language_unsupported")]
    set_language(conversation, tag, chosen=True)
    return [from_key(conversation, "utter_language_changed")]


def _kind_line(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Before any language is known, a message in one that is not on offer is answered by the list of those that are."""
    wordy = message.kind == Message.Kind.TEXT and not conversation.language_known and not conversation.held_by
    if not wordy or not is_not_on_offer(message.text, settings.LANGUAGES_ON_OFFER):
        return None
    return [from_key(conversation, "utter_language_unsupported")]


def _held(conversation: Conversation, message: Message) -> list[Reply] | None:
    return rights.while_held(conversation, message) if conversation.held_by else None


def _loop(conversation: Conversation, message: Message) -> list[Reply] | None:
    """A program that answers our answers: the same words again and again. It is stored and gets no more replies.

    In our own chat page nobody but a person writes, and a person may say "hoi" as often as they like.
    """
    if conversation.channel == Conversation.Channel.WEBCHAT:
        return None
    since = timezone.now() - _LOOP_WITHIN
    last = Message.objects.filter(
        conversation=conversation, author=Message.Author.RESIDENT, position__lte=message.position, created_at__gte=since
    ).order_by("-position")[:_LOOP_LENGTH]
    if len(texts := [found.text for found in last]) < _LOOP_LENGTH or len(set(texts)) > 1:
        return None
    event("turn.loop", level=logging.WARNING, conversation=conversation.pk)
    return []


def _media(conversation: Conversation, message: Message) -> list[Reply] | None:
    """What we cannot hear or see: said honestly, with a person on offer. Words that came along are read as words."""
    if message.kind != Message.Kind.MEDIA or any(c.isalnum() for c in message.text):
        return None
    return [from_key(conversation, _MEDIA_KEYS.get(message.what, "turn.media"))]


def _wordless(conversation: Conversation, message: Message) -> list[Reply] | None:
    """Emoji or signs alone say nothing for certain: to a classifier they would be a yes as easily as a no."""
    if message.kind == Message.Kind.TAP or any(c.isalnum() for c in message.text):
        return None
    return [from_key(conversation, "handover.unclear_consent" if conversation.pending == CONSENT else "turn.emoji")]


# --- with Rasa ---------------------------------------------------------------------------------------------------


def _has_lapsed(message: Message) -> bool:
    """The ticket was shown days ago: nobody remembers what a "yes" would now pass on."""
    said = last_said(message)
    return said is not None and message.created_at - said.created_at > _CONSENT_LASTS


def _is_consent_asked(conversation: Conversation, message: Message) -> bool:
    """Whether this message answers the consent question.

    The question then is this message's alone, also when the turn must be repeated: a later "yes" to something else
    must not pass anything on.
    """
    ours = f"{CONSENT}:{message.position}"
    if conversation.pending == CONSENT and _has_lapsed(message):
        _clear_pending(conversation)
    if conversation.pending == CONSENT and not TurnResult.objects.filter(message=message).exists():
        conversation.pending = ours
        conversation.save(update_fields=["pending"])
    return conversation.pending == ours


def _read_consent(conversation: Conversation, message: Message) -> str:
    """In the consent step a whole yes or no of the conversation's own language becomes the button's payload."""
    if message.kind == Message.Kind.TAP:
        return ""
    said = last_said(message)
    if said is None or said.key not in _CONSENT_KEYS:  # something else was said since
        return ""
    answer = read_answer(message.text, conversation.language)
    return {True: '/affirm{"consent":"yes"}', False: '/deny{"consent":"no"}', None: ""}[answer]


def _with_rasa(conversation: Conversation, message: Message) -> None:
    asked = _is_consent_asked(conversation, message)
    payload = _read_consent(conversation, message) if asked else ""
    result = take_turn(conversation, message, payload=payload, consent_asked=asked)
    conversation = _conversation(message)
    if conversation is None:
        return
    replies = _understood_as_crisis(conversation, message, result)
    if replies is None:
        replies = [Reply(r["text"], tuple(map(tuple, r["buttons"])), r["key"], r["lang"]) for r in result.replies]
        if result.intent == "greet" and (waiting := rights.draft_waits(conversation, message)):
            replies = waiting
        if not replies and not Message.objects.filter(reply_to=message).exclude(key="turn.slow").exists():
            replies = [_honest_failure(conversation, message, asked)]
    _finish(conversation, message, replies, result.intent)
    if asked:  # an action may have asked anew
        Conversation.objects.filter(pk=conversation.pk, pending=f"{CONSENT}:{message.position}").update(pending="")
    if result.events > _MAX_EVENTS and not result.in_form:
        _new_session(conversation)


def _understood_as_crisis(conversation: Conversation, message: Message, result: TurnResult) -> list[Reply] | None:
    """The classifier heard a crisis where no pattern did: one plain check question, never less."""
    if not result.crisis or message.kind == Message.Kind.TAP:
        return None
    who = "other" if result.about_another else "self"
    return crisis.answer(conversation, message, SafetyHit(result.crisis, "ask", who))


def _honest_failure(conversation: Conversation, message: Message, asked: bool) -> Reply:
    """No action answered. Where something was to be passed on, say that nothing was."""
    event("turn.no_answer", level=logging.ERROR, conversation=conversation.pk, message=message.position)
    wanted = asked or "consent" in parse_payload(message.payload)[1]
    return from_key(conversation, "handover.not_stored" if wanted else "turn.no_answer")


def _new_session(conversation: Conversation) -> None:
    RasaSession.objects.filter(conversation=conversation).delete()
    conversation.rasa_sender = uuid.uuid4()
    conversation.save(update_fields=["rasa_sender"])


def _say_slow(conversation: Conversation, message: Message) -> None:
    """Once per message that waits long: it is kept, nothing is lost."""
    if _age(message) > _SLOW_AFTER_SECONDS and not Message.objects.filter(reply_to=message, key="turn.slow").exists():
        post(conversation, [from_key(conversation, "turn.slow")], message)
