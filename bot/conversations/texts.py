"""What is said, with the values every text may use: our name, the team's, our languages, and the facts that may be told."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel.lists import format_list
from django.conf import settings
from django.utils import timezone

from bot.facts import Fact, told_facts
from bot.language.catalogue import Rendered, render, translate
from bot.language.tags import babel_locale, own_name

from .languages import on_offer

__all__ = ["say", "say_anywhere", "team_name"]


def _in(tag: str, fact: Fact) -> str | None:
    """A fact's words in ``tag``; None where they are Dutch and nobody has translated them."""
    return translate(f"fact.{fact.key}", fact.value, tag) if fact.translate else fact.value


@cache
def _languages(tag: str, offered: tuple[str, ...]) -> str:
    """The languages on offer, each by its own name, as a list in ``tag``."""
    return format_list([own_name(one) for one in offered], locale=babel_locale(tag))


def team_name(tag: str) -> str:
    """As residents know it; "het" and "de" belong to Dutch sentences only."""
    bare = settings.TEAM_NAME.removeprefix("het ").removeprefix("de ")
    return settings.TEAM_NAME if tag == "nl" else bare[:1].upper() + bare[1:]


def _facts(tag: str) -> dict[str, str]:
    """``{"fact_suicide": "113"}``: what may be told today, in this language."""
    found = {f"fact_{fact.key}": _in(tag, fact) for fact in told_facts(timezone.localdate())}
    return {key: value for key, value in found.items() if value}


def _names(tag: str) -> dict[str, str]:
    return {"bot_name": settings.BOT_NAME, "team_name": team_name(tag)}


def say_anywhere(key: str, tag: str, *, seed: int = 0) -> Rendered:
    """``say`` without the database: for texts that tell no fact and no list of languages."""
    return render(key, tag, seed=seed, **_names(tag))


def say(key: str, tag: str, *, second: str = "", seed: int = 0, **values: Any) -> Rendered:
    """``render`` with the shared values; see there for errors."""
    shared = {
        **_names(tag),
        "languages": _languages(tag, on_offer()),
        **_facts(tag),
    }
    return render(key, tag, second=second, seed=seed, **{**shared, **values})
