"""What a neighbourhood has besides people and places: stories people told, partners, and what was agreed with them."""

from __future__ import annotations

from django.db import models

from .models import Helper, Team

__all__ = ["Agreement", "CaseCard", "Partner", "SelfCheck", "Story"]


class Story(models.Model):
    """An experience in somebody's own language, told with their yes and without a name. The bot tells it while it is in use."""

    class Topic(models.TextChoices):
        LETTERS = "letters"
        HOME = "home"
        WORK = "work"
        FAMILY = "family"
        ASKING = "asking"

    language = models.CharField(max_length=12)
    topic = models.CharField(
        max_length=8, choices=Topic.choices, blank=True, default="", db_default="", help_text="Offered beside these answers only."
    )
    title = models.CharField(max_length=80)
    text = models.TextField(max_length=1500)
    agreed = models.BooleanField(default=False, help_text="Whose story it is said yes to telling it.")
    active = models.BooleanField(default=True)
    fictional = models.BooleanField(default=False, db_default=False)


class Partner(models.Model):
    """An organisation of the neighbourhood: a mosque, a foundation, a food bank. An equal, whatever its size."""

    name = models.CharField(max_length=80, unique=True)
    contact = models.CharField(max_length=120, blank=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Agreement(models.Model):
    """Who does what, how each is reached, and when that is looked at again; with a partner or a key person."""

    partner = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT)
    helper = models.ForeignKey(Helper, null=True, blank=True, on_delete=models.PROTECT)
    who_does_what = models.TextField(max_length=1000)
    reached = models.CharField(max_length=200)
    made_on = models.DateField()
    renew_on = models.DateField()
    active = models.BooleanField(default=True)


class SelfCheck(models.Model):
    """A team's nine-field card on one day: ``{field: {"answer": yes|partly|not_yet, "note": …, "next": …}}``."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="self_checks")
    author = models.ForeignKey(Helper, null=True, on_delete=models.SET_NULL)
    answers = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-id"]


class CaseCard(models.Model):
    """A made-up case for a team to talk about: never a resident's own data."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="case_cards")
    title = models.CharField(max_length=80)
    situation = models.TextField(max_length=1500)
    question = models.CharField(max_length=200)
    active = models.BooleanField(default=True)
