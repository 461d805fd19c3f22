"""The fictional neighbourhood of a demo: teams, people, places, activities and numbers that nobody has."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from bot.conversations import recording
from bot.conversations.models import Recording
from bot.conversations.voices import Words

from . import local_facts
from .community import Story
from .exceptions import NotADemo
from .models import Activity, Helper, LocalFact, Place, Team, User

__all__ = ["DEMO_FILE", "DEMO_VOICES", "is_loaded", "load_demo"]

DEMO_FILE = Path(__file__).resolve().parents[2] / "content" / "demo" / "neighbourhood.yml"
# Made by `aanspraak voices make`: sound files, and index.json with what each says.
DEMO_VOICES = DEMO_FILE.with_name("voices")
_MACHINE = "espeak-ng"
_VALID = dt.timedelta(days=182)
_SOURCE = "Voorbeeldgegevens (fictief)"


def load_demo() -> dict[str, int]:
    """Load content/demo/neighbourhood.yml; a second time changes nothing. Returns how many rows of each were made.

    Raises NotADemo where real residents may write.
    """
    if not settings.DEMO:
        raise NotADemo
    raw = yaml.safe_load(DEMO_FILE.read_text(encoding="utf-8"))
    with transaction.atomic():
        made = {
            "teams": sum(_team(t) for t in raw["teams"]),
            "helpers": _helpers(raw["helpers"]),
            "maintainers": sum(_maintainer(m) for m in raw["maintainers"]),
            "places": sum(_place(p) for p in raw["places"]),
            "activities": sum(_activity(a) for a in raw["activities"]),
            "stories": sum(_story(s) for s in raw["stories"]),
            "facts": sum(_fact(key, value) for key, value in raw["facts"].items()),
            "voices": _voices(json.loads((DEMO_VOICES / "index.json").read_text(encoding="utf-8"))),
        }
    local_facts.forget()
    return made


def is_loaded() -> bool:
    """Whether made-up teams or numbers are in this database: residents would be brought to people who do not exist."""
    return Team.objects.filter(fictional=True).exists() or LocalFact.objects.filter(fictional=True).exists()


def _team(raw: dict[str, Any]) -> bool:
    rest = {"areas": raw["areas"], "hours": raw["hours"], "fictional": True}
    return Team.objects.get_or_create(name=raw["name"], defaults=rest)[1]


def _helpers(raw: list[dict[str, Any]]) -> int:
    known = set(Helper.objects.values_list("user__email", flat=True))
    new = [h for h in raw if h["email"] not in known]
    if new:
        hashed = make_password(settings.DEMO_PASSWORD or None)  # slow on purpose: once for all of them
        for helper in new:
            _helper(helper, hashed)
    return len(new)


def _helper(raw: dict[str, Any], hashed: str) -> None:
    who = {"username": raw["email"], "first_name": raw["first_name"], "password": hashed}
    user, _ = User.objects.get_or_create(email=raw["email"], defaults=who)
    Helper.objects.create(
        user=user, team=Team.objects.get(name=raw["team"]), first_name=raw["first_name"], kind=raw["kind"],
        gender=raw["gender"], languages=raw["languages"], coordinator=raw.get("coordinator", False),
    )  # fmt: skip


def _maintainer(raw: dict[str, Any]) -> bool:
    if User.objects.filter(email=raw["email"]).exists():
        return False
    hashed = make_password(settings.DEMO_PASSWORD or None)
    who = {"username": raw["email"], "first_name": raw["first_name"], "password": hashed, "office": User.Office.MAINTAINER}
    User.objects.create(email=raw["email"], **who)
    return True


def _place(raw: dict[str, Any]) -> bool:
    return Place.objects.get_or_create(name=raw["name"], defaults={"address": raw["address"], "fictional": True})[1]


def _activity(raw: dict[str, Any]) -> bool:
    place = Place.objects.get(name=raw["place"])
    begins = {"weekday": raw["weekday"], "time": dt.time.fromisoformat(raw["time"])}
    if Activity.objects.filter(place=place, fictional=True, **begins).exists():
        return False
    helper = Helper.objects.get(user__email=raw["helper"]) if "helper" in raw else None
    make = partial(Activity.objects.create, place=place, helper=helper, titles=raw["titles"], fictional=True)
    make(free=raw.get("free", True), **begins)
    return True


def _story(raw: dict[str, Any]) -> bool:
    known = {"language": raw["language"], "title": raw["title"], "fictional": True}
    return Story.objects.get_or_create(**known, defaults={"topic": raw["topic"], "text": raw["text"], "agreed": True})[1]


def _fact(key: str, value: str) -> bool:
    today = timezone.localdate()
    rest = {"value": value, "source": _SOURCE, "checked_by": _SOURCE, "checked_on": today, "valid_until": today + _VALID}
    return LocalFact.objects.get_or_create(key=key, defaults={**rest, "fictional": True})[1]


def _voices(made: list[dict[str, Any]]) -> int:
    """A person's voice for the same words stays; what a machine said of earlier words goes."""
    known = set(Recording.objects.values_list("key", "language", "text"))
    machine = Recording.objects.filter(machine=True, by=_SOURCE)
    outdated = {(r.key, r.language, r.text): r.pk for r in machine.defer("content")}
    for one in made:
        outdated.pop((one["key"], one["language"], one["text"]), None)
    machine.filter(pk__in=outdated.values()).delete()
    new = [one for one in made if (one["key"], one["language"], one["text"]) not in known]
    for one in new:
        words = Words(one["key"], one["language"], one["text"], tuple(one["titles"]))
        sound = (DEMO_VOICES / one["file"]).read_bytes()
        recording.keep(words, sound, "audio/mpeg", speaker=_MACHINE, machine=True, by=_SOURCE)
    return len(new)
