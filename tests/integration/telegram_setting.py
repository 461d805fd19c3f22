"""A fake Telegram with our channel pointed at it, for the tests of Telegram."""

import asyncio
import threading
from contextlib import contextmanager

from django.test import Client

from bot.channels.telegram import bot_api, polling, transport
from bot.conversations import delivery, inbox, outbox, rights
from bot.conversations.models import Delivery, Message
from bot.conversations.outbox import Reply
from bot.testing.telegram import FakeTelegram
from bot.testing.telegram_updates import message_update

SECRET = "a-secret_of-tests"
PATH = "/channels/telegram/webhook"
CHAT = 7_000_000_001


@contextmanager
def fake_telegram(settings, monkeypatch):
    """The server, with the settings that lead to it and our transport registered for this test only."""
    monkeypatch.setattr(delivery, "_transports", {})
    monkeypatch.setattr(rights, "_farewells", {})
    with FakeTelegram() as server:
        settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_BASE = server.token, server.base
        settings.TELEGRAM_WEBHOOK_SECRET = SECRET
        transport.register()
        yield server
        bot_api.close()


def post(update, secret=SECRET, **extra):
    """Post one update to the webhook as Telegram does."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
    raw = update if isinstance(update, (str, bytes)) else None
    if raw is None:
        return Client(headers=headers).post(PATH, update, content_type="application/json", **extra)
    return Client(headers=headers).generic("POST", PATH, raw, content_type="application/json", **extra)


def found(chat=CHAT):
    """The conversation of a chat, read anew."""
    return inbox.find_conversation("telegram", str(chat))


def said(author="resident"):
    """The texts of one author, in order."""
    return [message.text for message in Message.objects.filter(author=author).order_by("conversation", "position")]


def deliver(chat=CHAT, waits_over=False):
    """Send what is due; ``waits_over``: as if every wait were over."""
    conversation = found(chat)
    if waits_over:
        Delivery.objects.filter(state="pending").update(due_at=conversation.created_at)
    delivery.deliver(conversation.pk)
    return list(Delivery.objects.order_by("message__position").values_list("state", "error"))


@contextmanager
def poller():
    """Polling in a thread of its own; yields what it raised, and ends it."""
    loop, stop, raised = asyncio.new_event_loop(), asyncio.Event(), []

    def work():
        try:
            loop.run_until_complete(polling.run(stop))
        except polling.CannotPoll as error:
            raised.append(error)

    thread = threading.Thread(target=work, name="poller")
    thread.start()
    try:
        yield raised
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        alive = thread.is_alive()
        if not alive:
            loop.close()
        assert not alive, "The poller did not end within 20 s: its poll lasts 25."


def an_update(number=1, chat=CHAT, language="", **content):
    """A message from a private chat, as the webhook brings it."""
    return message_update(910_000_000 + number, chat, {"message_id": number, **content}, language)


def bot_says(*texts, buttons=(), chat=CHAT):
    """Stored and waiting to be sent."""
    conversation = inbox.open_conversation("telegram", str(chat))
    return outbox.post(conversation, [Reply(text, tuple(buttons)) for text in texts])
