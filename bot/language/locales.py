"""PO files: extract from the Dutch sources, update without guessing, compile, and say what is missing.

Where the Dutch of a text changed, its translation stays in use and is marked stale (the standard ``fuzzy`` flag, with the earlier
Dutch in a comment), unless the author says that the meaning changed (``meaning: 2``), or its placeholders are others.

Babel does the work. No fuzzy matching: it once matched "Wil je niet stoppen?" to the translation of "Wil je stoppen?".
"""

from __future__ import annotations

import io
import string
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from .catalogue import LOCALES
from .kept import write_whole
from .sources import BUTTON, guide, strings
from .tags import own_name

__all__ = [
    "Status", "compile_all", "extract", "for_translators", "is_stale", "plural_forms", "po_path", "read", "status", "tags",
    "update",
]  # fmt: skip

_WAS = "Was: "
_HEADER = """\
# {name} texts of Aanspraak for residents.
# Draft: no native speaker has reviewed these translations yet (Reviewed-By in the header says who did, and when).
# Licensed as the project, EUPL-1.2."""


@dataclass(frozen=True)
class Status:
    """How far one language is; ``reviewed_by`` is empty while no native speaker has read it."""

    tag: str
    name: str
    total: int
    translated: int
    reviewed_by: str
    draft: bool
    reviewed_on: str = ""
    stale: int = 0

    def as_dict(self) -> dict:
        return asdict(self)


def tags() -> list[str]:
    """The languages that have a catalogue, besides the source (nl)."""
    return sorted(path.parents[1].name for path in LOCALES.glob("*/LC_MESSAGES/bot.po"))


def po_path(tag: str) -> Path:
    return LOCALES / tag / "LC_MESSAGES" / "bot.po"


def extract() -> Catalog:
    """The template: every string with its context and a note for translators."""
    return _template(lambda context, note: [note] if note else [])


def _template(comments: Callable[[str, str], list[str]]) -> Catalog:
    template = Catalog(project="Aanspraak", version="1", charset="utf-8")
    for context, msgid, plural, note in strings():
        ids = (msgid, plural) if plural else msgid
        template.add(ids, context=context, auto_comments=comments(context, note))
    return template


def for_translators(tag: str | None) -> bytes:
    """A PO file to translate in (without ``tag`` the template): each text with where it stands, who says it, what it must fit.

    Put back under locales/ and brought up to date it is compact again: these comments are made from the sources.
    """
    catalogue = read(tag) if tag else _template(guide)
    if tag:
        catalogue.update(_template(guide), no_fuzzy_matching=True, keep_user_comments=True, update_header_comment=False)
    return _written(catalogue)


def is_stale(message: Message) -> bool:
    """Whether it translates an earlier Dutch."""
    return message.fuzzy and bool(message.string)


def plural_forms(tag: str) -> int:
    """How many forms a plural has in ``tag``."""
    return read(tag).num_plurals


def _carried(before: Catalog, template: Catalog) -> dict[tuple[str, str], Message]:
    """(context, new Dutch) to the message whose Dutch was changed: by its place under the same key, never by likeness.

    Buttons share one context and have no place; a text with other placeholders could not be filled.
    """
    new, gone = defaultdict(list), defaultdict(list)
    for message in template:
        if message.id and message.context != BUTTON and before.get(message.id, message.context) is None:
            new[message.context].append(message)
    for message in before:
        known = template.get(message.id, message.context) is not None
        if message.id and not known and message.context in new and message.string:
            gone[message.context].append(message)
    pairs = ((one, old) for key, found in new.items() if len(found) == len(gone[key]) for one, old in zip(found, gone[key]))
    return {(str(one.context), str(one.id)): old for one, old in pairs if _alike(one, old)}


def _alike(one: Message, old: Message) -> bool:
    ids = [message.id if isinstance(message.id, str) else " ".join(message.id) for message in (one, old)]
    fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in ids]
    return fields[0] == fields[1] and one.pluralizable == old.pluralizable


def _written(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=120, omit_header=False, sort_output=False, include_previous=False, ignore_obsolete=True)
    return buffer.getvalue()


def read(tag: str) -> Catalog:
    """The catalogue of ``tag``; an empty one when there is no file yet."""
    path = po_path(tag)
    if not path.exists():
        return Catalog(locale=tag.replace("-", "_").partition("_")[0], header_comment=_HEADER.format(name=own_name(tag)))
    with path.open("rb") as file:
        return read_po(file, locale=tag.partition("-")[0])


def update(tag: str) -> Path:
    """Bring the catalogue of ``tag`` up to date with the sources; existing translations stay as they are."""
    catalogue, template = read(tag), extract()
    carried = _carried(catalogue, template)
    catalogue.update(template, no_fuzzy_matching=True, keep_user_comments=True, update_header_comment=False)
    for message in catalogue:
        if old := carried.get((str(message.context), str(message.id))):
            message.string = old.string
            message.flags.add("fuzzy")
            first = old.id if isinstance(old.id, str) else old.id[0]
            message.user_comments = [f"{_WAS}{first}"]
        elif not is_stale(message):  # translated anew: the earlier Dutch has done its work
            message.user_comments = [line for line in message.user_comments if not line.startswith(_WAS)]
    path = po_path(tag)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_written(catalogue))
    return path


def compile_all() -> list[str]:
    """Write the .mo files that are older than their .po; returns the tags compiled."""
    found = [(tag, po_path(tag), po_path(tag).with_suffix(".mo")) for tag in tags()]
    # The desk's catalogue under the one name that Django looks for.
    found += [(po.parents[1].name, po, po.with_name("django.mo")) for po in sorted(LOCALES.glob("*/LC_MESSAGES/desk.po"))]
    return [tag for tag, source, target in found if _compile(tag, source, target)]


def _compile(tag: str, source: Path, target: Path) -> bool:
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    buffer = io.BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file, locale=tag.partition("-")[0]), use_fuzzy=True)  # what is stale is shown all the same
    write_whole(target, buffer.getvalue())  # who finds half a catalogue answers in Dutch until it is started again
    return True


def _translated(catalogue: Catalog) -> int:
    done = 0
    for context, msgid, plural, _ in {(c, m, p, "") for c, m, p, _ in strings()}:
        message = catalogue.get((msgid, plural) if plural else msgid, context)
        found = message.string if message else ""
        done += bool(found and (all(found) if isinstance(found, (list, tuple)) else True))
    return done


def _review(tag: str, catalogue: Catalog | None) -> tuple[str, str]:
    """(who read all of it, when): ``Reviewed-By: Name, 2026-11-22`` in the PO header; Dutch has locales/nl/Reviewed-By."""
    plain = LOCALES / tag / "Reviewed-By"
    written = plain.read_text(encoding="utf-8") if plain.exists() else ""
    written = written or (dict(catalogue.mime_headers).get("Reviewed-By", "") if catalogue else "")
    name, _, date = written.strip().partition(",")
    return name.strip(), date.strip()


def status() -> list[Status]:
    """Every language's state, the source first."""
    total = len({(c, m, p) for c, m, p, _ in strings()})
    rows = []
    for tag in ("nl", *tags()):
        catalogue = read(tag) if tag != "nl" else None
        by, on = _review(tag, catalogue)
        translated = _translated(catalogue) if catalogue else total
        stale = sum(is_stale(message) for message in catalogue or () if message.id)
        rows.append(Status(tag, own_name(tag), total, translated, by, not by, on, stale))
    return rows
