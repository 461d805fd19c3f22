"""Once a week to maintainers: how well residents were understood, in numbers. No message, no number below ten."""

from __future__ import annotations

import datetime as dt
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bot.learning.drift import last_week, weeks_of
from bot.learning.models import WeekMailed
from bot.neighbourhood.models import User
from bot.privacy.logs import event

from .drift_words import as_table, language, last_counted, pictured, turn_words, turns

__all__ = ["tell"]

_DAY = (dt.time(8), dt.time(18))


def tell(now: dt.datetime) -> int:
    """Mail every maintainer who has not heard of the last week yet, on a weekday in the daytime; how many mails went out."""
    local, week = timezone.localtime(now), last_week(now)
    if local.weekday() > 4 or not _DAY[0] <= local.time() < _DAY[1] or not last_counted(week):
        return 0
    told = WeekMailed.objects.filter(week=week).values("user")
    maintainers = User.objects.filter(office=User.Office.MAINTAINER, is_active=True).exclude(pk__in=told)
    return sum(_send(user, week) for user in maintainers if not user.email.endswith("@demo.invalid"))


def _lines(week: dt.date) -> list[str]:
    lines = []
    for tag in last_counted(week):
        share = pictured(as_table(weeks_of(tag, week)))[-1].share
        words = _("te weinig om te noemen") if share is None else _("%(share)s van de honderd") % {"share": share}
        lines.append(f"{language(tag)}: {words}")
    return lines


def _message(user: User, week: dt.date) -> EmailMessage:
    base = settings.PUBLIC_BASE_URL or f"http://localhost:{settings.PORT}"
    with translation.override(user.language):
        notes = [turn_words(turn) for turn in turns(week)] or [_("Er is nergens iets gekeerd.")]
        head = _("Berichten die niet goed begrepen werden, in de week van %(week)s:") % {"week": week.strftime("%d-%m-%Y")}
        body = "\n".join([*notes, "", head, *_lines(week), "", f"{base}/desk/learning/drift"])
        return EmailMessage(_("Hoe goed we begrepen: %(week)s") % {"week": week.strftime("%d-%m-%Y")}, body, to=[user.email])


def _send(user: User, week: dt.date) -> bool:
    try:
        with transaction.atomic():
            WeekMailed.objects.create(user=user, week=week)
            _message(user, week).send()
    except IntegrityError:  # another worker was quicker
        return False
    except (OSError, smtplib.SMTPException) as error:  # the next hour tries again
        event("desk.mail_failed", user=user.pk, error=type(error).__name__)
        return False
    return True
