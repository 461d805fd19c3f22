"""A circuit breaker per provider: while it is open nothing is sent, so that nothing is lost or makes things worse."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from bot.compiled import Compiled
from bot.privacy.logs import event

from .models import Provider

__all__ = ["closed_until", "failed", "pause", "worked"]

_OPEN_AFTER = 5
_SHORTEST, _LONGEST = 15, 300


# Channels that were troubled when this process last looked: only for these is it worth noting that all is well again.
_troubled: set[str] = set()
_state = Compiled(lambda channel: Provider.objects.filter(channel=channel).values_list("closed_until", "failures"))


def closed_until(channel: str) -> datetime | None:
    """Until when this provider is left alone; None when it may be asked."""
    until, failures = _state.first(channel) or (None, 0)
    (_troubled.add if until or failures else _troubled.discard)(channel)
    return until if until and until > timezone.now() else None


def pause(channel: str, seconds: float, reason: str) -> datetime:
    """Leave the provider alone for so long; a longer pause stays as it is."""
    until = timezone.now() + timedelta(seconds=seconds)
    provider, _ = Provider.objects.get_or_create(channel=channel)
    if provider.closed_until is None or provider.closed_until < until:
        Provider.objects.filter(pk=channel).update(closed_until=until, reason=reason)
        event("provider.paused", level=logging.ERROR, channel=channel, reason=reason, seconds=round(seconds))
    return max(until, provider.closed_until or until)


def failed(channel: str, reason: str, after: int = _OPEN_AFTER) -> datetime | None:
    """A send failed though the message was right; ``after`` in a row, over all conversations, open the breaker (until when)."""
    Provider.objects.get_or_create(channel=channel)
    Provider.objects.filter(pk=channel).update(failures=F("failures") + 1)
    failures = Provider.objects.values_list("failures", flat=True).get(pk=channel)
    if failures < after:
        return None
    return pause(channel, min(_SHORTEST * 2 ** min(failures - after, 10), _LONGEST), reason)


def worked(channel: str) -> bool:
    """A send went through: everything is well again. True when it was not before."""
    if channel not in _troubled:
        return False
    _troubled.discard(channel)
    troubled = Provider.objects.filter(pk=channel).exclude(failures=0, closed_until=None)
    well = bool(troubled.update(failures=0, closed_until=None, reason=""))
    if well:
        event("provider.well", channel=channel)
    return well
