"""Telling helpers that somebody waits, by e-mail and on their devices, never who or why. Quiet hours are kept; many are one."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bot.handover.models import Handover, HandoverEvent
from bot.handover.states import PROMISED, Kind
from bot.handover.transitions import may_see
from bot.handover.watch import by_day
from bot.neighbourhood.hours import is_open
from bot.neighbourhood.models import Absence, Helper
from bot.privacy.logs import event

from .models import MailSent, Told
from .push import ring

__all__ = ["is_quiet", "notify"]

_ONCE_IN = dt.timedelta(minutes=30)
_HEAD_START = dt.timedelta(minutes=15)
_NEVER = dt.datetime.min.replace(tzinfo=dt.timezone.utc)
_Heard = dict[tuple[int, UUID], dt.datetime]
# What brings one to somebody anew.
_BACK = (
    Kind.HANDED_ON, Kind.HANDED_BACK, Kind.REOPENED, Kind.OTHER_HELPER, Kind.NOT_HAPPENED, Kind.LATE, Kind.URGENT,
)  # fmt: skip


def is_quiet(helper: Helper, now: dt.datetime) -> bool:
    """Whether this helper wants no mail at ``now``: own quiet hours (also over midnight), an absence, or a closed team.

    Hours that end when they begin, from before the form refused them, are none.

    Where nobody filled in the team's hours it is told by day: a silence for good would be worse than a mail on a Sunday.
    """
    local = timezone.localtime(now)
    start, end, clock = helper.quiet_from, helper.quiet_until, local.time()
    if start and end and start != end and (start <= clock < end if start < end else clock >= start or clock < end):
        return True
    if helper.absences.filter(first_day__lte=local.date(), last_day__gte=local.date()).exists():
        return True
    return not (is_open(helper.team, now) if helper.team.hours else by_day(now))


def _is_for(helper: Helper, handover: Handover, readers: Iterable[Helper], stead: set[int], now: dt.datetime) -> bool:
    """Who reads the language is told first; the others when it still waits after a while, or when there is no such colleague.

    One for a colleague who is away now is everybody's: the whole team sees it, and somebody should hear of it. Of what somebody
    holds, those in whose ``stead`` the helper is here count as the helper, as far as they may see it.
    """
    if handover.state != Handover.State.OPEN:
        mine = helper.pk in (handover.holder_id, handover.second_id)
        return mine or (handover.holder_id in stead and may_see(handover, helper))
    asked = handover.meant_for_id if handover.meant_for_id in {h.pk for h in readers} else None
    if handover.team_id != helper.team_id or asked not in (None, helper.pk) or not may_see(handover, helper):
        return False
    first = {h.pk for h in readers if handover.language in h.languages and may_see(handover, h)}
    later = handover.urgent or handover.meant_for_id or now - handover.since >= _HEAD_START
    return bool(later) or not first or helper.pk in first


def _in_place_of(helper: Helper, now: dt.datetime) -> set[int]:
    """The colleagues who are away today and for whom ``helper`` stands in."""
    day = timezone.localdate(now)
    away = Absence.objects.filter(replacement=helper, first_day__lte=day, last_day__gte=day)
    return set(away.values_list("helper", flat=True))


def _waiting(now: dt.datetime) -> list[Handover]:
    """What waits for somebody of a team, ``since`` when: an open one, an answer to who is in conversation, or a crisis.

    ``pressing`` is when it was stored, or turned urgent the first time in the last half hour: many such messages are one.
    """
    back = Max("events__at", filter=Q(events__kind__in=_BACK))
    turned = Min("events__at", filter=Q(events__kind=Kind.URGENT, events__at__gt=now - _ONCE_IN))
    crises = HandoverEvent.objects.filter(handover=OuterRef("pk"), kind=Kind.URGENT, at__gt=OuterRef("accepted_at"))
    accepted = Q(state=Handover.State.ACCEPTED) & Q(Exists(crises))
    found = Handover.objects.filter(Q(state=Handover.State.OPEN) | (PROMISED & Q(waiting_since__isnull=False)) | accepted)
    since = Greatest(Coalesce("waiting_since", "created_at"), Coalesce(back, "created_at"))
    times = {"since": since, "pressing": Coalesce(turned, "created_at")}
    return list(found.annotate(**times).select_related("team").defer("receipt"))


def _message(helper: Helper) -> EmailMessage:
    base = settings.PUBLIC_BASE_URL or f"http://localhost:{settings.PORT}"
    with translation.override(helper.user.language):
        text = _("Er staat iets voor je klaar. Kijk wanneer het past: %(link)s")
        return EmailMessage(_("Er staat iets klaar"), text % {"link": f"{base}/desk/"}, to=[helper.user.email])


def notify(now: dt.datetime) -> int:
    """Tell every helper for whom something waits that they were not told of yet; returns how many were.

    By mail, on the devices where they turned that on, or both; at most once in half an hour each, and what comes meanwhile goes
    with the next. What turns urgent does not wait for that.
    """
    waiting = _waiting(now)
    if not waiting:
        return 0
    heard = _heard(waiting)
    helpers = Helper.objects.filter(active=True, user__is_active=True).select_related("user", "team")
    there = [h for h in helpers if not is_quiet(h, now)]
    return sum(_tell(helper, waiting, there, heard, now) for helper in there)


def _heard(waiting: list[Handover]) -> _Heard:
    """What each helper was told of each, and how it stood then.

    Kept for each of them: what becomes somebody's later than it came (after the head start, by a colleague's leave) is still new
    to them, whatever they were told of meanwhile.
    """
    told = Told.objects.filter(handover__in=[h.pk for h in waiting])
    return {(helper, handover): since for helper, handover, since in told.values_list("helper", "handover", "since")}


def _tell(helper: Helper, waiting: list[Handover], colleagues: list[Helper], heard: _Heard, now: dt.datetime) -> bool:
    unheard = [h for h in waiting if h.since > heard.get((helper.pk, h.pk), _NEVER)]
    if not unheard:
        return False
    readers = [h for h in colleagues if h.team_id == helper.team_id]
    stead = _in_place_of(helper, now)
    new = [h for h in unheard if _is_for(helper, h, readers, stead, now)]
    pressing = any(h.urgent and h.pressing > heard.get((helper.pk, h.pk), _NEVER) for h in new)
    if not pressing and MailSent.objects.filter(helper=helper, at__gt=now - _ONCE_IN).exists():
        return False
    # Both are tried: whoever hears it on the phone may want the mail too.
    if not new or not any([ring(helper), _send(helper)]):
        return False
    _remember(helper, new, now)
    return True


@transaction.atomic
def _remember(helper: Helper, new: list[Handover], now: dt.datetime) -> None:
    MailSent.objects.create(helper=helper, at=now, told_until=max(h.since for h in new))
    told = [Told(helper=helper, handover=h, since=h.since) for h in new]
    Told.objects.bulk_create(told, update_conflicts=True, unique_fields=["helper", "handover"], update_fields=["since"])


def _send(helper: Helper) -> bool:
    if not helper.mail or helper.user.email.endswith("@demo.invalid"):
        return False
    try:
        _message(helper).send()
    except (OSError, ValueError, smtplib.SMTPException) as error:  # ValueError: no address at all. The next look tries again
        event("desk.mail_failed", helper=helper.pk, error=type(error).__name__)
        return False
    return True
