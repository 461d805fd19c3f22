"""The draft of a handover: what the resident wishes so far, and what is still to ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from bot.conversations.models import Conversation, Drawer, Resident

from .models import Draft

__all__ = [
    "ASKED",
    "FOR_A_CHILD",
    "HELPER_SLOTS",
    "LINE_OF",
    "agreed_area",
    "known_phone",
    "merge",
    "next_question",
    "poster_area",
    "settle",
]

# Slot to the values that mean something; everything else is left alone.
_VALUES: dict[str, frozenset[str]] = {
    "helper_choice": frozenset({"any", "choose"}),
    "helper_kind": frozenset({"key_person", "worker", "any"}),
    "helper_gender": frozenset({"woman", "man", "any"}),
    "helper_language": frozenset({"own", "any"}),
    "circle": frozenset({"outside", "any"}),
    "contact_how": frozenset({"chat", "phone", "walk_in", "home", "any"}),
    "contact_phone": frozenset({"skip"}),
    "contact_when": frozenset({"morning", "afternoon", "evening", "weekend", "any"}),
    "companion": frozenset({"wanted", "any"}),
    "interpreter": frozenset({"wanted", "any"}),
    "sensitive": frozenset({"share"}),
}
# A child that writes gets somebody of the team, never a key person of the family's circle, and no call home.
FOR_A_CHILD = {"helper_choice": "any", "helper_kind": "worker", "circle": "outside", "contact_how": "chat"}
HELPER_SLOTS = ("helper_kind", "helper_gender", "helper_language", "circle")
# Which line of the preview a wish stands in.
LINE_OF = {
    **dict.fromkeys((*HELPER_SLOTS, "helper"), "helper"),
    "contact_how": "contact", "contact_when": "contact", "area": "area", "companion": "companion", "interpreter": "interpreter",
}  # fmt: skip
# The helper is proposed last: the area decides the team, and the wishes who fits.
_CHOOSE = (*HELPER_SLOTS, "contact_how", "contact_phone", "contact_when", "area", "helper")
_ANY = ("contact_phone", "area")
# Questions which a plain yes does not answer, but hurries; a number or a neighbourhood is asked again.
ASKED = (*HELPER_SLOTS, "helper", "contact_how", "contact_when")
_AREA = re.compile(r"[1-9][0-9]{3}|none")
_HELPER = re.compile(r"[0-9]{1,9}|any", re.ASCII)
# Behind the neighbourhood a code may say at which place it hangs and which key person gave it: counted, never used.
_POSTER = re.compile(r"(?:(?:area|buurt|poster)[-_]?)?([1-9][0-9]{3})(?:-p[0-9]{1,9})?(?:-h[0-9]{1,9})?", re.ASCII)


def _valid(slot: str, value: Any) -> bool:
    if slot == "area":
        return isinstance(value, str) and bool(_AREA.fullmatch(value))
    if slot == "helper":
        return isinstance(value, str) and bool(_HELPER.fullmatch(value))
    return isinstance(value, str) and value in _VALUES.get(slot, ())


def merge(draft: Draft, entities: Mapping[str, Any]) -> None:
    """Take wishes in (slot to value, as the payloads have them); unknown slots and values are left alone.

    A wish said again brings its removed line back. ``urgency: high`` makes the draft urgent.
    """
    wishes = {slot: value for slot, value in entities.items() if _valid(slot, value)}
    said = {LINE_OF.get(slot) for slot in wishes}
    if any(wishes.get(slot, "any") != "any" for slot in HELPER_SLOTS):  # who names a wish chooses
        wishes = {"helper_choice": "choose", **wishes} if "helper_choice" not in draft.wishes else wishes
    draft.wishes = {**draft.wishes, **wishes}
    draft.removed = [name for name in draft.removed if name not in said]
    draft.urgent = draft.urgent or entities.get("urgency") == "high"
    draft.save(update_fields=["wishes", "removed", "urgent", "updated_at"])
    if wishes.get("area", "none") != "none":
        Resident.objects.filter(conversations=draft.conversation_id).update(area=wishes["area"])


def next_question(draft: Draft, conversation: Conversation) -> str | None:
    """The key of the next question, or None when the preview is due. Urgent drafts ask nothing."""
    if draft.urgent:
        return None
    if "helper_choice" not in draft.wishes:
        return "utter_ask_helper_choice"
    steps = _CHOOSE if draft.wishes["helper_choice"] == "choose" else _ANY
    step = next((step for step in steps if _is_open(step, draft, conversation)), None)
    return f"utter_ask_{step}" if step else None


def settle(draft: Draft, asked: str, said: Mapping[str, Any]) -> None:
    """Another wish than ``asked`` was about is what matters to them: the same question is not put twice."""
    other = any(value not in ("any", "none") for slot, value in said.items() if slot != asked and _valid(slot, value))
    if asked in ("helper_choice", *HELPER_SLOTS) and asked not in draft.wishes and other:
        merge(draft, {asked: "any"})


def _is_open(step: str, draft: Draft, conversation: Conversation) -> bool:
    if step in draft.wishes:
        return False
    if step == "helper_language":
        return conversation.language != "nl"
    if step == "contact_phone":
        return draft.wishes.get("contact_how") == "phone" and known_phone(conversation) is None
    return step != "area" or not (poster_area(conversation) or conversation.resident.area)


def known_phone(conversation: Conversation) -> str | None:
    """The number the resident typed last, from the drawer; None when there is none or its day is over."""
    found = Drawer.objects.filter(conversation=conversation, kind="phone", expires_at__gt=timezone.now())
    return found.order_by("pk").values_list("value", flat=True).last()


def poster_area(conversation: Conversation) -> str:
    """The four digits a poster's code carried, or empty."""
    match = _POSTER.fullmatch(conversation.start_param)
    return match[1] if match else ""


def agreed_area(draft: Draft, conversation: Conversation) -> str:
    """The area that would be passed on: what was said, else told before, else the poster's; empty when kept back."""
    if "area" in draft.removed or draft.wishes.get("area") == "none":
        return ""
    return draft.wishes.get("area") or conversation.resident.area or poster_area(conversation)
