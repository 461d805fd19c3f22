"""What is slow to make and quick to read: kept under var/cache until its sources change."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["CACHE", "write_kept"]

CACHE = Path(__file__).resolve().parents[2] / "var" / "cache"
_KEPT = 3


def _forget_old(path: Path) -> None:
    """Remove all but the last few of a kind; the kind is the name up to its first hyphen."""
    alike = path.parent.glob(f"{path.name.partition('-')[0]}-*{path.suffix}")
    for old in sorted(alike, key=lambda file: file.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)


def write_kept(path: Path, content: bytes) -> None:
    """Write whole or not at all; several processes may do so at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)
    _forget_old(path)
