"""What is missing or out of order, in plain words, with the remedy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Finding", "findings"]

_WARN_DAYS = 30
_CRISIS_FACTS = ("emergency", "suicide", "violence")


@dataclass(frozen=True)
class Finding:
    """``level`` is ok, warning or error."""

    level: str
    what: str
    remedy: str = ""


def _settings() -> Iterator[Finding]:
    from bot import settings

    if not settings.FIELD_KEYS:
        yield Finding("error", "There are no keys yet.", "Start once with ./run, which makes them.")
    if settings.PUBLIC_BASE_URL and settings.EMBEDDED_DATABASE:
        yield Finding(
            "warning", "A public address with the embedded database.", "Give DATABASE_URL for a server that is backed up."
        )


def _roles() -> Iterator[Finding]:
    """In production: whether a hole in the web process would reach the tables themselves."""
    from bot import settings

    if settings.DEMO:
        return
    from django.db import DatabaseError

    from bot.roles import too_much

    try:
        found = too_much(settings.DATABASE_RUN_ROLE)
    except DatabaseError:
        return  # that it does not answer is said below
    if found:
        what = f"What residents reach may change the database: {settings.DATABASE_RUN_ROLE} {', '.join(found)}."
        yield Finding("warning", what, "aanspraak database roles")


def _made_up() -> Iterator[Finding]:
    """In production: whether a demo was loaded before."""
    from bot import settings

    if settings.DEMO:
        return
    from django.db import DatabaseError

    from bot.neighbourhood.demo import is_loaded

    try:
        if is_loaded():
            yield Finding("error", "The database holds the made-up neighbourhood of the demo.", "Begin with an empty database.")
    except DatabaseError:
        return  # that it does not answer is said below


def _facts() -> Iterator[Finding]:
    from bot.facts import load_facts

    today = dt.date.today()
    for fact in load_facts().values():
        if fact.key in _CRISIS_FACTS and not fact.value:
            yield Finding("error", f"The fact {fact.key} has no value.", "Fill it in content/facts.yml.")
        elif fact.checked_by is None and not fact.always:
            yield Finding(
                "warning",
                f"The fact {fact.key} is unchecked and is not told.",
                "Check it and fill checked_by in content/facts.yml.",
            )
        elif fact.valid_until and (fact.valid_until - today).days < _WARN_DAYS:
            yield Finding("warning", f"The fact {fact.key} ends on {fact.valid_until}.", "Check it again in content/facts.yml.")


def _languages() -> Iterator[Finding]:
    from bot.language.locales import status

    for row in status():
        if row.translated < row.total:
            yield Finding(
                "warning", f"{row.name}: {row.total - row.translated} texts lack a translation.", f"Translate locales/{row.tag}."
            )
        if row.draft:
            yield Finding(
                "warning",
                f"{row.name}: no native speaker has reviewed the texts.",
                "Have them read, and name the reader in the PO header (docs/maintainers.md).",
            )


def _released() -> Iterator[Finding]:
    """Where real residents write: what nobody has decided on, and what is on though nobody has read it."""
    from bot import settings

    if settings.DEMO:
        return
    from django.db import DatabaseError

    from bot.conversations.languages import SOURCE, decisions, state_of
    from bot.language.locales import status

    try:
        decided = decisions()
        for row in status():
            if row.tag not in decided and row.tag != SOURCE:
                yield Finding(
                    "warning", f"{row.name} is off: nobody has decided on it.", f"aanspraak locales release {row.tag} …"
                )
            elif row.draft and state_of(row.tag) != "off":
                yield Finding("warning", f"{row.name} is {state_of(row.tag)} and no native speaker has read it.", "See above.")
    except DatabaseError:
        yield Finding(
            "warning", "The database does not answer: which languages are on is unknown.", "Start it, or check DATABASE_URL."
        )


def _model() -> Iterator[Finding]:
    from bot.learning import shelf
    from bot.training import inputs

    name, now = shelf.promoted(), inputs()
    if not name:
        yield Finding("error", f"There is no model in {shelf.MODELS}.", "uv run aanspraak train, then promote")
    elif not shelf.is_whole(name):
        yield Finding("error", f"The model {name} is missing or damaged.", "uv run aanspraak rollback, or train and promote")
    elif shelf.kept(name).program != now.program:
        yield Finding("warning", "The model is older than the program.", "uv run aanspraak train, then promote")
    elif shelf.kept(name).data != now.data:
        yield Finding("warning", "The model is older than its examples.", "uv run aanspraak train, compare, then promote")


def _channels() -> Iterator[Finding]:
    """The settings of each channel, then what its provider says of them."""
    import os

    from django import setup
    from django.core.checks import run_checks

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
    setup()
    from bot.channels.telegram import diagnosis as telegram
    from bot.channels.whatsapp import diagnosis as whatsapp

    wrong = run_checks(tags=["telegram", "whatsapp"])
    for check in wrong:
        yield Finding("error", str(check.msg), check.hint or "")
    if not wrong:
        for row in (*telegram.findings(), *whatsapp.findings()):
            yield Finding(*row)


def _office() -> Iterator[Finding]:
    """The municipality's own sign-in, where one is named."""
    from bot import settings

    if not settings.OIDC_ISSUER:
        return
    from bot.desk import oidc

    try:
        oidc.leave(settings.PUBLIC_BASE_URL)
    except oidc.ProviderAway:
        yield Finding(
            "error", "OIDC_ISSUER does not answer as OpenID Connect asks.",
            "OIDC_ISSUER/.well-known/openid-configuration must answer and name the same issuer (docs/sign-in.md).",
        )  # fmt: skip


def findings() -> list[Finding]:
    """Everything worth saying, errors first; one line "ok" when there is nothing."""
    found = [*_settings(), *_made_up(), *_facts(), *_languages(), *_model(), *_channels(), *_office(), *_released(), *_roles()]
    found.sort(key=lambda finding: finding.level != "error")
    return found or [Finding("ok", "Everything is in order.")]
