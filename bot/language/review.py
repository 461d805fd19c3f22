"""Everything residents may read, held against wording, length and placeholders, in every language."""

from __future__ import annotations

import string
from collections.abc import Iterator

from .locales import read, tags
from .readable import check, check_button
from .sources import BUTTON, load_sources, strings
from .wording import Hit, lint_texts

__all__ = ["lint_everything", "texts_in", "translation_problems"]


def texts_in(tag: str) -> Iterator[tuple[str, str]]:
    """(key, text) of everything said in ``tag``; button titles under their response's key."""
    translated = None if tag == "nl" else {(m.context, _first(m.id)): m.string for m in read(tag) if m.id}
    for key, variations in load_sources().items():
        for variation in variations:
            wanted = [(key, variation.text)] + [(BUTTON, b.title) for b in variation.buttons]
            for context, msgid in wanted:
                found = msgid if translated is None else translated.get((context, msgid))
                yield from ((key, form) for form in ([found] if isinstance(found, str) else found or ()) if form)
            if translated is None and variation.other:
                yield key, variation.other


def _first(msgid: str | tuple[str, ...]) -> str:
    return msgid if isinstance(msgid, str) else msgid[0]


def lint_everything(lang: str | None = None) -> list[Hit]:
    """Every hit of the wording lint over the catalogues."""
    wanted = [lang] if lang else ["nl", *tags()]
    return [hit for tag in wanted for hit in lint_texts(texts_in(tag), tag)]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _problems(context: str, msgid: str, plural: str | None, forms: list[str]) -> Iterator[str]:
    # "een bericht" needs no number: the count may stand in any form of a plural.
    free = {"count"} if plural else set()
    wanted = (_fields(msgid) | _fields(plural or "")) - free
    for form in forms:
        if not form:
            yield "is not translated"
        elif _fields(form) - free != wanted:
            yield f"has other placeholders: {sorted((_fields(form) - free) ^ wanted)}"
        elif context == BUTTON and check_button(form):
            yield f"is too long for a button: {form}"


def translation_problems() -> list[str]:
    """What keeps a catalogue from shipping, one line each; the Dutch source is held to its sentence lengths."""
    found = [f"nl {key}: {p}" for key, text in texts_in("nl") for p in check(text, "nl")]
    for tag in tags():
        catalogue = read(tag)
        for context, msgid, plural, _ in dict.fromkeys((c, m, p, "") for c, m, p, _ in strings()):
            message = catalogue.get((msgid, plural) if plural else msgid, context)
            string_ = message.string if message else ""
            forms = [string_] if isinstance(string_, str) else list(string_)
            found += [f"{tag} {context} “{msgid[:40]}”: {p}" for p in _problems(context, msgid, plural, forms)]
    return found
