"""What learning keeps for a while only."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from bot.privacy.retention import MAIL

from .models import Sample, WeekCount, WeekMailed

__all__ = ["sweep"]

# What cannot be used waits only as long as an undo may bring it back.
_UNUSABLE = timedelta(hours=1)


def sweep(now: datetime) -> None:
    """Samples past their day, decided or not; counts of weeks long ago."""
    today = timezone.localdate(now)
    Sample.objects.filter(expires_at__lt=today).delete()
    Sample.objects.filter(state=Sample.State.UNUSABLE, decided_at__lt=now - _UNUSABLE).delete()
    WeekCount.objects.filter(week__lt=today - timedelta(days=settings.RETENTION_AUDIT_DAYS)).delete()
    WeekMailed.objects.filter(week__lt=today - MAIL).delete()
