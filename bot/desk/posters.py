"""Posters: a QR code that opens the chat for a place and a language, under an invitation that begins with something nice.

A code carries the neighbourhood, the place where it hangs and the key person who hands it out, to count how many used it; it
never preselects a person. Whoever opens the chat chooses with whom.
"""

from __future__ import annotations

import io
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.utils import timezone

from bot.language.catalogue import render
from bot.language.wording import Hit, lint_text
from bot.neighbourhood.activities import Upcoming
from bot.neighbourhood.models import Helper, Place

__all__ = ["invitation", "link", "picture", "wrong_words"]

# A poster is held to what may be said before anybody asked anything.
_FIRST_WORDS = "utter_greet"


def link(area: str, tag: str, place: Place | None = None, helper: Helper | None = None) -> str:
    """The chat's address with the poster's code; ``area`` is four digits or empty."""
    base = settings.PUBLIC_BASE_URL or f"http://localhost:{settings.PORT}"
    code = f"poster-{area}" + (f"-p{place.pk}" if place else "") + (f"-h{helper.pk}" if helper else "")
    query = {"lang": tag, **({"start": code} if area else {})}
    return f"{base}/chat/?{urlencode(query)}"


def picture(address: str, kind: str) -> bytes:
    """The code as ``svg``, ``png`` or ``pdf``. Raises ValueError for another kind."""
    if kind not in ("svg", "png", "pdf"):
        raise ValueError(kind)
    out = io.BytesIO()
    # Q: a quarter may be torn or dirty.
    segno.make(address, error="q", micro=False).save(out, kind=kind, scale=8, border=4)
    return out.getvalue()


def invitation(place: Place | None, tag: str, what: Upcoming | None = None, helper: Helper | None = None) -> str:
    """What the poster says, in ``tag``: the activity or the place first, then whom to look for; help never named."""
    now, lines = timezone.now(), []
    if what:
        values = what.values(tag, now)
        lines.append(render("activities.one" if "person" in values else "activities.one_alone", tag, **values).text)
    else:
        lines.append(render("phrase.place.activity", tag, place=place.name if place else settings.TEAM_NAME).text)
    if helper and not (what and what.activity.helper_id == helper.pk):
        lines.append(render("phrase.place.ask_me", tag, helper=helper.first_name).text)
    return "\n".join(lines)


def wrong_words(text: str, tag: str) -> list[Hit]:
    """What may not stand on a poster: a title that came with somebody's calendar was read by nobody."""
    return [hit for hit in lint_text(text, tag, _FIRST_WORDS) if hit.level == "error"]
