"""Comparisons as files under var/comparisons: made once, read by the command and by the desk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot import settings
from bot.training import playing_fingerprint, reading_fingerprint

from .comparing import Parse, compare, evaluation_rows, measure
from .comparison_page import page
from .rehearsal import broken, rehearse

__all__ = ["make_comparison", "place", "read_comparison"]


def place(old: str, new: str, ending: str) -> Path:
    """Where the comparison of two models lies."""
    names = (name.removeprefix("aanspraak-").removesuffix(".tar.gz") for name in (old, new))
    return settings.VAR / "comparisons" / f"{'-'.join(names)}{ending}"


def _released() -> tuple[str, ...]:
    """The languages in which residents type freely here; all that have texts while the database cannot be asked."""
    import django
    from django.db import Error as DatabaseTrouble

    django.setup()
    from bot.conversations.languages import State, decisions, state_of

    try:
        decisions()  # asked outright: for a resident's sake ``state_of`` goes on without a database, as if nothing was decided
        return tuple(tag for tag in settings.LANGUAGES_ON_OFFER if state_of(tag) == State.ON)
    except DatabaseTrouble:
        return settings.LANGUAGES_ON_OFFER


def _rehearsed(old: str, new: str, progress: Callable[[str, float], None]) -> dict[str, Any]:
    basis = playing_fingerprint()
    before = rehearse(old, basis, lambda done: progress("conversations with the old one", done))
    after = rehearse(new, basis, lambda done: progress("conversations with the new one", done))
    return {"old": asdict(before), "new": asdict(after), "broken": broken(before, after)}


def make_comparison(
    old: str, new: str, parse: Parse, progress: Callable[[str, float], None], conversations: bool = False
) -> dict[str, Any]:
    """Ask both models everything, unless they answered it before, and write numbers and page.

    With ``conversations`` the whole system also plays the conversation tests with each (NoConversations without a checkout);
    what that showed before stands until they are played again.
    """
    rows, basis = evaluation_rows(), reading_fingerprint()
    played = (read_comparison(old, new) or {}).get("conversations")
    first = measure(old, rows, basis, parse, lambda done: progress("asking the old one", done / len(rows) / 2))
    second = measure(new, rows, basis, parse, lambda done: progress("asking the new one", 0.5 + done / len(rows) / 2))
    found = {**compare(rows, first, second, _released()), "basis": basis}
    if conversations:
        played = _rehearsed(old, new, progress)
    if played:
        found = {**found, "conversations": played, "blockers": [*found["blockers"], *played["broken"]]}
    place(old, new, "").parent.mkdir(parents=True, exist_ok=True)
    place(old, new, ".json").write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    place(old, new, ".html").write_text(page(found), encoding="utf-8")
    return found


def read_comparison(old: str, new: str) -> dict[str, Any] | None:
    """The comparison made before, when messages and program are still the same; else None."""
    try:
        found = json.loads(place(old, new, ".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if found.get("basis") == reading_fingerprint() else None
