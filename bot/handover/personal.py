"""What stays out of a request unless the resident says otherwise: residence, religion, health, and other people's names."""

from __future__ import annotations

from bot.neighbourhood.models import Helper
from bot.privacy.names import names_another
from bot.privacy.sensitive import is_sensitive

__all__ = ["is_personal"]


def is_personal(text: str) -> bool:
    """Whether ``text`` holds any of it; a helper may be named: whoever asks for Fatma wants Fatma to know."""
    return is_sensitive(text) or (names_another(text) and names_another(text, _helpers()))


def _helpers() -> list[str]:
    return list(Helper.objects.filter(active=True).values_list("first_name", flat=True))
