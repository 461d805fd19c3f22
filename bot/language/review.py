"""Everything residents may read, held against wording, length and placeholders, in every language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .catalogue import fields
from .locales import is_stale, plural_forms, read, tags
from .readable import SENTENCES, breaths, check, check_button
from .reading_ease import LONGEST_WORD, long_words
from .sources import BUTTON, context_of, load_sources, must_be_exact, strings
from .wording import Hit, lint_texts, quoted_spans

__all__ = ["lint_everything", "texts_in", "translation_problems"]


def texts_in(tag: str) -> Iterator[tuple[str, str]]:
    """(key, text) of everything said in ``tag``; button titles under their response's key."""
    translated = None if tag == "nl" else {(m.context, _first(m.id)): m.string for m in read(tag) if m.id}
    for key, variations in load_sources().items():
        for variation in variations:
            wanted = [(context_of(key, variation), variation.text)] + [(BUTTON, b.title) for b in variation.buttons]
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


def _problems(context: str, msgid: str, plural: str | None, forms: list[str]) -> Iterator[str]:
    # "een bericht" needs no number: the count may stand in any form of a plural.
    free = {"count"} if plural else set()
    wanted = (fields(msgid) | fields(plural or "")) - free
    for form in forms:
        if not form:
            yield "is not translated"
        elif fields(form) - free != wanted:
            yield f"has other placeholders: {sorted((fields(form) - free) ^ wanted)}"
        elif context == BUTTON and check_button(form):
            yield f"is too long for a button: {form}"
        else:
            yield from _marks(form)
            # Where words are quoted, languages differ in which stop ends the sentence.
            most = max(SENTENCES, breaths(msgid), breaths(plural or "")) + 2 * bool(quoted_spans(msgid))
            if context != BUTTON and breaths(form) > most:
                yield f"has {breaths(form)} sentences, the Dutch {breaths(msgid)}"


_QUOTES = (("«", "»"), ("(", ")"), ("[", "]"), ("{", "}"))
_OVERRIDES = re.compile("[\u202a-\u202e]")


def _marks(form: str) -> Iterator[str]:
    """Signs that come in pairs, and direction marks: an override left open turns the rest of a message around."""
    for opening, closing in _QUOTES:
        if form.count(opening) != form.count(closing):
            yield f"has {opening} without {closing}, or the other way round: {form}"
    if form.count('"') % 2:
        yield f'has a lone ": {form}'
    if _OVERRIDES.search(form):
        yield f"holds a direction override (U+202A to U+202E); isolates are set where values come in: {form}"
    if sum(c in "\u2066\u2067\u2068" for c in form) != form.count("\u2069"):
        yield f"opens and closes direction isolates unevenly: {form}"
    if any(unicodedata.category(c) == "Cc" and c != "\n" for c in form):
        yield f"holds a control character: {form!r}"
    if form != form.strip():
        yield f"begins or ends with a space: {form!r}"


def translation_problems() -> list[str]:
    """What keeps a catalogue from shipping, one line each; the Dutch source is held to its sentence lengths."""
    found = [f"nl {key}: {p}" for key, text in texts_in("nl") for p in check(text, "nl")]
    found += [
        f"{tag} {key}: a long word, say it shorter or in two: {word}"
        for tag in LONGEST_WORD
        for key, text in texts_in(tag)
        for word in long_words(text, tag)
    ]
    for tag in tags():
        catalogue = read(tag)
        for context, msgid, plural, _ in dict.fromkeys((c, m, p, "") for c, m, p, _ in strings()):
            message = catalogue.get((msgid, plural) if plural else msgid, context)
            string_ = message.string if message else ""
            forms = [string_] if isinstance(string_, str) else list(string_)
            found += [f"{tag} {context} “{msgid[:40]}”: {p}" for p in _problems(context, msgid, plural, forms)]
            if plural and len(forms) != plural_forms(tag):
                found.append(f"{tag} {context} “{msgid[:40]}”: has {len(forms)} plural forms, {tag} has {plural_forms(tag)}")
            if message and is_stale(message) and must_be_exact(context):
                found.append(f"{tag} {context} “{msgid[:40]}”: translates an earlier Dutch; danger and consent may not ship so")
    return found
