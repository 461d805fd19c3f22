"""A copy of the database and putting it back, by PostgreSQL's own programs. The keys are never in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["BackupFailed", "back_up", "missing_keys", "restore"]


class BackupFailed(Exception):
    """The copy could not be made or put back; nothing was changed."""


def _program(name: str) -> str:
    """The embedded server's own for that one. They cannot encrypt a connection: for any other, the machine's."""
    from django.conf import settings

    from bot.database import _binaries

    found = str(_binaries() / name) if settings.EMBEDDED_DATABASE else shutil.which(name)
    if not found:
        raise BackupFailed(
            f"{name} was not found. Install PostgreSQL's client programs (postgresql-client), of your server's version."
        )
    return found


def _libpq(params: Mapping[str, object]) -> dict[str, object]:
    """What of a connection's parameters is PostgreSQL's (sslmode, sslrootcert, options …), not Django's."""
    from psycopg import pq

    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} - {"client_encoding"}
    return {key: value for key, value in params.items() if key in known and value not in (None, "")}


def _address(params: Mapping[str, object]) -> str:
    """All but what is secret: what stands in a command line is seen by everybody on the machine."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo(**{key: value for key, value in _libpq(params).items() if key not in ("password", "sslpassword")})


def _environment(params: Mapping[str, object]) -> dict[str, str]:
    # With PGHOST Debian's wrapper does not look for a server of this machine.
    names = {"host": "PGHOST", "password": "PGPASSWORD"}
    return {**os.environ, **{names[key]: str(value) for key, value in params.items() if key in names and value}}


def _run(name: str, params: Mapping[str, object], *options: str) -> None:
    command = [_program(name), "--no-password", "--no-owner", "--no-privileges", f"--dbname={_address(params)}", *options]
    done = subprocess.run(command, env=_environment(params), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(_last_line(done.stderr))


def _last_line(text: str) -> str:
    """It names what is wrong; a row's content and a password never stand there."""
    return (text.strip().splitlines() or ["no reason given"])[-1][:300]


def _connect(params: Mapping[str, object]):
    import psycopg

    try:
        return psycopg.connect(**{"connect_timeout": 10, **_libpq(params)})
    except psycopg.OperationalError as error:  # its last line may only ask whether the server runs
        raise BackupFailed(" ".join(str(error).split())[:300]) from None


def back_up(path: Path, params: Mapping[str, object]) -> int:
    """Write the database to ``path`` (for its owner alone), while all goes on; returns the bytes.

    BackupFailed where there is nothing of ours to copy: an empty copy must not take the place of last week's.
    """
    with _connect(params) as connection:
        [(ours,)] = connection.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL").fetchall()
    if not ours:
        raise BackupFailed(
            f"The database {params['dbname']} holds nothing of Aanspraak. Check DATABASE_URL. {path} is as it was."
        )
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _run("pg_dump", params, "--format=custom", f"--file={partial}")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path.stat().st_size


def restore(path: Path, params: Mapping[str, object]) -> None:
    """Put a copy back into an empty database, all of it or nothing. BackupFailed where the database is not empty."""
    if not path.is_file():
        raise BackupFailed(f"{path} is no file.")
    with _connect(params) as connection:
        [(tables,)] = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchall()
    if tables:
        raise BackupFailed(f"The database is not empty ({tables} tables). Restore into a new one.")
    _run("pg_restore", params, "--exit-on-error", "--single-transaction", str(path))


def missing_keys() -> dict[str, int]:
    """Keys that stored values need and FIELD_KEYS does not hold, with the number of values."""
    from bot.privacy.keys import known
    from bot.privacy.rotation import used_keys

    return {key: count for key, count in used_keys().items() if key.encode() not in known()}
