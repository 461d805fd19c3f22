"""Sending. Light to import: pywa comes in with the first call, and nothing connects before that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Semaphore

from django.conf import settings
from django.utils import timezone

from bot.conversations import delivery, listening, parking, rights, templates, voices, window
from bot.conversations.models import Alias, Conversation, Message, Recording
from bot.conversations.outbox import Reply
from bot.conversations.refused import SendFailed
from bot.conversations.texts import say
from bot.privacy.logs import event

from ..parts import PartSender
from .shapes import Part, Row, shape

__all__ = ["WhatsAppTransport", "register", "say_farewell", "show_typing", "wait"]

# Signs that nobody has to see wait for nothing: with this many under way WhatsApp is down or slow.
_MOST_SIGNS = 50
_signs = Semaphore(_MOST_SIGNS)
_background = ThreadPoolExecutor(2, "whatsapp")


class _WrongKindOfId(SendFailed):
    """The business-scoped user id was refused where a phone number might do."""


def _keyboard(part: Part, choose: str):
    from pywa.types import Button, Section, SectionList, SectionRow

    def row(found: Row) -> SectionRow:
        return SectionRow(found.title, found.id, found.description or None)

    if part.is_list:
        return SectionList(choose, [Section(choose, [row(r) for r in part.rows])])
    return [Button(r.title, r.id) for r in part.rows] or None


@contextmanager
def _refusals() -> Iterator[None]:
    """What pywa raises, as SendFailed: for text, voice and template alike."""
    from . import codes, failures

    try:
        yield
    except failures.ERRORS as error:
        failed = failures.translate(error)
        if getattr(error, "code", None) == codes.RECIPIENT_UNSUPPORTED:
            raise _WrongKindOfId(failed.code, permanent=True) from error
        raise failed from error


def _send(address: str, part: Part, choose: str, tracker: str) -> str:
    from . import client

    with _refusals():
        return client.current().send_message(address, part.text, buttons=_keyboard(part, choose), tracker=tracker).id


def _say(address: str, recording: Recording, tracker: str) -> str:
    from . import client

    with _refusals():
        content = bytes(recording.content)
        return client.current().send_audio(address, content, mime_type=recording.mime, tracker=tracker).id


def _send_template(address: str, template: templates.Template, tracker: str) -> str:
    from pywa.types.templates import TemplateLanguage

    from . import client

    with _refusals():
        language = TemplateLanguage(template.code)
        return client.current().send_template(address, template.provider_name, language, [], tracker=tracker).id


def _phone(conversation: Conversation) -> str:
    known = Alias.objects.filter(conversation=conversation, kind=Alias.Kind.PHONE).first()
    return known.value if known else ""


def _to_either(conversation: Conversation, send: Callable[[str], str]) -> str:
    """``send`` to the conversation's address; where that user id is refused, to the phone number, if we know one."""
    try:
        return send(conversation.address)
    except _WrongKindOfId:
        phone = _phone(conversation)
        if not phone or phone == conversation.address:
            raise
        return send(phone)


class WhatsAppTransport:
    """Sends a message in as many parts as it needs; what there is to choose stands under the last."""

    ids_are_global = True
    # A burst of 45, then one message every six seconds to one person.
    pace = (45, 270.0)

    def __init__(self) -> None:
        self._parts = PartSender()

    def send(self, conversation: Conversation, message: Message) -> str:
        """WhatsApp's id of the last part; raises SendFailed."""
        began = timezone.now()
        try:
            return _to_either(conversation, lambda address: self._send_to(address, message))
        except SendFailed as failure:
            if failure.window:
                window.close_window(conversation.pk, began)
            raise

    def _send_to(self, address: str, message: Message) -> str:
        tracker = str(message.delivery.pk)
        if parking.is_template(message):
            found = templates.approved(message.key.removeprefix(templates.KEY), message.language)
            if found is None:  # the approval was taken back meanwhile
                raise SendFailed("template", permanent=True)
            return _send_template(address, found, tracker)
        if message.what == voices.WHAT:
            return _say(address, listening.sound(message), tracker)
        choose = say("chat.choose", message.language).text
        parts = shape(message.text, message.buttons, choose)
        if not parts:
            raise SendFailed("empty", permanent=True)
        # A status tells of one part, and only the last one's settles the message: the others carry no id of a delivery.
        trackers = [f"{tracker}.{number}" for number in range(1, len(parts))] + [tracker]
        return self._parts.send_all(message.pk, list(zip(parts, trackers)), lambda part: _send(address, part[0], choose, part[1]))


def say_farewell(conversation: Conversation, reply: Reply) -> None:
    """The last message, sent once before the wipe; a failure must not keep anybody from being wiped."""
    try:
        for part in shape(reply.text, [], ""):
            _to_either(conversation, lambda address, part=part: _send(address, part, "", ""))
    except SendFailed as failure:
        event("whatsapp.farewell_failed", code=failure.code)


def _typing(provider_id: str) -> None:
    from . import client, failures

    try:
        client.current().indicate_typing(provider_id)
    except failures.ERRORS as error:
        event("whatsapp.sign_failed", error=type(error).__name__)
    finally:
        _signs.release()


def show_typing(provider_id: str) -> None:
    """Mark the message as read and show that an answer is on its way, in the background; a failure changes nothing."""
    if settings.WHATSAPP_TOKEN and _signs.acquire(blocking=False):
        _background.submit(_typing, provider_id)


def wait() -> None:
    """Until the signs under way have ended (tests)."""
    for _ in range(_MOST_SIGNS):
        _signs.acquire()
    _signs.release(_MOST_SIGNS)


def register() -> None:
    """Let deliveries and the farewell of a wipe go through WhatsApp."""
    delivery.register("whatsapp", WhatsAppTransport())
    rights.set_farewell("whatsapp", say_farewell)
