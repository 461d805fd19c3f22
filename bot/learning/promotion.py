"""Which model answers residents: promoted and rolled back while turns go on.

Rasa loads the new model beside the old one and answers its probe before it takes over; what fails leaves all as it was. Turns
are stored before Rasa is asked and repeated when it does not answer, so that none is lost either way.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from bot import settings
from bot.conversations.rasa_pool import addresses
from bot.training import inputs

from . import shelf

__all__ = ["CannotPromote", "ReasonNeeded", "back_to", "promote", "rasa_addresses", "rollback"]

_TIMEOUT = httpx.Timeout(180, connect=2)  # loading, on a busy machine


class CannotPromote(Exception):
    """The model cannot be used. The one before stays."""


class ReasonNeeded(CannotPromote):
    """The model is worse where it counts. Promote it only with a reason, which is recorded."""

    def __init__(self, blockers: list[str]) -> None:
        super().__init__("\n".join([self.__doc__ or "", *blockers]))
        self.blockers = blockers


def rasa_addresses(var: Path | None = None) -> list[str]:
    """Where each Rasa that runs from this folder listens: ``./run --port`` leaves it in var/running.json."""
    try:
        found = str(json.loads(((var or settings.VAR) / "running.json").read_text(encoding="utf-8"))["rasa"])
    except (OSError, ValueError, KeyError, TypeError):
        found = settings.RASA_URL
    return addresses(found)


def _put(address: str, name: str) -> int | None:
    """The status with which this Rasa answers the switch to ``name``; None when it does not run."""
    headers = {"Authorization": f"Bearer {settings.RASA_TOKEN}"}
    try:
        return httpx.put(f"{address}/webhooks/turns/model", json={"model": name}, timeout=_TIMEOUT, headers=headers).status_code
    except httpx.ConnectError:
        return None
    except httpx.HTTPError as error:
        raise CannotPromote(f"Rasa did not answer ({type(error).__name__}). The model of before stays promoted.") from None


def _take_over(name: str, asked: list[str]) -> None:
    """Every running Rasa answers with ``name`` and stands in ``asked``. Raises CannotPromote."""
    for address in rasa_addresses():
        asked.append(address)  # before it answers: who stops this while it loads must find it there
        status = _put(address, name)
        if status != 200:
            asked.pop()
        if status not in (200, None):
            raise CannotPromote(f"Rasa refused {name} (HTTP {status}). The model of before goes on answering.")


def _put_back(asked: list[str], before: str | None) -> None:
    for address in asked if before else ():
        with suppress(CannotPromote):
            _put(address, before)


def _has_come(address: str, name: str) -> bool:
    """Whether a Rasa that did not listen when it was asked does now: it may have read which model to load before the change."""
    try:
        return _put(address, name) == 200
    except CannotPromote:
        return False


def _switch(name: str, did: str, by: str, reason: str, **more: Any) -> bool:
    if not shelf.is_whole(name):
        raise CannotPromote(f"{name} is missing or damaged. Train it anew: aanspraak train")
    with shelf.exclusive():
        before, asked = shelf.promoted(), []
        try:
            _take_over(name, asked)
            shelf.set_promoted(name, inputs().whole)
        except BaseException:  # Ctrl-C too: else two models would answer residents, and nothing would say so
            _put_back(asked, before)
            raise
        late = [address for address in rasa_addresses() if address not in asked and _has_come(address, name)]
        running = bool(asked or late)
        shelf.record(did, name, by=by, reason=reason, before=before, running=running, **more)
        shelf.forget_old()
    return running


def _check_fits(name: str, reason: str) -> None:
    if shelf.kept(name).program != inputs().program and not reason.strip():
        raise ReasonNeeded([f"{name} was made by another version of the program: its rules may not fit."])


def promote(name: str, comparison: dict[str, Any] | None, by: str, reason: str = "") -> bool:
    """Answer residents with ``name`` from now on; True when a running Rasa has switched already.

    ``comparison`` is of the promoted model with ``name``; None only when there is no promoted one to compare with.
    Raises ReasonNeeded or CannotPromote.
    """
    blockers = comparison["blockers"] if comparison else []
    if blockers and not reason.strip():
        raise ReasonNeeded(blockers)
    _check_fits(name, reason)
    return _switch(name, "promoted", by, reason, blockers=blockers)


def back_to() -> str | None:
    """The model to which a rollback goes: the last one before this that is whole; None when there is none."""
    return next((name for name in shelf.was_promoted() if shelf.is_whole(name)), None)


def rollback(by: str, reason: str = "") -> str:
    """Back to the model that ran before this one and is whole; returns its name. Raises ReasonNeeded or CannotPromote."""
    name = back_to()
    if name is None:
        raise CannotPromote("No model ran before this one, or none of them is left.")
    _check_fits(name, reason)
    _switch(name, "rolled back", by, reason)
    return name
