"""What is slow to make and quick to read: kept under var/cache until its sources change."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["CACHE", "keep", "write_kept", "write_whole"]

CACHE = Path(__file__).resolve().parents[2] / "var" / "cache"
_KEPT = 3


def _forget_old(path: Path) -> None:
    """Remove all but the last few of a kind; the kind is the name up to its first hyphen."""
    alike = path.parent.glob(f"{path.name.partition('-')[0]}-*{path.suffix}")
    for old in sorted(alike, key=lambda file: file.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write whole or not at all; several processes may do so at once, and read it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)


def write_kept(path: Path, content: bytes) -> None:
    """The same, and forget the oldest of its kind."""
    write_whole(path, content)
    _forget_old(path)


def keep(path: Path, make: Callable[[], bytes]) -> Path:
    """``path``, written first where it is missing; where another process is making it, that one is waited for."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with (path.parent / f"{path.name.partition('-')[0]}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                write_kept(path, make())
    return path
