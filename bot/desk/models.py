"""What the desk itself remembers: which helper was mailed, and of what they were told."""

from django.db import models

from bot.neighbourhood.models import Helper

__all__ = ["MailSent"]


class MailSent(models.Model):
    """One mail to a helper; ``told_until``: everything stored up to then was in it."""

    helper = models.ForeignKey(Helper, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    told_until = models.DateTimeField()
