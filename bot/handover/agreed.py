"""What a yes would pass on: the wishes and the messages, without what the resident took out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from bot.channels import attachments
from bot.conversations.children import child_writes
from bot.conversations.models import Conversation, Message
from bot.neighbourhood.models import Helper
from bot.safety import read_answer

from .models import Draft
from .personal import is_personal
from .wishes import FOR_A_CHILD, HELPER_SLOTS, agreed_area, known_phone, poster_area

__all__ = ["agreed_wishes", "consented_messages", "leaves_out"]

# An answer to a question about wishes: a line of the ticket says it already. A thank-you tells nobody anything.
_SAID_BY_A_LINE = ("set_helper_preference", "set_contact_preference", "thank_or_bye")
# Not the resident's story: a bare number, a bare postcode.
_BARE = re.compile(r"\W*(?:⟨\w+⟩|[1-9]\d{3}\s?[A-Za-z]{0,2})\W*")


def agreed_wishes(draft: Draft, conversation: Conversation) -> dict[str, Any]:
    """The wishes as a ticket stores them, without "no preference" and without removed lines."""
    child = child_writes(conversation)
    said = {**draft.wishes, **FOR_A_CHILD} if child else draft.wishes
    wishes = {slot: value for slot, value in said.items() if value not in ("any", "none", "skip")}
    found = {
        "language": {"language": conversation.language},
        "helper": {**_chosen_helper(wishes), **{slot: wishes[slot] for slot in HELPER_SLOTS if slot in wishes}},
        "contact": {"contact_how": wishes.get("contact_how", "chat"), **_some(wishes, "contact_when")},
        "phone": _phone(wishes, conversation),
        "companion": _some(wishes, "companion"),
        "interpreter": _some(wishes, "interpreter"),
        "area": _area(draft, conversation),
        "files": _files(conversation),
        "told": _some(wishes, "told"),
        "urgent": {"urgent": True} if draft.urgent else {},
    }
    removed = set(draft.removed) - {"helper", "contact"} if child else draft.removed
    return {slot: value for name, part in found.items() if name not in removed for slot, value in part.items()}


def _chosen_helper(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """The one whose name was tapped, as long as that one belongs to the team that will read it."""
    found = Helper.objects.filter(pk=wishes["helper"], active=True).first() if "helper" in wishes else None
    team = (wishes.get("team") or [None])[0]
    if found and team not in (None, found.team_id):
        found = None
    return {"helper": found.pk, "helper_name": found.first_name} if found else {}


def _files(conversation: Conversation) -> dict[str, int]:
    """How many photos, files and voice messages of the last day go along."""
    count = attachments.offered(conversation).count()
    return {"files": count} if count else {}


def _some(wishes: Mapping[str, Any], slot: str) -> dict[str, Any]:
    return {slot: wishes[slot]} if slot in wishes else {}


def _phone(wishes: Mapping[str, Any], conversation: Conversation) -> dict[str, str]:
    """Only when a call is wished: the number comes out of the drawer for the preview alone."""
    number = known_phone(conversation) if wishes.get("contact_how") == "phone" else None
    return {"phone": number} if number else {}


def _area(draft: Draft, conversation: Conversation) -> dict[str, Any]:
    area = agreed_area(draft, conversation)
    said = draft.wishes.get("area") == area or conversation.resident.area == area
    return {"area": area, "from_poster": not said and poster_area(conversation) == area} if area else {}


def consented_messages(draft: Draft, conversation: Conversation, before: int | None = None) -> list[Message]:
    """The resident's own texts since the request began (positions below ``before``); none when taken out.

    What is personal (``personal.py``) only after they asked for it.
    """
    if "words" in draft.removed:
        return []
    texts = _own_texts(draft, conversation)
    texts = texts if before is None else texts.filter(position__lt=before)
    texts = texts.exclude(intent__in=_SAID_BY_A_LINE)
    own = [m for m in texts if not _BARE.fullmatch(m.text) and read_answer(m.text, conversation.language) is None]
    return own if draft.wishes.get("sensitive") == "share" else [m for m in own if not is_personal(m.text)]


def leaves_out(draft: Draft, conversation: Conversation) -> bool:
    """Whether something personal stays behind that the resident could still share."""
    if "words" in draft.removed or draft.wishes.get("sensitive") == "share":
        return False
    return any(is_personal(message.text) for message in _own_texts(draft, conversation))


def _own_texts(draft: Draft, conversation: Conversation) -> QuerySet[Message]:
    return Message.objects.filter(
        conversation=conversation, author=Message.Author.RESIDENT, kind=Message.Kind.TEXT, position__gte=draft.first_position
    )
