"""E-mail to helpers: that somebody waits, never who or why. Quiet hours are kept; many at once are one message."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bot.handover.models import Handover
from bot.handover.transitions import may_see
from bot.neighbourhood.hours import is_open
from bot.neighbourhood.models import Helper
from bot.privacy.logs import event

from .models import MailSent

__all__ = ["is_quiet", "notify"]

_ONCE_IN = dt.timedelta(minutes=30)
_HEAD_START = dt.timedelta(minutes=15)


def is_quiet(helper: Helper, now: dt.datetime) -> bool:
    """Whether this helper wants no mail at ``now``: own quiet hours (also over midnight), an absence, or a closed team."""
    local = timezone.localtime(now)
    start, end, clock = helper.quiet_from, helper.quiet_until, local.time()
    if start and end and (start <= clock < end if start < end else clock >= start or clock < end):
        return True
    if helper.absences.filter(first_day__lte=local.date(), last_day__gte=local.date()).exists():
        return True
    return not is_open(helper.team, now)


def _is_for(helper: Helper, handover: Handover, readers: Iterable[Helper], now: dt.datetime) -> bool:
    """Who reads the language is told first; the others when it still waits after a while, or when there is no such colleague."""
    if handover.team_id != helper.team_id or handover.meant_for_id not in (None, helper.pk) or not may_see(handover, helper):
        return False
    first = {h.pk for h in readers if handover.language in h.languages and may_see(handover, h)}
    later = handover.urgent or handover.meant_for_id or now - handover.created_at >= _HEAD_START
    return bool(later) or not first or helper.pk in first


def _message(helper: Helper) -> EmailMessage:
    base = settings.PUBLIC_BASE_URL or f"http://localhost:{settings.PORT}"
    with translation.override(helper.user.language):
        text = _("Er staat iets voor je klaar. Kijk wanneer het past: %(link)s")
        return EmailMessage(_("Er staat iets klaar"), text % {"link": f"{base}/desk/"}, to=[helper.user.email])


def notify(now: dt.datetime) -> int:
    """Mail every helper for whom somebody waits whom they were not told of yet; returns how many mails went out.

    At most one mail in half an hour each; what comes meanwhile goes with the next.
    """
    waiting = list(Handover.objects.filter(state=Handover.State.OPEN).select_related("team").defer("receipt"))
    if not waiting:
        return 0
    newest = max(h.created_at for h in waiting)
    recently = MailSent.objects.filter(Q(at__gt=now - _ONCE_IN) | Q(told_until__gte=newest)).values_list("helper", flat=True)
    helpers = Helper.objects.filter(active=True, mail=True, user__is_active=True).select_related("user", "team")
    there, told = [h for h in helpers if not is_quiet(h, now)], set(recently)
    return sum(_send(helper, waiting, there, now) for helper in there if helper.pk not in told)


def _send(helper: Helper, waiting: list[Handover], colleagues: list[Helper], now: dt.datetime) -> bool:
    readers = [h for h in colleagues if h.team_id == helper.team_id]
    told = MailSent.objects.filter(helper=helper).order_by("-told_until").first()
    new = [h for h in waiting if (told is None or h.created_at > told.told_until) and _is_for(helper, h, readers, now)]
    if helper.user.email.endswith("@demo.invalid") or not new:
        return False
    try:
        _message(helper).send()
    except (OSError, smtplib.SMTPException) as error:  # the next look tries again
        event("desk.mail_failed", helper=helper.pk, error=type(error).__name__)
        return False
    MailSent.objects.create(helper=helper, at=now, told_until=max(h.created_at for h in new))
    return True
