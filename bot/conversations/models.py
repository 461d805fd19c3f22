"""Who writes, where, and every message of a conversation in its order."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from bot.privacy.fields import EncryptedJSONField, EncryptedTextField

__all__ = [
    "Conversation",
    "Delivery",
    "Drawer",
    "ForgottenMessage",
    "Heartbeat",
    "Message",
    "RasaSession",
    "Resident",
    "TurnResult",
]


class Resident(models.Model):
    """A person who writes to us. We know languages and an area, never a name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    second_language = models.CharField(max_length=12, blank=True)
    area = models.CharField(max_length=8, blank=True, help_text="Four digits of a postcode, if told.")
    # Somebody else reads this phone: nothing unprompted, no sign of a handover in the chat.
    discreet = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)


class Conversation(models.Model):
    """One resident on one channel; its row lock gives out the positions of messages."""

    class Channel(models.TextChoices):
        WEBCHAT = "webchat"
        TELEGRAM = "telegram"
        WHATSAPP = "whatsapp"

    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="conversations")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    address_hash = models.CharField(max_length=64)
    address = EncryptedTextField(default="", help_text="Chat id or phone number; empty for the web chat.")
    start_param = EncryptedTextField(default="", help_text="What the link or poster carried.")
    language = models.CharField(max_length=12, default="nl")
    language_known = models.BooleanField(default=False, help_text="At least one message told the language.")
    language_chosen = models.BooleanField(default=False, help_text="The resident chose the language.")
    last_position = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    rasa_sender = models.UUIDField(default=uuid.uuid4, help_text="Rasa's conversation id; a new one is a clean slate.")
    pending = models.CharField(
        max_length=40, blank=True, help_text="A question asked without Rasa, such as check:crisis_violence."
    )
    held_by = models.CharField(max_length=80, blank=True, help_text="First name of the helper who holds the chat.")
    held_since = models.DateTimeField(null=True)
    blocked_at = models.DateTimeField(null=True, help_text="The resident blocked the bot: nothing can be delivered.")
    seen_at = models.DateTimeField(null=True, help_text="When the resident last looked (web chat).")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "address_hash"], name="one_conversation_per_address")]


class Message(models.Model):
    """One message; ``position`` is its number in the conversation and its id for residents."""

    class Author(models.TextChoices):
        RESIDENT = "resident"
        BOT = "bot"
        HELPER = "helper"

    class Kind(models.TextChoices):
        TEXT = "text"
        TAP = "tap"
        MEDIA = "media"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    position = models.PositiveIntegerField()
    author = models.CharField(max_length=8, choices=Author.choices)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.TEXT)
    text = EncryptedTextField(default="")
    buttons = EncryptedJSONField(default=list, help_text="[{id, title, payload}], offered with a bot message.")
    payload = EncryptedTextField(default="", help_text="The payload behind a tapped button.")
    language = models.CharField(max_length=12, default="nl")
    intent = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=60, blank=True, help_text="The catalogue key of a bot text.")
    channel = models.CharField(max_length=12)
    provider_hash = models.CharField(max_length=64, null=True, help_text="Keyed hash of the provider's or client's id.")
    provider_id = EncryptedTextField(default="")
    reply_to = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="replies")
    created_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Turns that Rasa ran without leaving a result.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "position"], name="one_message_per_position"),
            models.UniqueConstraint(fields=["channel", "provider_hash"], name="one_message_per_provider_id"),
        ]
        indexes = [
            models.Index(
                fields=["conversation", "position"], name="unhandled_messages", condition=Q(author="resident", handled_at=None)
            )
        ]


class Delivery(models.Model):
    """A bot's or helper's message on its way to a provider. The web chat needs none: it reads."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="delivery")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(auto_now_add=True)
    error = models.CharField(max_length=80, blank=True, help_text="A short code, never a provider's text.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(F("due_at"), name="due_deliveries", condition=Q(state__in=["pending", "sending"]))]


class TurnResult(models.Model):
    """What Rasa answered to one message: written by the tracker store with the events, in one transaction."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="turn_result")
    replies = EncryptedJSONField(default=list, help_text="[{text, buttons, key}] in order.")
    intent = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=12, blank=True)
    events = models.PositiveIntegerField(default=0, help_text="Events in Rasa's session after the turn.")
    in_form = models.BooleanField(default=False)
    crisis = models.CharField(max_length=32, blank=True, help_text="What the classifier hears where no pattern did.")
    about_another = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)


class RasaSession(models.Model):
    """The events of one Rasa conversation: a whole session in one encrypted row, since only the current one is read."""

    sender_id = models.CharField(max_length=80, unique=True)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="rasa_sessions")
    events = EncryptedJSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)


class ForgottenMessage(models.Model):
    """Keyed hash of a wiped resident's provider id: a redelivery within 14 days brings nothing back."""

    channel = models.CharField(max_length=12)
    provider_hash = models.CharField(max_length=64)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "provider_hash"], name="one_forgotten_hash")]


class Drawer(models.Model):
    """A phone number or e-mail that was replaced by a token in its message: only the consent preview opens it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drawer")
    kind = models.CharField(max_length=8)
    value = EncryptedTextField()
    expires_at = models.DateTimeField()


class Heartbeat(models.Model):
    """A worker process that is alive says so every few seconds; ``/readyz`` looks here."""

    process = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
