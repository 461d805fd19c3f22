"""What is said, with the values every text may use: our name, the team's, and the facts that may be told."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from bot.facts import tellable
from bot.language.catalogue import Rendered, render

__all__ = ["say"]


def say(key: str, tag: str, *, second: str = "", seed: int = 0, **values: Any) -> Rendered:
    """``render`` with the shared values; see there for errors."""
    shared = {
        "bot_name": settings.BOT_NAME,
        "team_name": settings.TEAM_NAME,
        **tellable(timezone.localdate()),
    }
    return render(key, tag, second=second, seed=seed, **{**shared, **values})
