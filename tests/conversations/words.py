"""What the tests of conversations say and read: buttons by their Dutch title, and the ways residents of four languages put it."""

from __future__ import annotations

from bot.language.catalogue import translate
from bot.language.sources import BUTTON
from bot.language.wording import lint_text

__all__ = ["TAGS", "promises", "title"]

TAGS = ("nl", "en", "tr", "ar")


def title(dutch: str, tag: str) -> str:
    """A button's title in ``tag``; its Dutch source names it in the tests."""
    found = translate(BUTTON, dutch, tag)
    assert found, f"no {tag} title for {dutch!r}"
    return found


def promises(text: str, tag: str) -> list[str]:
    """What in a text says that somebody will be in touch."""
    return [hit.match for hit in lint_text(text, tag, "utter_any") if hit.tier == "promise"]
