"""What may be learnt from: a resident's yes, and copies of messages without any way back to who wrote them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from bot.conversations.models import Resident
from bot.privacy.fields import EncryptedBytesField, EncryptedJSONField, EncryptedTextField

__all__ = ["LearningConsent", "Sample", "WeekCount", "WeekMailed"]


class LearningConsent(models.Model):
    """A resident said yes to "may we learn from your sentences?"; taking it back deletes the row."""

    resident = models.OneToOneField(Resident, on_delete=models.CASCADE, related_name="learning_consent")
    at = models.DateTimeField(auto_now_add=True)
    seen_until = models.BigIntegerField(default=0, help_text="The last message that was looked at.")


class Sample(models.Model):
    """One masked message that was not understood well, and what people decide it means.

    No conversation, no channel, no time of day. ``owner`` is a keyed hash that only a wipe or a withdrawal can make.
    """

    class Why(models.TextChoices):
        MISUNDERSTOOD = "misunderstood"
        UNSURE = "unsure"
        CORRECTED = "corrected"
        PERSON = "person"

    class State(models.TextChoices):
        WAITING = "waiting"
        SECOND = "second", "a crisis: one person has decided, another must agree"
        ACCEPTED = "accepted", "to be written into the data"
        TOPIC = "topic", "about something we have no intent for"
        UNUSABLE = "unusable"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(max_length=64, blank=True, db_index=True)
    municipality = models.CharField(max_length=80, blank=True)
    text = EncryptedTextField()
    language = models.CharField(max_length=12)
    intent = models.CharField(max_length=40, blank=True, help_text="As understood, or the likeliest.")
    confidence = models.FloatField()
    wishes = EncryptedJSONField(default=dict, help_text="Slot to value, as read.")
    why = models.CharField(max_length=13, choices=Why.choices)
    proposal = models.CharField(max_length=40, blank=True, help_text="The intent of the button the resident then chose.")
    group = models.UUIDField(db_index=True, help_text="Samples that say much the same.")
    vector = EncryptedBytesField(default=b"")
    expires_at = models.DateField()

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    decided_intent = models.CharField(max_length=40, blank=True)
    decided_language = models.CharField(max_length=12, blank=True)
    decided_wishes = EncryptedJSONField(null=True, help_text="Slot to value, where they were read wrongly.")
    topic = models.CharField(max_length=60, blank=True, help_text="A reviewer's name for what is new.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["language"], name="undecided_samples", condition=Q(state__in=["waiting", "second"]))]


class WeekCount(models.Model):
    """How well one week's messages in one language were understood; kept only where enough people wrote."""

    week = models.DateField(help_text="Its Monday.")
    language = models.CharField(max_length=12)
    understood = models.PositiveIntegerField(default=0)
    unsure = models.PositiveIntegerField(default=0)
    misunderstood = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    person = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "language"], name="one_count_per_week_and_language")]


class WeekMailed(models.Model):
    """A maintainer was told of a week: once."""

    week = models.DateField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "user"], name="one_mail_per_week_and_maintainer")]
