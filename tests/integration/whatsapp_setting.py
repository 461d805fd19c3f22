"""A fake WhatsApp with our channel pointed at it, for the tests of WhatsApp."""

import hashlib
import hmac
import json
from contextlib import contextmanager

import pytest
from django.test import Client

from bot.channels.whatsapp import client, identity, transport
from bot.channels.whatsapp.items import Sender
from bot.conversations import delivery, outbox, rights, templates
from bot.conversations.models import Delivery, Message
from bot.conversations.outbox import Reply
from bot.testing.whatsapp import FakeWhatsApp
from bot.testing.whatsapp_bodies import body, change, message, status

SECRET, VERIFY = "an-app-secret_of-tests", "a-verify-token"
PATH = "/channels/whatsapp/webhook"
PHONE, USER_ID = "31600000001", "NL.90000000001"
DOORS = (("Iets te doen", "/neighbourhood_activity"), ("Een brief", '/letter_not_understood{"a":"' + "x" * 300 + '"}'))
TEMPLATE = templates.Template("new_message", "new_message", "nl", "nl", "Er staat iets klaar.", "approved", "UTILITY")


@contextmanager
def fake_whatsapp(settings, monkeypatch):
    """The server, with the settings that lead to it and our transport registered for this test only."""
    monkeypatch.setattr(delivery, "_transports", {})
    monkeypatch.setattr(rights, "_farewells", {})
    with FakeWhatsApp() as server:
        settings.WHATSAPP_TOKEN, settings.WHATSAPP_API_BASE = server.token, server.base
        settings.WHATSAPP_PHONE_NUMBER_ID, settings.WHATSAPP_APP_SECRET = server.phone_id, SECRET
        settings.WHATSAPP_VERIFY_TOKEN = VERIFY
        transport.register()
        yield server
        transport.wait()
        client.close()


def post(body, secret=SECRET, signature=None, **extra):
    """Sign one body and post it to the webhook as WhatsApp does."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = signature or "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signed} if signed else {}
    return Client(headers=headers).generic("POST", PATH, raw, content_type="application/json", **extra)


def found(phone=PHONE, user_id=""):
    """The conversation of a sender, read anew."""
    return identity.find(Sender(phone, user_id))


def said(author="resident"):
    """The texts of one author, in order."""
    return [message.text for message in Message.objects.filter(author=author).order_by("conversation", "position")]


def deliver(phone=PHONE, waits_over=False, user_id=""):
    """Send what is due; ``waits_over``: as if every wait were over. Returns (state, error) of every delivery in order."""
    conversation = found(phone, user_id)
    if waits_over:
        Delivery.objects.filter(state="pending").update(due_at=conversation.created_at)
    delivery.deliver(conversation.pk)
    return list(Delivery.objects.order_by("message__position").values_list("state", "error"))


def _says(sender, content, contacts=(), **more):
    """The body of one message from ``sender``."""
    return body(change([message(sender, content, **more)], contacts=list(contacts)))


def _bot_says(*texts, buttons=(), lang="nl", author="bot"):
    """Put our own messages in line; ``deliver`` sends them."""
    conversation = found()
    return outbox.post(conversation, [Reply(text, tuple(buttons), lang=lang, author=author) for text in texts])


def _state():
    """What became of the last of our messages."""
    return Delivery.objects.order_by("message__position").values_list("state", flat=True).last()


def _tell(sent, state, code=None):
    """News of one message that the fake took, with our own id as WhatsApp brings it back."""
    post(body(change(statuses=[status(sent["id"], state, code, biz_opaque_callback_data=sent["biz_opaque_callback_data"])])))


@pytest.fixture
def fake(settings, monkeypatch):
    """The server, with a resident who has written."""
    with fake_whatsapp(settings, monkeypatch) as server:
        post(body(change([message(PHONE, "hoi")])))
        yield server


@pytest.fixture
def approved(monkeypatch):
    monkeypatch.setattr(templates, "registered", lambda: (TEMPLATE,))
