"""The preview: the literal lines of the ticket, in any language, exactly what would be passed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from django.utils import timezone

from bot.conversations.models import Conversation
from bot.conversations.outbox import Reply, from_key
from bot.language.catalogue import render
from bot.language.tags import OWN_NAMES, babel_locale, direction
from bot.neighbourhood.models import Team
from bot.neighbourhood.teams import pick_team

from .agreed import agreed_wishes, consented_messages, leaves_out
from .exceptions import NoTeam
from .models import Draft
from .wishes import HELPER_SLOTS, agreed_area

__all__ = ["Line", "lines", "preview", "preview_text", "reader_team", "stored_lines", "ticket_lines"]

_VALUE_KEYS = {"own": "own_language"}


@dataclass(frozen=True)
class Line:
    """One line of the ticket: ``name`` is the same in every language."""

    name: str
    label: str
    value: str

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"


def stored_lines(found: Iterable[Line]) -> list[list[str]]:
    """As a draft's ``previewed`` and a handover's ``receipt`` keep them: ``[name, label, value]``."""
    return [list(astuple(line)) for line in found]


# --- the same in words -------------------------------------------------------------------------------------------


def _text(key: str, tag: str, **values: Any) -> str:
    return render(f"handover.{key}", tag, **values).text


def _join(values: list[str], tag: str) -> str:
    """Side by side, as on a form: an "and" between how and when would read as one wish."""
    return ("، " if direction(tag) == "rtl" else ", ").join(values)


def _language_name(language: str, tag: str) -> str:
    return OWN_NAMES.get(language) or babel_locale(tag).languages.get(language) or language


def _values(wishes: Mapping[str, Any], words: list[str], tag: str) -> dict[str, str]:
    """Name of a line to its value; an empty value is no line."""

    def of(slots: Iterable[str]) -> str:
        said = [wishes[slot] for slot in slots if slot in wishes]
        return _join([_text(f"value.{_VALUE_KEYS.get(value, value)}", tag) for value in said], tag)

    area = wishes.get("area", "")
    return {
        "language": _language_name(wishes["language"], tag) if "language" in wishes else "",
        "area": _text("value.area_from_poster", tag, area=area) if wishes.get("from_poster") else area,
        "helper": _join([name for name in (wishes.get("helper_name", ""), of(HELPER_SLOTS)) if name], tag),
        "contact": of(("contact_how", "contact_when")),
        "phone": wishes.get("phone", ""),
        "companion": _text("value.companion", tag) if "companion" in wishes else "",
        "interpreter": _text("value.interpreter", tag) if "interpreter" in wishes else "",
        "files": str(wishes.get("files", "")),
        "told": wishes.get("told", ""),
        "words": "\n".join(f'"{text}"' for text in words),
        "urgent": _text("value.urgent", tag) if wishes.get("urgent") else "",
    }


def ticket_lines(wishes: Mapping[str, Any], words: list[str], tag: str) -> list[Line]:
    """The lines of stored or agreed ``wishes`` and the resident's ``words``, in the language ``tag``."""
    values = _values(wishes, words, tag).items()
    return [Line(name, _text(f"line.{name}", tag), value) for name, value in values if value]


def lines(draft: Draft, conversation: Conversation, tag: str, before: int | None = None) -> list[Line]:
    """Exactly what would be passed on, in the language ``tag``; ``before`` leaves out messages from that position on."""
    words = [m.text for m in consented_messages(draft, conversation, before)]
    return ticket_lines(agreed_wishes(draft, conversation), words, tag)


# --- the message -------------------------------------------------------------------------------------------------


def reader_team(draft: Draft, conversation: Conversation) -> Team:
    """Who will read it: settled at the first preview, so that the yes is said to the team that was named.

    Raises NoTeam.
    """
    area = agreed_area(draft, conversation)
    settled = draft.wishes.get("team") or [None, None]
    team = Team.objects.filter(pk=settled[0]).first() if settled[1] == area else None
    if team is None:
        team = pick_team(area, timezone.now())
        if team is None:
            raise NoTeam
        draft.wishes = {**draft.wishes, "team": [team.pk, area]}
        draft.save(update_fields=["wishes", "updated_at"])
    return team


def _body(found: list[Line], tag: str) -> str:
    """One line each; in a right-to-left language every value is kept together."""
    isolate = direction(tag) == "rtl"
    return "\n".join(f"{line.label}: \u2068{line.value}\u2069" if isolate else str(line) for line in found)


def preview_text(draft: Draft, conversation: Conversation) -> str:
    """The literal ticket in the resident's language, its Dutch copy, who will read it, and the question."""
    tag = conversation.language
    parts = [f"{_text('preview_intro', tag)}\n{_body(lines(draft, conversation, tag), tag)}"]
    if tag != "nl":
        parts.append(f"{_text('preview_dutch', tag)}\n{_body(lines(draft, conversation, 'nl'), 'nl')}")
    parts.append(_text("reader", tag, readers=reader_team(draft, conversation).name))
    if leaves_out(draft, conversation):
        parts.append(_text("left_out", tag))
    return "\n\n".join([*parts, _text("preview_question", tag)])


def preview(draft: Draft, conversation: Conversation) -> Reply:
    """The preview as one message with its buttons."""
    question = from_key(conversation, "handover.preview_question")
    more = from_key(conversation, "handover.left_out").buttons if leaves_out(draft, conversation) else ()
    return Reply(preview_text(draft, conversation), question.buttons + more, question.key, question.lang)
