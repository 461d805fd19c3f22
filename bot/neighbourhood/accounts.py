"""Invitations and what was done to accounts: who may come in, and who let them."""

from __future__ import annotations

from django.db import models

from .models import Helper, Team, User

__all__ = ["AccountEvent", "Invitation", "OfficeAccount"]


class Invitation(models.Model):
    """A link that makes one account, once. Only the keyed hash of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    first_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Helper.Kind.choices, blank=True)
    coordinator = models.BooleanField(default=False)
    office = models.CharField(max_length=13, choices=User.Office.choices, blank=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.CASCADE)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class OfficeAccount(models.Model):
    """Who somebody is at the municipality's own sign-in: a keyed hash of the issuer and its name for them, one an account."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="office_account")
    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(auto_now_add=True)


class AccountEvent(models.Model):
    """One line about an account; ``actor`` is None for the command line."""

    class Kind(models.TextChoices):
        INVITED = "invited"
        JOINED = "joined"
        FACTOR_RESET = "factor_reset"
        LEFT = "left"
        RETURNED = "returned"
        ROLE_CHANGED = "role_changed"
        LINKED = "linked"

    email = models.EmailField()
    kind = models.CharField(max_length=14, choices=Kind.choices)
    before = models.CharField(max_length=14, blank=True, db_default="", help_text="Of a changed role: worker, key_person …")
    after = models.CharField(max_length=14, blank=True, db_default="")
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-id"]
