"""Sending. Light to import: python-telegram-bot comes in with the first call, and nothing connects before that."""

from __future__ import annotations

import time
from collections import OrderedDict

from django.conf import settings

from bot.conversations import delivery, listening, rights, voices
from bot.conversations.models import Conversation, Message
from bot.conversations.outbox import Reply
from bot.conversations.refused import SendFailed
from bot.privacy.logs import event

from ..parts import PartSender
from ..splitting import split_text
from .parsing import MARK, Tapped

__all__ = ["TelegramTransport", "answer_tap", "mark_tapped", "register", "say_farewell", "say_in_group", "show_typing"]


# (chat, when): the last one that Telegram asked for patience.
_throttled: list[tuple[str, float]] = []
_FLOOD_WITHIN = 10.0


def _is_flood(address: str) -> bool:
    """Telegram does not say whether a limit is the chat's or the bot's: two chats within seconds mean the bot's."""
    now = time.monotonic()
    others = [chat for chat, at in _throttled if chat != address and now - at < _FLOOD_WITHIN]
    _throttled[:] = [*_throttled[-9:], (address, now)]
    return bool(others)


def _send(address: str, text: str, buttons: list[dict[str, str]], sound: bytes = b"") -> str:
    from . import bot_api, failures

    try:
        return bot_api.current().say(address, sound) if sound else bot_api.current().send(address, text, buttons)
    except failures.ERRORS as error:
        failed = failures.translate(error)
        failed.everybody = failed.code == "too_many" and _is_flood(address)
        raise failed from error


class TelegramTransport:
    """Sends a message in as many parts as it needs; the buttons stand under the last."""

    # About one message a second to a chat, with short bursts.
    pace = (20, 20.0)

    def __init__(self) -> None:
        self._parts = PartSender()

    def send(self, conversation: Conversation, message: Message) -> str:
        """Telegram's id of the last part; raises SendFailed."""
        if message.what == voices.WHAT:
            return _send(conversation.address, "", [], bytes(listening.sound(message).content))
        texts = split_text(message.text)
        if not texts:
            raise SendFailed("empty", permanent=True)
        parts = [(text, []) for text in texts[:-1]] + [(texts[-1], message.buttons)]
        return self._parts.send_all(message.pk, parts, lambda part: _send(conversation.address, *part))


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


def mark_tapped(address: str, tapped: Tapped) -> None:
    """Put a mark on the button that was tapped, in the background; the others stay, and lose theirs."""
    if settings.TELEGRAM_TOKEN:
        from . import bot_api

        marked = [[(f"{MARK}{title}" if data == tapped.data else title, data) for title, data in row] for row in tapped.rows]
        bot_api.current().later(lambda bot: bot_api.change_buttons(bot, int(address), tapped.message_id, marked))


def show_typing(address: str) -> None:
    """Show that an answer is on its way, in the background."""
    if settings.TELEGRAM_TOKEN:
        from . import bot_api

        bot_api.current().later(lambda bot: bot.send_chat_action(int(address), "typing"))


_groups: OrderedDict[str, float] = OrderedDict()
_ONCE_AN_HOUR = 3600.0
_MOST_GROUPS = 1_000


def _is_quiet(address: str) -> bool:
    """Whether this group has not been told within the hour, as far as this process knows; then it counts as told."""
    now = time.monotonic()
    if now - _groups.get(address, -_ONCE_AN_HOUR) < _ONCE_AN_HOUR:
        return False
    _groups[address] = now
    if len(_groups) > _MOST_GROUPS:
        _groups.popitem(last=False)
    return True


def say_in_group(address: str, to: str, text: str) -> None:
    """Tell a group, at most once an hour, where to write to us; ``to`` is the bot the command was for (``@name``)."""

    async def tell(bot) -> None:
        if not to or to.lower() == f"@{(await bot.get_me()).username or ''}".lower():
            await bot.send_message(int(address), text)

    if settings.TELEGRAM_TOKEN and _is_quiet(address):
        from . import bot_api

        bot_api.current().later(tell)


def register() -> None:
    """Let deliveries and the farewell of a wipe go through Telegram."""
    delivery.register("telegram", TelegramTransport())
    rights.set_farewell("telegram", say_farewell)
