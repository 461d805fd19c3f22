"""In which languages residents are answered: free text, buttons and a person only, or not at all.

In the demo every language with texts is on, each marked as a draft at the desk. In production a municipality turns each on
itself (at the desk, or with ``aanspraak locales release``); Dutch, the source, is on from the start. Decisions stay written.
"""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.db import InterfaceError, OperationalError, models

from bot.language.choice import Known, settle
from bot.privacy.logs import event

from .models import LanguageDecision

__all__ = ["SOURCE", "State", "UnknownLanguage", "decide", "decisions", "forget", "off_language", "on_offer", "state_of"]

SOURCE = "nl"
_FRESH_SECONDS = 5.0
_kept: tuple[float, dict[str, str]] = (0.0, {})


class State(models.TextChoices):
    """What residents may do in a language."""

    ON = "on"
    BUTTONS = "buttons"
    OFF = "off"


class UnknownLanguage(ValueError):
    """There are no texts in that language, or no such state."""


def forget() -> None:
    """Read the decisions anew at the next question; every process does so after some seconds."""
    global _kept
    _kept = (0.0, {})


def decisions() -> dict[str, LanguageDecision]:
    """The last decision on each language that somebody decided on."""
    return {row.tag: row for row in LanguageDecision.objects.order_by("at", "pk")}


def _states() -> dict[str, str]:
    global _kept
    if time.monotonic() - _kept[0] > _FRESH_SECONDS:
        found = _read()
        _kept = (time.monotonic(), _kept[1] if found is None else found)
    return _kept[1]


def _read() -> dict[str, str] | None:
    """None when the database is away: what was decided last holds on, since "try again in a moment" needs a language too."""
    try:
        return dict(LanguageDecision.objects.order_by("at", "pk").values_list("tag", "state"))
    except (OperationalError, InterfaceError):
        return None


def state_of(tag: str) -> str:
    """``on``, ``buttons`` or ``off``."""
    otherwise = State.ON if settings.DEMO or tag == SOURCE else State.OFF
    return _states().get(tag, otherwise.value)


def on_offer() -> tuple[str, ...]:
    """The languages in which the bot answers, in the order in which they are offered."""
    return tuple(tag for tag in settings.LANGUAGES_ON_OFFER if state_of(tag) != State.OFF)


def decide(tag: str, state: str, by: str, reason: str = "") -> LanguageDecision:
    """Write down what a language is from now on. Raises UnknownLanguage; Dutch cannot be switched off."""
    if tag not in settings.LANGUAGES_ON_OFFER or state not in State.values:
        raise UnknownLanguage(
            f"{tag} {state}: give one of {', '.join(settings.LANGUAGES_ON_OFFER)} and {', '.join(State.values)}."
        )
    if tag == SOURCE and state == State.OFF:
        raise UnknownLanguage("Dutch is what every other language falls back to: it stays on, or answers by buttons.")
    row = LanguageDecision.objects.create(tag=tag, state=state, by=by, reason=reason)
    forget()
    event("language.decided", level=logging.WARNING, language=tag, state=state)
    return row


def off_language(text: str) -> str | None:
    """The language of a message for which there are texts, but which is switched off here; else None."""
    offered = on_offer()
    tag, _ = settle(text, Known("", False, False), settings.LANGUAGES_ON_OFFER)
    return tag if tag and tag not in offered else None
