"""What the desk keeps for a while only: mails sent, devices of who left, counts, ended sessions, failed sign-ins."""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Max, Q
from django.utils import timezone

from bot.handover.models import Handover
from bot.privacy.retention import MAIL, TRIES

from .models import MailSent, PushDevice, Tally, TallyDay, Told

__all__ = ["sweep"]


def sweep(now: datetime) -> None:
    """The latest mail to each helper stays: the version before goes by it."""
    latest = MailSent.objects.values("helper").annotate(last=Max("pk")).values_list("last", flat=True)
    MailSent.objects.filter(at__lt=now - MAIL).exclude(pk__in=list(latest)).delete()
    Told.objects.exclude(handover__in=Handover.objects.filter(state__in=Handover.LIVE)).delete()
    PushDevice.objects.filter(Q(helper__active=False) | Q(helper__user__is_active=False)).delete()
    oldest = timezone.localdate(now) - timedelta(days=settings.RETENTION_AUDIT_DAYS)
    Tally.objects.filter(month__lt=f"{oldest:%Y-%m}").delete()
    TallyDay.objects.filter(day__lt=oldest.replace(day=1)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    for tried in (AccessAttempt, AccessFailureLog, AccessLog):
        tried.objects.filter(attempt_time__lt=now - TRIES).delete()
