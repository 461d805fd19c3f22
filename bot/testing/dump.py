"""Search all that is stored, in every table and file, for words that must not be there."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from cryptography.exceptions import InvalidTag
from django.db import connection

from bot.privacy.exceptions import KeyMissing
from bot.privacy.keys import decrypt

__all__ = ["Finding", "search_everything"]

_SHORTEST = 6
_TABLES = """
    SELECT c.oid::regclass::text, a.attname, a.atttypid = 'bytea'::regtype
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY 1, a.attnum
"""


@dataclass(frozen=True)
class Finding:
    """``marker`` stands at ``where`` ("table.column" or a file), written as ``form``; ``encrypted`` if behind our key."""

    where: str
    marker: str
    form: str
    encrypted: bool = False


@dataclass(frozen=True)
class _Needle:
    marker: str
    form: str
    text: str
    exact: bool

    def within(self, exact: str, folded: str) -> bool:
        return self.text in (exact if self.exact else folded)


def _base64_cores(data: bytes) -> Iterator[str]:
    """What base64 shows of ``data`` wherever it begins in a longer text: one core for each of three alignments."""
    for before in range(3):
        bits = (before + len(data)) * 8
        coded = base64.b64encode(b"\0" * before + data).decode()
        yield coded[-(-before * 8 // 6) : bits // 6]


def _needles(marker: str) -> Iterator[_Needle]:
    if len(marker) < _SHORTEST:
        raise ValueError(f"A marker needs {_SHORTEST} characters, else chance finds it.")
    data = marker.encode()
    forms = {"plain": marker, "json": json.dumps(marker)[1:-1], "hex": data.hex()}
    forms |= {"url": quote(data, safe=""), "form": quote_plus(data)}
    for form, text in forms.items():
        if form == "plain" or text != marker:
            yield _Needle(marker, form, text.casefold(), exact=False)
    for core in _base64_cores(data):
        yield _Needle(marker, "base64", core, exact=True)
        yield _Needle(marker, "base64", core.replace("+", "-").replace("/", "_"), exact=True)


def _search(where: str, data: bytes, needles: list[_Needle], encrypted: bool = False) -> Iterator[Finding]:
    exact = data.decode("utf-8", "replace")
    folded = exact.casefold()
    for needle in needles:
        if needle.within(exact, folded):
            yield Finding(where, needle.marker, needle.form, encrypted)


def _decrypted(data: bytes) -> bytes:
    try:
        return decrypt(data)
    except (KeyMissing, InvalidTag, ValueError):
        return b""


def _column(table: str, column: str, is_bytes: bool) -> list[bytes]:
    name = connection.ops.quote_name(column)
    with connection.cursor() as cursor:
        # ``table`` is a regclass: PostgreSQL quoted it.
        cursor.execute(f"SELECT {name}{'' if is_bytes else '::text'} FROM {table} WHERE {name} IS NOT NULL")
        return [bytes(value) if is_bytes else value.encode() for (value,) in cursor.fetchall()]


def _database(needles: list[_Needle]) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        columns = cursor.fetchall()
    for table, column, is_bytes in columns:
        for data in _column(table, column, is_bytes):
            yield from _search(f"{table}.{column}", data, needles)
            if is_bytes:
                yield from _search(f"{table}.{column}", _decrypted(data), needles, encrypted=True)


def _files(folders: Iterable[Path], needles: list[_Needle]) -> Iterator[Finding]:
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # a process of the running system took it away just now
                continue
            data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
            yield from _search(str(path), data + b"\n" + path.name.encode(), needles)


def search_everything(markers: Iterable[str], folders: Iterable[Path] = ()) -> list[Finding]:
    """Where any marker is stored: every table and column of the database, and all files below ``folders``.

    Looks for it plain in any case, in JSON escapes, hex, URL encoding and base64 at each alignment, and behind our
    own encryption. An empty list is the proof that nothing is left.
    """
    needles = list(dict.fromkeys(needle for marker in markers for needle in _needles(marker)))
    return list(dict.fromkeys([*_database(needles), *_files(folders, needles)]))
