"""Sending. Light to import: python-telegram-bot comes in with the first call, and nothing connects before that."""

from __future__ import annotations

from collections import OrderedDict

from django.conf import settings

from bot.conversations import delivery, rights
from bot.conversations.delivery import SendFailed
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply
from bot.privacy.logs import event

from .splitting import split_text

__all__ = ["TelegramTransport", "answer_tap", "register", "say_farewell", "show_typing"]

_REMEMBERED = 1_000


def _send(address: str, text: str, buttons: list[dict[str, str]]) -> str:
    from . import bot_api, failures

    try:
        return bot_api.current().send(address, text, buttons)
    except failures.ERRORS as error:
        raise failures.translate(error) from error


class TelegramTransport:
    """Sends a message in as many parts as it needs; the buttons stand under the last."""

    def __init__(self) -> None:
        # How many parts of a message went out before one failed, so that no part is sent twice.
        self._sent: OrderedDict[int, int] = OrderedDict()

    def send(self, conversation: Conversation, message: Message) -> str:
        """Telegram's id of the last part; raises SendFailed."""
        parts, provider_id = split_text(message.text), ""
        if not parts:
            raise SendFailed("empty", permanent=True)
        for number in range(self._sent.get(message.pk, 0), len(parts)):
            is_last = number == len(parts) - 1
            provider_id = _send(conversation.address, parts[number], message.buttons if is_last else [])
            self._remember(message.pk, number + 1)
        self._sent.pop(message.pk, None)
        return provider_id

    def _remember(self, message_id: int, sent: int) -> None:
        self._sent[message_id] = sent
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)


def say_farewell(conversation: Conversation, reply: Reply) -> None:
    """The last message, sent once before the wipe; a failure must not keep anybody from being wiped."""
    try:
        for part in split_text(reply.text):
            _send(conversation.address, part, [])
    except SendFailed as failure:
        event("telegram.farewell_failed", code=failure.code)


def answer_tap(callback_id: str) -> None:
    """Take the hourglass off a tapped button, in the background."""
    if callback_id and settings.TELEGRAM_TOKEN:
        from . import bot_api

        bot_api.current().later(lambda bot: bot.answer_callback_query(callback_id))


def show_typing(address: str) -> None:
    """Show that an answer is on its way, in the background."""
    if settings.TELEGRAM_TOKEN:
        from . import bot_api

        bot_api.current().later(lambda bot: bot.send_chat_action(int(address), "typing"))


def register() -> None:
    """Let deliveries and the farewell of a wipe go through Telegram."""
    delivery.register("telegram", TelegramTransport())
    rights.set_farewell("telegram", say_farewell)
