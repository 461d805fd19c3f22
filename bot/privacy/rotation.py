"""A new key for everything that is stored, while all goes on: the key first, then row by row.

Processes read the key file again when it changed (``keys``), so that a new key is known everywhere before a row needs it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from . import keys
from .exceptions import KeysNotOurs
from .fields import EncryptedTextField

__all__ = ["Column", "add_key", "columns", "drop_unused", "reencrypt", "used_keys"]

_BATCH = 500
# Second steps at the desk: ciphertext in base64 within a JSON value.
_SECOND_STEPS = ("mfa_authenticator", "data", "secret")


@dataclass(frozen=True)
class Column:
    """One column of ciphertext."""

    table: str
    pk: str
    name: str


def columns() -> Iterator[Column]:
    """Every encrypted column of every table."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField):
                yield Column(model._meta.db_table, model._meta.pk.column, field.column)


def _write(path: Path, text: str) -> None:
    """All of it or nothing, readable for whom the file was readable: in containers that is another user."""
    fresh, was = path.with_name(f".{path.name}.new"), path.stat()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            _give(descriptor, was)
            os.fchmod(descriptor, was.st_mode & 0o777)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _give(descriptor: int, was: os.stat_result) -> None:
    """To whom the file was: what root writes, the service's user could not read, and the running system had no keys."""
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) == (was.st_uid, was.st_gid):
        return
    try:
        os.fchown(descriptor, was.st_uid, was.st_gid)
    except PermissionError:
        # Unless everybody reads it, or only the group is another and does not read it.
        for_all, for_group = was.st_mode & 0o004, was.st_mode & 0o040
        if not for_all and (for_group or now.st_uid != was.st_uid):
            raise KeysNotOurs from None


def _file() -> Path:
    path = keys.key_file()
    # A mounted secret of Kubernetes is read-only: somebody changes it where it comes from.
    if path is None or not os.access(path.parent, os.W_OK):
        raise KeysNotOurs
    return path


def add_key(wait: Callable[[float], None] = time.sleep) -> str:
    """Put a new key first in the key file, wait until every process has read it, and return its id."""
    path = _file()
    fresh = f"k{secrets.token_hex(4)}"
    spec = path.read_text(encoding="utf-8").strip()
    _write(path, f"{fresh}:{base64.b64encode(secrets.token_bytes(32)).decode()},{spec}")
    keys.look_again()
    wait(keys.SEEN_AFTER_SECONDS * 2 + 1)
    return fresh


def _stale(column: Column, after: object, prefix: bytes) -> list[tuple[object, bytes]]:
    pk, name = sql.Identifier(column.pk), sql.Identifier(column.name)
    further = sql.SQL("AND {pk} > %s").format(pk=pk) if after is not None else sql.SQL("")
    query = sql.SQL(
        "SELECT {pk}, {name} FROM {table} WHERE {name} IS NOT NULL AND substring({name} from 1 for %s) <> %s {further}"
        " ORDER BY {pk} LIMIT %s"
    ).format(pk=pk, name=name, table=sql.Identifier(column.table), further=further)
    values = [len(prefix), prefix, *([after] if after is not None else []), _BATCH]
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [(row[0], bytes(row[1])) for row in cursor.fetchall()]


def _replace(column: Column, pk: object, old: bytes) -> int:
    """Only where nobody wrote meanwhile."""
    query = sql.SQL("UPDATE {table} SET {name} = %s WHERE {pk} = %s AND {name} = %s").format(
        table=sql.Identifier(column.table), name=sql.Identifier(column.name), pk=sql.Identifier(column.pk)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [keys.encrypt(keys.decrypt(old)), pk, old])
        return cursor.rowcount


def _reencrypt_column(column: Column, prefix: bytes) -> int:
    done, after = 0, None
    while rows := _stale(column, after, prefix):
        with transaction.atomic():
            done += sum(_replace(column, pk, old) for pk, old in rows)
        after = rows[-1][0]
    return done


def _reencrypt_second_steps(prefix: bytes) -> int:
    model: type[models.Model] = apps.get_model("mfa", "Authenticator")
    done = 0
    for pk, data in model._default_manager.values_list("pk", "data"):
        fresh = {name: _again(value, prefix) for name, value in data.items()}
        if fresh != data:
            done += model._default_manager.filter(pk=pk, data=data).update(data=fresh)
    return done


def _again(value: object, prefix: bytes) -> object:
    if isinstance(value, list):
        return [_again(one, prefix) for one in value]
    stored = _ciphertext(value)
    if stored is None or stored.startswith(prefix):
        return value
    return base64.b64encode(keys.encrypt(keys.decrypt(stored))).decode()


def _ciphertext(value: object) -> bytes | None:
    """The bytes behind a base64 text of ours; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        stored = base64.b64decode(value, validate=True)
    except ValueError:
        return None
    return stored if keys.key_id(stored) in keys.known() else None


def reencrypt(progress: Callable[[str, int], None] = lambda name, rows: None) -> int:
    """Give every row the newest key; as often as it takes until none has another. Returns the rows that changed."""
    prefix, total = keys.newest() + b"\0", 0
    while True:
        done = 0
        for column in columns():
            changed = _reencrypt_column(column, prefix)
            progress(f"{column.table}.{column.name}", changed)
            done += changed
        done += _reencrypt_second_steps(prefix)
        total += done
        if not done:
            return total


def used_keys() -> dict[str, int]:
    """Each key id and the number of values that need it, found by reading every encrypted column."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for column in columns():
            name = sql.Identifier(column.name)
            cursor.execute(
                sql.SQL(
                    "SELECT substring({name} from 1 for position('\\000'::bytea in {name}) - 1), count(*) FROM {table}"
                    " WHERE {name} IS NOT NULL GROUP BY 1"
                ).format(name=name, table=sql.Identifier(column.table))
            )
            for key, count in cursor.fetchall():
                found[bytes(key).decode()] = found.get(bytes(key).decode(), 0) + count
    for data in apps.get_model("mfa", "Authenticator")._default_manager.values_list("data", flat=True):
        for value in json.loads(json.dumps(list(data.values()))):
            for one in value if isinstance(value, list) else [value]:
                if (stored := _ciphertext(one)) is not None:
                    key = keys.key_id(stored).decode()
                    found[key] = found.get(key, 0) + 1
    return found


def drop_unused() -> list[str]:
    """Take the keys that nothing needs out of the key file, never the newest; returns their ids. Copies still need them."""
    path, used = _file(), used_keys()
    pairs = [pair for pair in path.read_text(encoding="utf-8").replace(",", " ").split() if pair]
    kept = [pair for place, pair in enumerate(pairs) if place == 0 or pair.split(":", 1)[0] in used]
    if kept != pairs:
        _write(path, ",".join(kept))
        keys.look_again()
    return [pair.split(":", 1)[0] for pair in pairs if pair not in kept]
