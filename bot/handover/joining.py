"""A second person in the conversation: asked for by the holder, let in by the resident's yes and nothing else."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from bot.conversations.answers import last_said
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply, from_key, post
from bot.conversations.payloads import parse_payload
from bot.neighbourhood.models import Helper
from bot.safety import read_answer

from .exceptions import CannotTell, Closed, NotAgreed, NotForYou
from .models import Handover
from .states import Kind, live_handover
from .transitions import ENDED, get_handover, get_held, lock_conversation, may_see, note_down

__all__ = ["answer", "ask", "heard", "join", "question"]

_QUESTION = "handover.joined"
_SAID = {"yes": True, "no": False}


@transaction.atomic
def ask(handover_id: UUID, helper: Helper, colleague: Helper) -> Handover:
    """Ask the resident whether ``colleague`` may join; asking twice about the same person asks once.

    Raises CannotTell on a phone that others read, NotForYou, NotHolder or Closed.
    """
    conversation, handover = lock_conversation(handover_id), get_held(handover_id, helper, second=False)
    if handover.asked_second_id == colleague.pk or handover.second_id == colleague.pk:
        return handover
    if conversation.resident.discreet:
        raise CannotTell
    if not colleague.active or colleague.pk == helper.pk or not may_see(handover, colleague):
        raise NotForYou
    asked = post(conversation, [question(conversation, handover, colleague)])[0]
    Handover.objects.filter(pk=handover_id).update(asked_second=colleague, asked_position=asked.position)
    note_down(handover, Kind.ASKED_SECOND, helper, colleague.first_name)
    return get_handover(handover_id)


def question(conversation: Conversation, handover: Handover, colleague: Helper) -> Reply:
    """Whether ``colleague`` may join; the buttons say who, and in which request: an older yes lets in nobody else."""
    asked = from_key(conversation, _QUESTION, person=colleague.first_name)
    return asked.about(handover=str(handover.pk), person=colleague.pk)


def answer(handover: Handover) -> bool | None:
    """What the resident said to the question: yes, no, or None while there is no clear answer.

    A tap under this very question counts whenever it came; a typed word only right under it: behind a helper's next line
    it answers that.
    """
    if not handover.asked_second_id:
        return None
    after = Message.objects.filter(
        conversation=handover.conversation_id, author=Message.Author.RESIDENT, position__gt=handover.asked_position
    ).order_by("position")
    found = list(after[:50])
    taps = [said for message in reversed(found) if (said := _tapped(message, handover, handover.asked_second_id)) is not None]
    if taps:
        return taps[0]
    language = Conversation.objects.values_list("language", flat=True).get(pk=handover.conversation_id)
    typed = found[0] if found and found[0].kind == Message.Kind.TEXT else None
    said = last_said(typed) if typed else None
    return read_answer(typed.text, language) if said and said.position == handover.asked_position else None


def heard(conversation: Conversation, message: Message) -> list[Reply] | None:
    """The line to a tap under the question, whoever holds the chat: kind, or that an old button says nothing any more.

    None for the "join" of two conversations.
    """
    if parse_payload(message.payload)[1]["join"] not in _SAID:
        return None
    live = live_handover(conversation.resident_id)
    counts = live is not None and (
        _tapped(message, live, live.asked_second_id) is not None or _tapped(message, live, live.second_id) is True
    )
    return [from_key(conversation, "join.kept" if counts else "turn.button_gone")]


def _tapped(message: Message, handover: Handover, person: int | None) -> bool | None:
    """A yes or no about this person in this handover."""
    values = parse_payload(message.payload)[1]
    about = (values.get("handover"), values.get("person"))
    return _SAID.get(values.get("join")) if about == (str(handover.pk), person) else None


@transaction.atomic
def join(handover_id: UUID, colleague: Helper) -> Handover:
    """Come in after the resident's yes; twice is once. Raises NotAgreed, NotForYou or Closed."""
    lock_conversation(handover_id)
    handover = get_handover(handover_id, colleague)
    if handover.second_id == colleague.pk:
        return handover
    if handover.state in ENDED:
        raise Closed
    if handover.asked_second_id != colleague.pk or not answer(handover):
        raise NotAgreed
    Handover.objects.filter(pk=handover_id).update(second=colleague, asked_second=None)
    note_down(handover, Kind.JOINED, colleague)
    return get_handover(handover_id)
