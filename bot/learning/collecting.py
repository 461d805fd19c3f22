"""From the messages of residents who said yes: copies of those that were not understood well, without who wrote them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bot.conversations.models import Conversation, Message, TurnResult
from bot.language.wishes import read_wishes
from bot.neighbourhood.models import Helper, Team
from bot.privacy.logs import event
from bot.privacy.names import names_somebody
from bot.privacy.numbers import has_long_number
from bot.privacy.sensitive import is_sensitive

from .consent import end, owner_of
from .likeness import group_for, vectors_of
from .models import LearningConsent, Sample
from .signs import FOLLOWS_WITHIN, Sign, read_messages, sign_of

__all__ = ["KEPT_DAYS", "collect", "may_keep"]

# From the copy to its end, unless it is written into the data before.
KEPT_DAYS = 60
_MAX_CHARACTERS, _MIN_LETTERS = 240, 2
# About residence and health, whatever the words.
_NOT_THESE = {"fear_residence_status", "health_costs"}


@dataclass(frozen=True)
class _Found:
    message: Message
    result: TurnResult
    sign: Sign
    municipality: str


def may_keep(message: Message, result: TurnResult, helpers: set[str]) -> bool:
    """Nothing about residence, religion or health, no name, no contact data (masked), no long number, no story of a page."""
    text = message.text
    if len(text) > _MAX_CHARACTERS or sum(c.isalpha() for c in text) < _MIN_LETTERS or "⟨" in text:
        return False
    if {result.intent, result.guess, message.intent} & _NOT_THESE or message.withdrawn_at:
        return False
    # The second fence: a number that the mask let through would go from here to the training data.
    return not has_long_number(text) and not is_sensitive(text) and not names_somebody(text, helpers)


def _municipality(conversation: Conversation) -> str:
    area = conversation.resident.area
    team = next((t for t in Team.objects.only("areas", "municipality") if area in t.areas), None) if area else None
    return (team.municipality if team else "") or settings.MUNICIPALITY


def _of(consent: LearningConsent, until: datetime) -> tuple[list[_Found], int]:
    """What is worth a look among what this resident wrote since the last time, and how far that goes."""
    helpers, found, last = set(Helper.objects.values_list("first_name", flat=True)), [], consent.seen_until
    for conversation in Conversation.objects.filter(resident=consent.resident_id).select_related("resident"):
        within = {"pk__gt": consent.seen_until, "created_at__lte": until, "handled_at__isnull": False}
        for message, result, following in read_messages(conversation, **within):
            last, sign = max(last, message.pk), sign_of(result, following)
            if sign.why and may_keep(message, result, helpers):
                found.append(_Found(message, result, sign, _municipality(conversation)))
    return found, last


def _sample(found: _Found, owner: str, now: datetime) -> Sample:
    message, result = found.message, found.result
    # A crisis that only the second reader heard is one: two people decide on it, whatever topic it was read as.
    return Sample(
        owner=owner, municipality=found.municipality, text=" ".join(message.text.split()), language=message.language,
        intent=result.crisis or result.guess or result.intent, confidence=result.confidence, wishes=read_wishes(message.text),
        why=found.sign.why, proposal=found.sign.proposal, expires_at=timezone.localdate(now) + timedelta(days=KEPT_DAYS),
    )  # fmt: skip


def _leaders(tag: str, intent: str) -> dict:
    """One vector of every group that waits in this language and was read alike."""
    rows = Sample.objects.filter(language=tag, intent=intent, state=Sample.State.WAITING).only("group", "vector")
    return {row.group: np.frombuffer(row.vector, dtype=np.float32) for row in rows}


def _group(samples: list[Sample]) -> None:
    by_tag = defaultdict(list)
    for sample in samples:
        by_tag[sample.language].append(sample)
    for tag, same in by_tag.items():
        leaders = {intent: _leaders(tag, intent) for intent in {sample.intent for sample in same}}
        for sample, vector in zip(same, vectors_of([s.text for s in same], tag)):
            sample.vector, sample.group = vector.tobytes(), group_for(vector, leaders[sample.intent], tag)


def _collect_one(consent: LearningConsent, now: datetime) -> int:
    if consent.resident.discreet:  # somebody else reads that phone now: nothing that shows it, no question about it
        end(consent.resident_id)
        return 0
    found, last = _of(consent, now - FOLLOWS_WITHIN)
    samples = [_sample(one, owner_of(consent.resident_id), now) for one in found]
    _group(samples)
    with transaction.atomic():
        # A yes that was taken back meanwhile is none; one that is another resident's by now is looked at again as theirs.
        same = LearningConsent.objects.filter(pk=consent.pk, resident=consent.resident_id)
        if not same.update(seen_until=last):
            return 0
        Sample.objects.bulk_create(samples)
    return len(samples)


def collect(now: datetime) -> int:
    """Copy what is new; returns how many. As often as one likes."""
    agreed = LearningConsent.objects.select_related("resident").order_by("pk")
    count = sum(_collect_one(consent, now) for consent in agreed)
    if count:
        event("learning.collected", count=count)
    return count
