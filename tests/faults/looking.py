"""Looking into a running system from outside: its rows, its processes, and everything it has stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bot.database import EmbeddedDatabase, embedded_url
from tests.running import ROOT, Running

__all__ = ["address_hash", "clear_line", "connect", "database", "of_each", "processes", "rows", "search"]


def database(system: Running) -> EmbeddedDatabase:
    """The system's own server."""
    return EmbeddedDatabase(ROOT, system.var, system.secret("DATABASE_PASSWORD"))


def address_hash(system: Running, channel: str, address: object) -> str:
    """How the system finds the conversation at this address."""
    key = base64.b64decode(system.secret("HASH_KEY"))
    return hmac.new(key, f"address\0{channel}:{address}".encode(), hashlib.sha256).hexdigest()


def connect(system: Running) -> psycopg.Connection:
    """As the owner of its tables; every statement counts at once."""
    return psycopg.connect(embedded_url(ROOT, system.var, system.secret("DATABASE_PASSWORD")), autocommit=True)


def rows(system: Running, query: str, *values: Any) -> list[tuple]:
    with connect(system) as connection:
        return connection.execute(query, values).fetchall()


def processes(system: Running) -> list[psutil.Process]:
    """Everything that runs for this system: its own tree, and PostgreSQL, which leaves its parent."""
    found = set(psutil.Process(system.process.pid).children(recursive=True)) | {psutil.Process(system.process.pid)}
    first = int((database(system).data / "postmaster.pid").read_text().split()[0])
    server = psutil.Process(first)
    return [*found, server, *server.children(recursive=True)]


def of_each(system: Running, ask: Callable[[psutil.Process], Any]) -> list[Any]:
    """What ``ask`` finds of each of ``processes``; nothing of one that ended meanwhile (PostgreSQL's come and go)."""
    found = []
    for process in processes(system):
        with suppress(psutil.NoSuchProcess):
            found.append(ask(process))
    return found


def _environment(system: Running) -> dict[str, str]:
    ours = {"AANSPRAAK_VAR": str(system.var), "PORT": str(system.port), "LOG_LEVEL": "ERROR"}
    return {**os.environ, **ours, "DJANGO_SETTINGS_MODULE": "bot.settings"}


def search(system: Running, markers: list[str], scratch: Path) -> list[dict[str, Any]]:
    """Where any marker is stored, as ``bot.testing.dump`` says: every table, every file under var, and the models.

    PostgreSQL's data folder is searched as its tables; its log is searched as a file (from a copy in ``scratch``).
    """
    shutil.copy(database(system).data / "log", scratch / "postgresql.log")
    folders = [str(p) for p in system.var.iterdir() if p.is_dir() and p.name != "postgres"]
    shutil.copy(system.var / "output.txt", scratch)
    order = json.dumps([markers, [*folders, str(ROOT / "models"), str(ROOT / "var" / "cache"), str(scratch)]])
    command = [sys.executable, "-m", "tests.faults.looking", order]
    done = subprocess.run(command, cwd=ROOT, env=_environment(system), capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def clear_line(**env: str) -> str:
    """Start with these settings; the one line it must end with, and nothing else."""
    clean = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "PORT"}}
    command = [sys.executable, "-m", "bot.cli", "run", "--no-browser"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**clean, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    assert (done.returncode, len(lines)) == (1, 1), done.stdout[-2000:]
    return lines[0]


def _main(order: str) -> None:
    import django

    django.setup()
    from dataclasses import asdict

    from bot.testing.dump import search_everything

    markers, folders = json.loads(order)
    print(json.dumps([asdict(finding) for finding in search_everything(markers, map(Path, folders))]))


if __name__ == "__main__":
    _main(sys.argv[1])
