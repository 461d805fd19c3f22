"""What the desk itself remembers: which helper was mailed, and how many there were, without who."""

from django.db import models

from bot.neighbourhood.models import Helper, Team

__all__ = ["MailSent", "Tally", "TallyDay"]


class MailSent(models.Model):
    """One mail to a helper; ``told_until``: everything stored up to then was in it."""

    helper = models.ForeignKey(Helper, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    told_until = models.DateTimeField()


class Tally(models.Model):
    """How many people of one kind a team had in one month. It outlives the conversations it was counted from."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    month = models.CharField(max_length=7, help_text="2026-10")
    view = models.CharField(max_length=12, help_text="language, area, door …")
    group = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "month", "view", "group"], name="one_tally_per_group")]


class TallyDay(models.Model):
    """A day that was counted: each is counted once, so that no number changes afterwards."""

    day = models.DateField(primary_key=True)
