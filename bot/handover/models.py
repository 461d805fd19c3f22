"""Drafts, handovers and everything that happened to them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from bot.conversations.models import Conversation, Message, Resident
from bot.neighbourhood.models import Helper, Team
from bot.privacy.fields import EncryptedJSONField, EncryptedTextField

__all__ = ["AuditLine", "Draft", "Handover", "HandoverEvent", "TableStart"]


class Draft(models.Model):
    """What the resident chose so far; nobody at the desk sees it."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="draft")
    wishes = EncryptedJSONField(default=dict, help_text="helper_kind, helper_gender, contact_how, area …")
    removed = EncryptedJSONField(default=list, help_text="Lines that the resident took out.")
    first_position = models.PositiveIntegerField(default=0, help_text="Where the request began.")
    previewed = EncryptedJSONField(default=list, help_text="The lines last shown: what a yes agrees to.")
    previewed_at = models.DateTimeField(null=True)
    urgent = models.BooleanField(default=False)
    begun_by = models.ForeignKey(
        Helper, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Who filled it in at the table."
    )
    updated_at = models.DateTimeField(auto_now=True)


class TableStart(models.Model):
    """A request begun at the table by a helper, until the resident takes it up on their own phone by its code."""

    helper = models.ForeignKey(Helper, on_delete=models.CASCADE, related_name="+")
    code_hash = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=12)
    wishes = EncryptedJSONField(default=dict, help_text="As a draft has them, and ``told``: what the resident wants passed on.")
    expires_at = models.DateTimeField()


class Handover(models.Model):
    """The ticket: what a resident agreed to share with a team. Later states never go back silently."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        CONTACTED = "contacted"
        CONFIRMED = "confirmed"
        CLOSED = "closed"
        WITHDRAWN = "withdrawn"

    LIVE = (State.OPEN, State.ACCEPTED, State.CONTACTED, State.CONFIRMED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="handovers")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="handovers")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="handovers")
    holder = models.ForeignKey(Helper, null=True, on_delete=models.SET_NULL, related_name="handovers")
    second = models.ForeignKey(
        Helper, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Joined after the resident's yes."
    )
    asked_second = models.ForeignKey(Helper, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_position = models.PositiveIntegerField(default=0, help_text="Where the resident was asked about the second person.")
    meant_for = models.ForeignKey(
        Helper, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Handed on to this colleague, not yet accepted."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    language = models.CharField(max_length=12)
    wishes = EncryptedJSONField(default=dict, help_text="Only the lines the resident agreed to share.")
    receipt = EncryptedJSONField(default=list, help_text="The preview's literal lines: what the yes was said to.")
    messages = models.ManyToManyField(Message, related_name="handovers", help_text="Consented messages.")
    urgent = models.BooleanField(default=False)
    outcome = models.CharField(max_length=40, blank=True)
    source_message = models.OneToOneField(Message, null=True, on_delete=models.SET_NULL, related_name="stored_handover")
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True, help_text="Since when a message waits for the helper who made contact.")
    begun_by = models.ForeignKey(
        Helper, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Who filled it in at the table."
    )
    outcome_for = models.ForeignKey(
        Helper, null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="A key person who may know how it ended: the resident said yes.",
    )  # fmt: skip
    let_go = models.JSONField(
        default=list, db_default=[], help_text="Ids of helpers in whose place the resident wished somebody."
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["resident"], name="one_live_handover_per_resident", condition=~Q(state__in=["closed", "withdrawn"])
            )
        ]


class HandoverEvent(models.Model):
    """One line of the timeline: every transition and every reading, with who and when."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    note = EncryptedTextField(default="")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "id"]


class AuditLine(models.Model):
    """Who did what with a handover that is gone, on which day: no content, no resident, no time of day."""

    handover_hash = models.CharField(max_length=64, help_text="Keyed: lines of one handover belong together, to nobody.")
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    day = models.DateField(db_index=True)
