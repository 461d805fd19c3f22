"""What helps at this hour when somebody must leave or is cut off: a number that answers now, or when one does."""

from __future__ import annotations

from django.utils import timezone

from bot.conversations.models import Conversation
from bot.conversations.outbox import Reply, from_key
from bot.facts import tellable

from .hours import is_open, openings
from .teams import number_now, pick_team
from .when import moment_words

__all__ = ["help_by_the_clock"]

_FOOD = "utter_crisis_no_food_today"
# Their answers name the team's number, which is silent at night; what is said then when nobody is on call.
_CLOSED = {
    "utter_crisis_eviction_soon": "safety.eviction_closed", "utter_crisis_energy_cutoff": "safety.eviction_closed",
    _FOOD: "safety.food_closed",
}  # fmt: skip


def help_by_the_clock(conversation: Conversation, key: str) -> Reply | None:
    """In place of ``key`` outside opening hours: who is on call, else when the team's number answers; None within hours."""
    now = timezone.now()
    facts = tellable(timezone.localdate(now))
    # Where it is known where there is food today, that is said, and no office's number.
    by_number = key in _CLOSED and not (key == _FOOD and "fact_food_today" in facts)
    team = pick_team(conversation.resident.area, now) if by_number else None
    if team is None or is_open(team, now):
        return None
    if on_call := number_now(team, now):
        return from_key(conversation, key, fact_team_phone=on_call)
    number = facts.get("fact_team_phone")
    following = next((day for day in openings(team, timezone.localdate(now)) if day.opens > now), None)
    if following is None or (number is None and key != _FOOD):
        return None
    when = moment_words(following.opens, now, conversation.language)
    return from_key(conversation, _CLOSED[key], when=when, number=number)
