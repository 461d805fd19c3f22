"""The antivirus hook: MEDIA_SCAN_COMMAND gets a file on its standard input and ends with 0 when it is clean."""

from __future__ import annotations

import logging
import shlex
import subprocess

from django.conf import settings

from bot.privacy.logs import event

__all__ = ["is_clean"]

_SECONDS = 60


def is_clean(content: bytes) -> bool:
    """True without a command. A scanner that fails or does not end counts as a find: the file is not kept."""
    if not settings.MEDIA_SCAN_COMMAND:
        return True
    try:
        done = subprocess.run(shlex.split(settings.MEDIA_SCAN_COMMAND), input=content, capture_output=True, timeout=_SECONDS)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        event("media.scan_failed", level=logging.ERROR, error=type(error).__name__)
        return False
    return done.returncode == 0
