"""Every text as its reader meets it: the chat page on a phone, one picture a message, for translators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.language.catalogue import fields, say
from bot.language.sources import PHRASE, Variation, context_of, load_sources

from .browser import PHONE, Chat, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["picture_name", "take"]

# Of the page itself, not of a message on it.
_NOT_SAID = "chat."
_MANY = 5
_HEAD = """<!doctype html><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 1rem sans-serif; margin: 2rem }}
td {{ border-block-start: 1px solid #ccc; padding: .7rem; vertical-align: top }}
img {{ max-width: 24rem }}
</style>
<h1>{title}</h1><table>
"""


def picture_name(context: str) -> str:
    """The file for a msgctxt."""
    return context.replace("#", "-") + ".png"


def _ways(only: str) -> Iterator[tuple[str, Variation]]:
    for key, variations in load_sources().items():
        if key.startswith(only) and not key.startswith(_NOT_SAID):
            yield from ((key, variation) for variation in variations)


def _message(number: int, key: str, variation: Variation, tag: str) -> dict[str, Any]:
    """As ``GET /chat/api/messages`` gives it, with ‹names› for what is filled in, and many where a count decides."""
    blanks = {name: f"‹{name}›" for name in fields(variation.text) | fields(variation.other or "")}
    said = say(key, variation, tag, {**blanks, "count": _MANY})
    buttons = [{"title": title, "payload": payload} for title, payload in said.buttons]
    author = "helper" if key.startswith(PHRASE) else "bot"
    return {"id": number, "author": author, "text": said.text, "lang": said.lang, "dir": said.dir, "buttons": buttons, "at": None}


def _show(page: Page, messages: Sequence[dict[str, Any]]) -> None:
    """The page believes that these are its conversation."""
    page.route("**/chat/api/messages?*", lambda route: route.fulfill(json=messages))
    page.route("**/chat/api/stream*", lambda route: route.abort())
    page.reload()
    page.locator(f'.message[data-id="{messages[-1]["id"]}"]').wait_for()


def take(base: str, tag: str, folder: Path, only: str = "") -> list[Path]:
    """Pictures of all texts in ``tag`` whose key begins with ``only``, and an index beside them. Raises NoBrowser."""
    found = list(_ways(only))
    messages = [_message(number, *way, tag) for number, way in enumerate(found, start=1_000)]
    if not messages:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    rows, made = [], []
    with chromium() as browser:
        chat = Chat(browser.new_page(**PHONE), base, tag)
        chat.write("hoi")  # from the first message on the page asks for its conversation
        _show(chat.page, messages)
        for message, (key, variation) in zip(messages, found):
            context = context_of(key, variation)
            path = folder / picture_name(context)
            chat.page.locator(f'.message[data-id="{message["id"]}"]').screenshot(path=path, animations="disabled")
            made.append(path)
            rows.append(f"<tr><td>{escape(context)}<td>{escape(variation.text)}<td><img src='{escape(path.name)}' loading=lazy>")
    index = folder / "index.html"
    index.write_text(_HEAD.format(title=f"{tag}: {len(made)}") + "\n".join(rows), encoding="utf-8")
    return [*made, index]
