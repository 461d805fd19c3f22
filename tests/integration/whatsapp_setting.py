"""A fake WhatsApp with our channel pointed at it, for the tests of WhatsApp."""

import hashlib
import hmac
import json
from contextlib import contextmanager

from django.test import Client

from bot.channels.whatsapp import client, identity, transport
from bot.channels.whatsapp.items import Sender
from bot.conversations import delivery, rights
from bot.conversations.models import Delivery, Message
from bot.testing.whatsapp import FakeWhatsApp

SECRET, VERIFY = "an-app-secret_of-tests", "a-verify-token"
PATH = "/channels/whatsapp/webhook"
PHONE, USER_ID = "31600000001", "NL.90000000001"


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
