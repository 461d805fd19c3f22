"""What the desk itself remembers: which helper was mailed, and how many there were, without who."""

from django.db import models

from bot.conversations.models import Message
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper, Team
from bot.privacy.fields import EncryptedTextField

__all__ = ["MailSent", "PushDevice", "Tally", "TallyDay", "Told", "Translation"]


class MailSent(models.Model):
    """One notice to a helper, by mail or on a phone; ``told_until``: the version before goes by it, this one by ``Told``."""

    helper = models.ForeignKey(Helper, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    told_until = models.DateTimeField()


class Told(models.Model):
    """That a helper was told of a handover, and since when it had waited then: what waits anew is told anew.

    Without constraints in the database: the version before, which knows no such table, must be able to delete either.
    """

    helper = models.ForeignKey(Helper, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["helper", "handover"], name="told_once")]


class PushDevice(models.Model):
    """A phone or computer on which a helper wants to hear that something waits: its mailbox at the maker of the browser."""

    helper = models.ForeignKey(Helper, on_delete=models.CASCADE, related_name="+")
    address = EncryptedTextField()
    address_hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(auto_now_add=True)


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


class Translation(models.Model):
    """A resident's message in Dutch, by a colleague who reads the language. It goes with the message."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="+")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    text = EncryptedTextField()
    author = models.ForeignKey(Helper, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now=True)
