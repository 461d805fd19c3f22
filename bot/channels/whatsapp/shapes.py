"""A message in the shapes WhatsApp has: text, up to three buttons under it, or a list of up to ten rows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversations.voices import is_listening

from ..splitting import split_text, units

__all__ = ["Part", "Row", "shape"]

_TEXT, _BODY_WITH_BUTTONS = 4096, 1024
_BUTTONS, _BUTTON_TITLE = 3, 20
_ROWS, _ROW_TITLE, _DESCRIPTION = 10, 24, 72


@dataclass(frozen=True)
class Row:
    """One thing to choose. ``description`` stands below a title that had to be cut."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class Part:
    """One message to send; ``is_list``: its rows open behind a button instead of standing under the text."""

    text: str
    rows: tuple[Row, ...] = ()
    is_list: bool = False


def _cut(title: str, limit: int) -> str:
    if units(title) <= limit:
        return title
    while units(title) > limit - 1:
        title = title[:-1]
    return f"{title.rstrip()}…"


def _fit_buttons(titles: list[str]) -> bool:
    return len(titles) <= _BUTTONS and all(units(t) <= _BUTTON_TITLE for t in titles) and len(set(titles)) == len(titles)


def _row(button: dict[str, str]) -> Row:
    title = button["title"]
    cut = _cut(title, _ROW_TITLE)
    return Row(button["id"], cut, "" if cut == title else _cut(title, _DESCRIPTION))


def _choices(buttons: list[dict[str, str]]) -> list[tuple[tuple[Row, ...], bool]]:
    """The buttons in as few messages as they fit into: (rows, is a list)."""
    titles = [b["title"].strip() for b in buttons]
    if _fit_buttons(titles):
        return [(tuple(Row(b["id"], t) for b, t in zip(buttons, titles)), False)]
    rows = [_row(b) for b in buttons]
    return [(tuple(rows[i : i + _ROWS]), True) for i in range(0, len(rows), _ROWS)]


def shape(text: str, buttons: list[dict[str, str]], more: str) -> list[Part]:
    """The parts of a message in order, cut at sentences; ``more`` stands above rows that need a message of their own.

    What reads a message out is left out where it would hide three buttons in a list: "listen", typed, does the same.

    ``buttons``: [{id, title, payload}]. [] for a text of nothing.
    """
    texts = split_text(text, _TEXT)
    if not buttons or not texts:
        return [Part(t) for t in texts]
    texts[-1:] = split_text(texts[-1], _BODY_WITH_BUTTONS)
    choices = [b for b in buttons if not is_listening(b.get("payload", ""))]
    if not _fit_buttons([b["title"].strip() for b in buttons]) and _fit_buttons([b["title"].strip() for b in choices]):
        buttons = choices
    first, *rest = _choices(buttons)
    return [*(Part(t) for t in texts[:-1]), Part(texts[-1], *first), *(Part(more, *choice) for choice in rest)]
