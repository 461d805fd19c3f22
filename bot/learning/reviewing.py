"""The review inbox: which messages wait for whom, one decision for a whole group, a second person for a crisis, and undo."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from bot.language.examples import tags
from bot.neighbourhood.models import Team, User
from bot.safety import CRISES

from .data_checks import intents
from .exceptions import BadDecision, Stale
from .models import Sample

__all__ = [
    "Decision", "Group", "counts", "decide", "lacks_municipality", "languages", "municipalities", "next_group", "undo",
    "waiting_for",
]  # fmt: skip

State = Sample.State
VERDICTS = ("right", "wrong", "topic", "unusable")
_UNDO_WITHIN = timedelta(hours=1)
# One card stays readable; the rest of a large group comes as the next.
_MOST = 12


@dataclass(frozen=True)
class Decision:
    """What a reviewer chose; ``intent`` counts for "right" and "wrong", ``topic`` for what is new."""

    verdict: str
    intent: str = ""
    topic: str = ""
    language: str = ""
    wishes: dict[str, str] | None = None

    def checked(self) -> Decision:
        """The same, when it can be carried out. Raises BadDecision."""
        known = self.intent in intents() if self.verdict in ("right", "wrong") else self.verdict != "topic" or self.topic.strip()
        if self.verdict not in VERDICTS or not known or (self.language and self.language not in tags()):
            raise BadDecision
        return self

    @property
    def fields(self) -> dict[str, object]:
        kept = self.intent if self.verdict in ("right", "wrong") else ""
        topic = self.topic.strip()[:60] if self.verdict == "topic" else ""
        return {"decided_intent": kept, "topic": topic, "decided_language": self.language, "decided_wishes": self.wishes}

    @property
    def final(self) -> str:
        return {"topic": State.TOPIC, "unusable": State.UNUSABLE}.get(self.verdict, State.ACCEPTED)


@dataclass(frozen=True)
class Group:
    """Messages that say much the same, in one language, read as one intent."""

    pk: uuid.UUID
    samples: tuple[Sample, ...]
    second: bool

    @property
    def language(self) -> str:
        return self.samples[0].language

    @property
    def intent(self) -> str:
        """What the most of their residents chose instead, else what was read."""
        chosen = Counter(s.proposal for s in self.samples if s.proposal).most_common(1)
        return chosen[0][0] if chosen else self.samples[0].intent

    @property
    def wishes(self) -> dict[str, str]:
        return {slot: value for sample in self.samples for slot, value in sample.wishes.items()}


def municipalities() -> list[str]:
    """Those that share this system; a capital makes no other one."""
    found = [settings.MUNICIPALITY, *Team.objects.values_list("municipality", flat=True)]
    return sorted({name.casefold(): name for name in reversed(found) if name}.values())


def lacks_municipality(user: User) -> bool:
    """Where there are several, nobody reviews before it is known which is their own."""
    return len(municipalities()) > 1 and not user.municipality


def waiting_for(user: User) -> QuerySet[Sample]:
    """What ``user`` may decide on: not their own municipality's where there are several, and never the same crisis twice."""
    mine = Q(state=State.WAITING) | (Q(state=State.SECOND) & ~Q(first_by=user.pk))
    found = Sample.objects.filter(mine, expires_at__gte=timezone.localdate())
    if lacks_municipality(user):
        return found.none()
    return found.exclude(municipality__iexact=user.municipality) if len(municipalities()) > 1 else found


def languages(user: User) -> list[str]:
    return sorted(waiting_for(user).values_list("language", flat=True).distinct())


def counts(user: User) -> dict[str, int]:
    """How many messages wait for ``user``, in how many groups, and what was decided so far."""
    mine = waiting_for(user)
    return {
        "messages": mine.count(), "groups": mine.values("group").distinct().count(),
        "second": mine.filter(state=State.SECOND).count(), "accepted": Sample.objects.filter(state=State.ACCEPTED).count(),
        "topics": Sample.objects.filter(state=State.TOPIC).count(),
    }  # fmt: skip


def next_group(user: User, *, tag: str = "", why: str = "", passed: Collection[str] = ()) -> Group | None:
    """A crisis that waits for its second person first, then the largest group; ``passed`` are put off for now."""
    found = waiting_for(user)
    found = found.filter(language=tag) if tag else found
    found = found.filter(why=why) if why else found
    sizes = found.values("group", "state").annotate(size=Count("pk"), first=Min("expires_at"))
    ordered = sorted(
        sizes, key=lambda row: (str(row["group"]) in passed, row["state"] != State.SECOND, -row["size"], row["first"])
    )
    if not ordered:
        return None
    group, state = ordered[0]["group"], ordered[0]["state"]
    samples = found.filter(group=group, state=state).order_by("pk")[:_MOST]
    return Group(group, tuple(samples), state == State.SECOND)


def _same(sample: Sample, decision: Decision) -> bool:
    """Whether the first person decided just that."""
    fields = decision.fields
    return all(getattr(sample, name) == fields[name] for name in ("decided_intent", "topic", "decided_language"))


def _is_crisis(sample: Sample, decision: Decision) -> bool:
    return bool({sample.intent, sample.proposal, decision.fields["decided_intent"]} & set(CRISES))


def _carry_out(sample: Sample, decision: Decision, user: User) -> None:
    second = sample.state == State.SECOND
    if (second or _is_crisis(sample, decision)) and not (second and _same(sample, decision)):
        # The first of two, or a second who sees it otherwise: then another person must agree with them.
        sample.state, sample.first_by, sample.decided_by = State.SECOND, user, user
    else:
        sample.state, sample.decided_by = decision.final, user
    for name, value in decision.fields.items():
        setattr(sample, name, value)


@transaction.atomic
def decide(user: User, group: uuid.UUID, chosen: Sequence[str], left: Sequence[str], decision: Decision) -> int:
    """Decide on ``chosen`` of a group at once; ``left`` get a group of their own. Raises Stale or BadDecision."""
    decision.checked()
    mine = waiting_for(user).filter(group=group).select_for_update(of=("self",))
    samples = list(mine.filter(pk__in=chosen))
    if not samples:
        raise Stale
    now = timezone.now()
    for sample in samples:
        _carry_out(sample, decision, user)
        sample.decided_at = now
    Sample.objects.bulk_update(
        samples,
        ["state", "first_by", "decided_by", "decided_at", "decided_intent", "topic", "decided_language", "decided_wishes"],
    )
    Sample.objects.filter(pk__in=[s.pk for s in mine.filter(pk__in=left)]).update(group=uuid.uuid4())
    return len(samples)


@transaction.atomic
def undo(user: User) -> int:
    """Take back this person's last decision, within the hour and as long as nothing was written; how many messages wait again."""
    since = timezone.now() - _UNDO_WITHIN
    own = Sample.objects.filter(decided_by=user, decided_at__gte=since).select_for_update(of=("self",))
    last = own.order_by("-decided_at").first()
    if last is None:
        return 0
    samples = list(own.filter(decided_at=last.decided_at))
    for sample in samples:
        if sample.first_by_id not in (None, user.pk):  # the second of two
            sample.state, sample.decided_by = State.SECOND, None
        else:
            sample.state, sample.first_by, sample.decided_by = State.WAITING, None, None
    Sample.objects.bulk_update(samples, ["state", "first_by", "decided_by"])
    return len(samples)
