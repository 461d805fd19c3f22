"""A turn: safety and rights first, without Rasa; silence while a person holds the chat; then Rasa, exactly once."""

from __future__ import annotations

import logging
import uuid

from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bot.compiled import Compiled
from bot.privacy.logs import event
from bot.safety import SafetyHit

from . import albums, crisis, ending, limited, measures, offers, questions, rights, without_rasa
from .answers import chosen
from .exceptions import RasaFailed, RasaUnavailable
from .lease import hold, renew
from .models import Conversation, Message, RasaSession, TurnResult
from .outbox import Reply, from_key, post
from .payloads import parse_payload
from .questions import CONSENT, is_consent_asked, read_consent
from .rasa_client import take_turn

__all__ = ["drain"]

# A session of Rasa ends after this many events outside a form: turns stay as fast as the first.
_MAX_EVENTS = 40
_SLOW_AFTER_SECONDS = 6
# Messages that were read without Rasa by this process, and wait for it.
_passed: set[int] = set()
_MOST_PASSED = 10_000
_ATTEMPTS, _GIVE_UP_SECONDS = 5, 30
# Said to a message while it waits: no answer.
_MEANWHILE = ("turn.slow", *limited.SHOWN)


_waiting = Compiled(
    lambda conversation_id: Message.objects.filter(
        conversation_id=conversation_id, author=Message.Author.RESIDENT, handled_at=None
    ).values_list("pk", flat=True)
)
# With its conversation, and the result of its turn where that was run before and the worker killed.
_unhandled = Compiled(
    lambda pk: Message.objects.filter(pk=pk, handled_at=None).select_related("turn_result", "conversation__resident")
)
_conversation = Compiled(lambda pk: Conversation.objects.filter(pk=pk).select_related("resident"))


def drain(conversation_id: int) -> None:
    """Work off all unhandled messages of a conversation by position; look once more after giving the lease back."""
    while _drain_once(conversation_id):
        pass


def _drain_once(conversation_id: int) -> bool:
    """True when another look is worth it: messages may have come in while the lease was being given back."""
    with hold(conversation_id) as lease:
        if lease is None:
            return False
        waiting = _waiting(conversation_id)
        blocked = False
        for pk in waiting:
            # A message that Rasa cannot take now waits, and the ones behind it keep their order behind it; but
            # safety and rights in any of them are answered at once. Once is enough: reading all of them again with
            # every message that comes in would take the machine from the Rasa that is just starting.
            if blocked and pk in _passed:
                continue
            message = _unhandled.first(pk)  # it may have been changed, taken back or wiped by the turn before
            if message is None:
                continue
            blocked = not _handle_or_put_off(message, may_use_rasa=not blocked) or blocked
            if blocked:
                _pass(message)
            if pk != waiting[-1] and not renew(conversation_id, lease):
                return False  # wiped, or so slow that another worker goes on
    return not blocked and bool(_waiting(conversation_id))


def _pass(message: Message) -> None:
    if len(_passed) >= _MOST_PASSED:
        _passed.clear()
    _passed.add(message.pk)


def _handle_or_put_off(message: Message, may_use_rasa: bool) -> bool:
    """An error of ours on one message must not silence the conversation for good: it is put off like a failure of Rasa's."""
    try:
        return _handle(message, may_use_rasa)
    except DatabaseTrouble:  # the queue tries the whole drain again
        raise
    except Exception:  # whatever it is, the resident must get an answer, and the next message its turn
        logging.getLogger(__name__).exception("turn.failed")
        conversation = _conversation.first(message.conversation_id)  # wiped, perhaps
        return conversation is None or _failed_once_more(conversation, message)


def _handle(message: Message, may_use_rasa: bool) -> bool:
    """One message. False when it must wait for Rasa, or for the rest of its album."""
    conversation = message.conversation
    if _answered_without_rasa(conversation, message):
        return True
    if albums.is_arriving(message):
        return False
    if _becomes_tap(conversation, message) and _answered_without_rasa(conversation, message):
        return True
    if not may_use_rasa:
        _show_buttons(conversation, message)
        return False
    try:
        if (replies := limited.answer(conversation, message)) is not None:
            _finish(conversation, message, replies, edited_at=message.edited_at)
        else:
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


def _finish(conversation: Conversation, message: Message, replies: list[Reply], intent: str = "", **as_read: object) -> None:
    """The replies and the mark "handled" in one transaction: neither without the other.

    ``as_read`` (``edited_at``) where the reading took its time: words that were changed meanwhile are read anew.
    """
    with transaction.atomic():
        updated = Message.objects.filter(pk=message.pk, handled_at=None, **as_read).update(
            handled_at=timezone.now(), intent=intent or message.intent
        )
        if updated:  # nothing to do when the message was wiped, or handled by a worker whose lease had run out
            post(conversation, [*replies, *(questions.asked_since(conversation, message) if replies else ())], message)
            transaction.on_commit(lambda: measures.observe("turn_seconds", _age(message)))


def _answered_without_rasa(conversation: Conversation, message: Message) -> bool:
    """In one transaction: a worker that dies half-way must not have taken back the question this message answers."""
    with transaction.atomic():
        replies = without_rasa.replies_to(conversation, message)
        if replies is not None:
            _finish(conversation, message, replies)
    return replies is not None


# --- with Rasa ---------------------------------------------------------------------------------------------------


def _with_rasa(conversation: Conversation, message: Message) -> None:
    asked = is_consent_asked(conversation, message)
    payload = read_consent(conversation, message) if asked else ""
    result = take_turn(conversation, message, payload=payload, consent_asked=asked)
    conversation = _conversation.first(message.conversation_id)
    if conversation is None:
        return
    replies = _understood_as_crisis(conversation, message, result)
    danger = replies is not None
    if replies is None:
        replies = [Reply(r["text"], tuple(map(tuple, r["buttons"])), r["key"], r["lang"]) for r in result.replies]
        if result.intent == "greet" and (waiting := rights.draft_waits(conversation, message)):
            replies = waiting
        if not replies and not Message.objects.filter(reply_to=message).exclude(key__in=_MEANWHILE).exists():
            replies = [_honest_failure(conversation, message, asked)]
        replies = offers.beside(conversation, offers.in_place(conversation, replies))
        replies = [*replies, *(rights.ask_to_add(conversation, message) or [])]
        if replies and replies[-1].key == ending.GOODBYE:
            replies = [*replies, *ending.questions(conversation)]
    intent = "" if danger else result.intent  # what a message is about is the danger then
    _finish(conversation, message, replies, intent, edited_at=message.edited_at)
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
    measures.count("turns_without_answer")
    wanted = asked or "consent" in parse_payload(message.payload)[1]
    return from_key(conversation, "handover.not_stored" if wanted else "turn.no_answer")


def _new_session(conversation: Conversation) -> None:
    RasaSession.objects.filter(conversation=conversation).delete()
    conversation.rasa_sender = uuid.uuid4()
    conversation.save(update_fields=["rasa_sender"])


def _say_slow(conversation: Conversation, message: Message) -> None:
    """Once per message that waits long: it is kept, nothing is lost. Where buttons are what is on offer they come at once."""
    if _show_buttons(conversation, message):
        return
    if _age(message) > _SLOW_AFTER_SECONDS and not Message.objects.filter(reply_to=message, key="turn.slow").exists():
        post(conversation, [from_key(conversation, "turn.slow")], message)


def _show_buttons(conversation: Conversation, message: Message) -> bool:
    """Once under every message that waits, also behind another one; False in a language that is on."""
    buttons = limited.meanwhile(conversation, message)
    if buttons:
        post(conversation, buttons, message)
    return buttons is not None
