"""Loaded by pytest before anything reads a setting: every run has keys and a PostgreSQL of its own under var/."""

import atexit
import fcntl
import itertools
import os
from pathlib import Path

from bot.secrets import ensure_secrets

ROOT = Path(__file__).resolve().parents[1]


def _own_folder() -> tuple[Path, object]:
    """var/test, or var/test-1, … while another run holds it: two runs side by side must not meet."""
    for number in itertools.count():
        folder = ROOT / "var" / (f"test-{number}" if number else "test")
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return folder, lock


VAR, _lock = _own_folder()
atexit.register(_lock.close)
for _name in ("DATABASE_URL", "PUBLIC_BASE_URL", "TELEGRAM_TOKEN", "TELEGRAM_API_BASE", "WHATSAPP_TOKEN", "WHATSAPP_API_BASE"):
    os.environ.pop(_name, None)
os.environ.update(AANSPRAAK_VAR=str(VAR), PORT="18000", DJANGO_SETTINGS_MODULE="bot.settings")
MADE_NOW = ensure_secrets(VAR / "secrets")
(VAR / "static").mkdir(exist_ok=True)  # WhiteNoise warns of a missing folder, and warnings are errors


def pytest_sessionstart() -> None:
    """As `./run` does before it serves: what is slow to make is made before anything is timed."""
    from bot.language.locales import compile_all
    from bot.warm import make_kept

    compile_all()  # before a test's module is read: some say a text then, and what is not there yet stays away
    make_kept()
