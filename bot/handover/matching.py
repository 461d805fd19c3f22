"""Who could help: at most two helpers that fit the wishes, by what they chose to be called.

Only what the resident wished counts; nothing is guessed from a language or a name.
"""

from __future__ import annotations

from babel.lists import format_list
from django.db.models import Count, Q

from bot.conversations.models import Conversation
from bot.conversations.outbox import Reply, from_key
from bot.language.tags import babel_locale
from bot.neighbourhood.models import Helper

from .models import Draft, Handover
from .preview import reader_team

__all__ = ["fitting", "proposal"]

_AT_MOST = 2


def fitting(draft: Draft, conversation: Conversation) -> list[Helper]:
    """Helpers of the reading team that fit every wish, who has least to do first."""
    team, wishes = reader_team(draft, conversation), draft.wishes
    live = Count("handovers", filter=Q(handovers__state__in=Handover.LIVE))
    found = Helper.objects.select_related("team").filter(team=team, active=True, user__is_active=True)
    found = found.annotate(live=live).order_by("live", "pk")
    if wishes.get("helper_kind") in Helper.Kind.values:
        found = found.filter(kind=wishes["helper_kind"])
    if wishes.get("circle") == "outside":
        found = found.exclude(kind=Helper.Kind.KEY_PERSON)
    if wishes.get("helper_gender") in ("woman", "man"):
        found = found.filter(gender=wishes["helper_gender"])
    if wishes.get("helper_language") == "own":
        found = [helper for helper in found if conversation.language.partition("-")[0] in _spoken(helper)]
    return list(found)


def _spoken(helper: Helper) -> set[str]:
    return {tag.partition("-")[0] for tag in helper.languages}


def proposal(found: list[Helper], conversation: Conversation) -> Reply:
    """Two names at most to choose from, or no preference."""
    named = found[:_AT_MOST]
    people = [from_key(conversation, f"handover.person.{h.kind}", name=h.first_name, team=h.team.name).text for h in named]
    said = from_key(conversation, "handover.propose", people=format_list(people, locale=babel_locale(conversation.language)))
    names = tuple((helper.first_name, f'/set_helper_preference{{"helper":"{helper.pk}"}}') for helper in named)
    return Reply(said.text, (*names, *said.buttons), said.key, said.lang)
