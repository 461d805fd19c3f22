"""Who writes, where, and every message of a conversation in its order."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from bot.privacy.fields import EncryptedBytesField, EncryptedJSONField, EncryptedTextField

__all__ = [
    "Alias",
    "Attachment",
    "Conversation",
    "Delivery",
    "Drawer",
    "ForgottenMessage",
    "Heartbeat",
    "JoinCode",
    "LanguageDecision",
    "Measure",
    "Message",
    "Provider",
    "RasaSession",
    "Recording",
    "Resident",
    "TurnResult",
    "WaitingBody",
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
    window_until = models.DateTimeField(null=True, help_text="Until when WhatsApp takes free text; empty elsewhere.")
    trimmed_at = models.DateTimeField(null=True, help_text="When all but what a handover keeps was deleted.")
    asked_back_at = models.DateTimeField(null=True, help_text="The neutral template went out and waits for an answer.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "address_hash"], name="one_conversation_per_address")]


class Alias(models.Model):
    """An id by which a provider names this conversation's resident, where one person can have several."""

    class Kind(models.TextChoices):
        PHONE = "phone"
        USER_ID = "user_id"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="aliases")
    channel = models.CharField(max_length=12)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value_hash = models.CharField(max_length=64)
    value = EncryptedTextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "value_hash"], name="one_conversation_per_alias")]


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
    what = models.CharField(max_length=12, blank=True, default="", db_default="", help_text="Of media: image, voice, empty …")
    album = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="Keyed hash of what pictures sent together share."
    )
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
    sent_at = models.DateTimeField(null=True, help_text="When the resident sent it, by the provider's clock.")
    edited_at = models.DateTimeField(null=True, help_text="The resident changed it in the app; the text is the new one.")
    withdrawn_at = models.DateTimeField(null=True, help_text="The resident deleted it in the app; the text is gone.")
    handled_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Turns that Rasa ran without leaving a result.")
    to_helper = models.BooleanField(
        default=False, db_default=False, help_text="Written while a helper held the chat: meant for that person."
    )

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
        PARKED = "parked", "waits until the resident writes again"
        FAILED = "failed"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="delivery")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(auto_now_add=True)
    error = models.CharField(max_length=80, blank=True, help_text="A short code, never a provider's text.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(F("due_at"), name="due_deliveries", condition=Q(state__in=["pending", "sending"])),
            models.Index(F("updated_at"), name="undelivered", condition=Q(state__in=["failed", "parked"])),
        ]


class Provider(models.Model):
    """How a channel's provider is doing: while ``closed_until`` lies ahead nothing is sent to it."""

    channel = models.CharField(max_length=12, primary_key=True)
    closed_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True, help_text="A code of bot.conversations.reasons.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row, over all conversations.")


class Attachment(models.Model):
    """A file that came with a message: first only the provider's reference, and the file itself after a yes."""

    class State(models.TextChoices):
        REFERENCE = "reference"
        AGREED = "agreed"
        STORED = "stored"
        FAILED = "failed"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="attachment")
    state = models.CharField(max_length=9, choices=State.choices, default=State.REFERENCE)
    reference = EncryptedJSONField(default=dict, help_text="{id, mime} at the provider; empty once fetched.")
    content = EncryptedBytesField(default=b"")
    mime = models.CharField(max_length=60, blank=True, help_text="By the content, never by what the sender says.")
    error = models.CharField(max_length=40, blank=True)
    handover = models.UUIDField(null=True, help_text="The handover it was agreed for.")
    expires_at = models.DateTimeField()


class JoinCode(models.Model):
    """A code that joins another channel's conversation to this one's resident; one at a time, for some minutes."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="join_code")
    code_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()


class LanguageDecision(models.Model):
    """What a language is from then on: ``on``, ``buttons`` (and a person) or ``off``. Rows are only added."""

    tag = models.CharField(max_length=12)
    state = models.CharField(max_length=7)
    by = models.CharField(max_length=150, help_text="The account or the operator who decided.")
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)


class WaitingBody(models.Model):
    """A large batch of a webhook, authentic and unread: stored first, taken in by a job."""

    channel = models.CharField(max_length=12)
    body = EncryptedBytesField()
    at = models.DateTimeField(auto_now_add=True)


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
    confidence = models.FloatField(
        null=True, help_text="How sure the reading was, 0 to 1; of the likeliest where none was sure enough."
    )
    guess = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="The likeliest, where none was sure."
    )
    created_at = models.DateTimeField(auto_now_add=True)


class RasaSession(models.Model):
    """The events of one Rasa conversation: a whole session in one encrypted row, since only the current one is read."""

    sender_id = models.CharField(max_length=80, unique=True)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="rasa_sessions")
    events = EncryptedJSONField(default=list)
    updated_at = models.DateTimeField(auto_now=True)


class Recording(models.Model):
    """A voice that says one text of ours, word for word. Once the text differs by a letter the voice is not offered any more.

    Nothing of a resident is in it; whose voice it is agreed to it, and removing it deletes it.
    """

    key = models.CharField(max_length=60)
    language = models.CharField(max_length=12)
    text = models.TextField(help_text="What is said, with the names and numbers of that day.")
    titles = models.JSONField(default=list, help_text="The buttons that are said after it.")
    digest = models.CharField(max_length=64, help_text="Of the text.")
    content = models.BinaryField()
    mime = models.CharField(max_length=20, help_text="By the content.")
    speaker = models.CharField(max_length=80)
    machine = models.BooleanField(default=False, help_text="No person's voice, and said so.")
    by = models.CharField(max_length=150, help_text="The account that brought it in.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "language", "digest"], name="one_voice_per_text")]


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
    message = models.ForeignKey(
        Message,
        on_delete=models.CASCADE,
        null=True,
        related_name="drawer",
        help_text="Where it was typed: it goes when that goes.",
    )
    kind = models.CharField(max_length=8)
    value = EncryptedTextField()
    expires_at = models.DateTimeField()


class Heartbeat(models.Model):
    """A worker process that is alive says so every few seconds; ``/readyz`` looks here."""

    process = models.CharField(max_length=120, primary_key=True, help_text="turns@machine.process")
    at = models.DateTimeField()

    @property
    def queue(self) -> str:
        return self.process.partition("@")[0]


class Measure(models.Model):
    """One number of a counter or histogram that ``/metrics`` shows (``bot.conversations.measures``): about no person."""

    name = models.CharField(max_length=40)
    label = models.CharField(max_length=40, blank=True, help_text="Values of the series' labels, or a bound in seconds.")
    value = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "label"], name="one_row_per_series")]
