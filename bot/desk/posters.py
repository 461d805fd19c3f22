"""Posters: a QR code that opens the chat for a place and a language, under an invitation that begins with something nice.

A code carries the neighbourhood and the place where it hangs, to count how many used it; it never preselects a person.
"""

from __future__ import annotations

import io
from urllib.parse import urlencode

import segno
from django.conf import settings

from bot.language.catalogue import render
from bot.neighbourhood.models import Place

__all__ = ["invitation", "link", "picture"]


def link(area: str, tag: str, place: Place | None = None) -> str:
    """The chat's address with the poster's code; ``area`` is four digits or empty."""
    base = settings.PUBLIC_BASE_URL or f"http://localhost:{settings.PORT}"
    code = f"poster-{area}-p{place.pk}" if place else f"poster-{area}"
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


def invitation(place: Place | None, tag: str) -> str:
    """One sentence for the poster, in ``tag``: the place first, help never named."""
    name = place.name if place else settings.TEAM_NAME
    return render("phrase.place.activity", tag, place=name).text
