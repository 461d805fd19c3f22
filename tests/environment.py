"""Loaded by pytest before anything reads a setting: every run has keys and a PostgreSQL of its own under var/test."""

import os
from pathlib import Path

from bot.secrets import ensure_secrets

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var" / "test"
for _name in ("DATABASE_URL", "PUBLIC_BASE_URL", "TELEGRAM_TOKEN", "TELEGRAM_API_BASE"):
    os.environ.pop(_name, None)
os.environ.update(AANSPRAAK_VAR=str(VAR), PORT="18000", DJANGO_SETTINGS_MODULE="bot.settings")
ensure_secrets(VAR / "secrets")
