"""Secrets of this checkout: made once under ``var/secrets`` (0600), read from there or from the environment.

``python -m bot.secrets FOLDER`` makes them elsewhere, for containers.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import tempfile
from pathlib import Path

__all__ = ["ensure_secrets", "read_secret"]

# What ./run can make itself. Provider tokens are never made, only given.
_MAKERS = {
    "DJANGO_SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "FIELD_KEYS": lambda: f"k{secrets.token_hex(2)}:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    "HASH_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "RASA_TOKEN": lambda: secrets.token_urlsafe(32),
    "STATUS_TOKEN": lambda: secrets.token_urlsafe(32),
    "DATABASE_PASSWORD": lambda: secrets.token_urlsafe(24),
    "DATABASE_RUN_PASSWORD": lambda: secrets.token_urlsafe(24),
    "DEMO_PASSWORD": lambda: "-".join(secrets.token_hex(2) for _ in range(4)),
    "DEMO_TOTP_SECRET": lambda: base64.b32encode(secrets.token_bytes(20)).decode(),
    "TELEGRAM_WEBHOOK_SECRET": lambda: secrets.token_urlsafe(32),
    "PUSH_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "WHATSAPP_VERIFY_TOKEN": lambda: secrets.token_urlsafe(32),
}


def read_secret(name: str, folder: Path) -> str | None:
    """The secret ``name`` from ``folder``, or None when nobody made it yet."""
    try:
        return (folder / name).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def _put(path: Path, value: str) -> bool:
    """Whole and on the disk before it has its name: a power cut or a full disk leaves no half key. False where one is there."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # for its owner alone
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and not path.read_text(encoding="utf-8").strip():
            path.unlink()
        return _name(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _name(fresh: Path, path: Path) -> bool:
    try:
        os.link(fresh, path)
    except FileExistsError:  # another start was first
        return False
    except OSError:  # a file system without second names; nobody made it a moment ago
        fresh.rename(path)
    return True


def _keep(folder: Path) -> None:
    """The names too, on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems know no such thing
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ensure_secrets(folder: Path) -> list[str]:
    """Make what is missing or empty; returns the names made. What is in an existing file is never touched."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for path in folder.iterdir():  # a copy put back from a backup often comes wide open
        if path.is_file():
            path.chmod(0o600)
    made = [name for name in _MAKERS if not read_secret(name, folder) and _put(folder / name, _MAKERS[name]())]
    if made:
        _keep(folder)
    return made


if __name__ == "__main__":
    import sys

    for name in ensure_secrets(Path(sys.argv[1])):
        print(name)
