"""PO files: extract from the Dutch sources, update without guessing, compile, and say what is missing.

Babel does the work. No fuzzy matching: it once matched "Wil je niet stoppen?" to the translation of "Wil je stoppen?".
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from .catalogue import LOCALES
from .sources import strings
from .tags import own_name

__all__ = ["Status", "compile_all", "extract", "po_path", "read", "status", "tags", "update"]

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

    def as_dict(self) -> dict:
        return asdict(self)


def tags() -> list[str]:
    """The languages that have a catalogue, besides the source (nl)."""
    return sorted(path.parents[1].name for path in LOCALES.glob("*/LC_MESSAGES/bot.po"))


def po_path(tag: str) -> Path:
    return LOCALES / tag / "LC_MESSAGES" / "bot.po"


def extract() -> Catalog:
    """The template: every string with its context and a note for translators."""
    template = Catalog(project="Aanspraak", version="1", charset="utf-8")
    for context, msgid, plural, note in strings():
        ids = (msgid, plural) if plural else msgid
        template.add(ids, context=context, auto_comments=[note] if note else [])
    return template


def read(tag: str) -> Catalog:
    """The catalogue of ``tag``; an empty one when there is no file yet."""
    path = po_path(tag)
    if not path.exists():
        return Catalog(locale=tag.replace("-", "_").partition("_")[0], header_comment=_HEADER.format(name=own_name(tag)))
    with path.open("rb") as file:
        return read_po(file, locale=tag.partition("-")[0])


def update(tag: str) -> Path:
    """Bring the catalogue of ``tag`` up to date with the sources; existing translations stay as they are."""
    catalogue = read(tag)
    catalogue.update(extract(), no_fuzzy_matching=True, keep_user_comments=True, update_header_comment=False)
    path = po_path(tag)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=120, omit_header=False, sort_output=False, include_previous=False, ignore_obsolete=True)
    path.write_bytes(buffer.getvalue())
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
        write_mo(buffer, read_po(file, locale=tag.partition("-")[0]))
    target.write_bytes(buffer.getvalue())
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
        rows.append(Status(tag, own_name(tag), total, translated, by, not by, on))
    return rows
