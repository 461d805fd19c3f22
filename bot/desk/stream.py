"""News for one browser as server-sent events: which handover changed, never what is in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from bot.conversations.typing import RESIDENT, is_typing
from bot.handover.models import Handover
from bot.live import MISSED, Subscription, TooManyStreams, hub, read
from bot.neighbourhood.models import Helper

from .accounts import helper_of, lacks_second_step

__all__ = ["HEARTBEAT_SECONDS", "stream"]

HEARTBEAT_SECONDS = 15.0
# As many wake-up calls as a subscription keeps: some may have been dropped.
_FULL = 100


@dataclass
class Place:
    """Whose stream it is, and which conversations this helper may follow (conversation to handover)."""

    session_key: str
    helper_id: int
    talks: dict[int, str] = field(default_factory=dict)
    ended: bool = False


def _sign_in(request: HttpRequest) -> Place | None:
    helper = helper_of(request.user)
    if helper is None or lacks_second_step(request):
        return None
    return Place(request.session.session_key or "", helper.pk)


def _look(place: Place, payloads: list[str]) -> list[str | None]:
    """The handovers to look at again; None stands for any. Ends the stream of somebody who signed out."""
    helper = Helper.objects.filter(pk=place.helper_id, active=True, user__is_active=True).first()
    place.ended = helper is None or not Session.objects.filter(pk=place.session_key).exists()
    if place.ended:
        return []
    if MISSED in payloads or len(payloads) >= _FULL or any(p.startswith("desk:") for p in payloads):
        place.talks = _talks(helper)
    if MISSED in payloads or len(payloads) >= _FULL:
        return [None]
    return _changed(helper, place, payloads)


def _talks(helper: Helper) -> dict[int, str]:
    found = Handover.objects.filter(team=helper.team_id, state__in=Handover.LIVE, holder__isnull=False)
    found = found if helper.coordinator else found.filter(Q(holder=helper) | Q(second=helper))
    return {conversation: str(pk) for conversation, pk in found.values_list("conversation_id", "pk")}


def _changed(helper: Helper, place: Place, payloads: list[str]) -> list[str | None]:
    named = {p.split(":")[1] for p in payloads if p.startswith("desk:")}
    # One that is gone was wiped: an open page must not go on showing it.
    elsewhere = Handover.objects.filter(pk__in=[UUID(n) for n in named]).exclude(team=helper.team_id)
    named -= {str(pk) for pk in elsewhere.values_list("pk", flat=True)}
    spoken = {int(p.split(":")[1]) for p in payloads if p.startswith("conversation:")}
    return sorted(named | {place.talks[c] for c in spoken if c in place.talks})


def _writing(place: Place, payloads: list[str]) -> str:
    """Where a resident writes just now, of the conversations this helper may follow; nothing is asked of the database."""
    talks = {int(p.split(":")[1]) for p in payloads if is_typing(p, RESIDENT)}
    return "".join(_event("typing", place.talks[talk]) for talk in sorted(talks) if talk in place.talks)


def _event(name: str, handover: str | None) -> str:
    return f"event: {name}\ndata: {json.dumps({'handover': handover})}\n\n"


async def _either(desk: Subscription, talk: Subscription, seconds: float) -> list[str]:
    """Whatever either says next, at once; empty when both were silent for ``seconds``."""
    waits = [asyncio.ensure_future(s.__anext__()) for s in (desk, talk)]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    return [wait.result() for wait in done] + desk.drain() + talk.drain()


def _concerns(place: Place, payloads: list[str]) -> bool:
    """Whether the database must be asked: not for a chat of somebody else's, and there are many of those."""
    talks = (p.split(":")[1] for p in payloads if p.startswith("conversation:"))
    mine = any(int(talk) in place.talks for talk in talks)
    return mine or not payloads or len(payloads) >= _FULL or any(not p.startswith("conversation:") for p in payloads)


async def _news(place: Place, payloads: list[str]) -> str:
    if not _concerns(place, payloads):
        return ""
    try:
        changed = await read(_look, place, payloads)
    except (OperationalError, InterfaceError):  # the hub announces itself when the database is back
        return ""
    return "".join(_event("change", pk) for pk in changed)


async def _events(place: Place) -> AsyncIterator[str]:
    """The body of the stream: everything anew at first, then what changes."""
    yield "retry: 3000\n\n"
    try:
        async with hub.subscribe("desk", key=f"desk:{place.helper_id}") as desk, hub.subscribe("conversation") as talk:
            payloads = [MISSED]
            while True:
                writing = _writing(place, payloads)
                rest = [p for p in payloads if not is_typing(p)]
                yield writing + ("" if writing and not rest else await _news(place, rest)) or ": here\n\n"
                if place.ended:
                    return
                payloads = await _either(desk, talk, HEARTBEAT_SECONDS)
    except TooManyStreams:  # between the view's check and here another one came first
        return


@require_GET
async def stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Who is signed in as a helper hears of changes; a browser opens one, however many tabs it has."""
    try:
        place = await read(_sign_in, request)
    except (OperationalError, InterfaceError):
        return HttpResponse(status=503, headers={"Retry-After": "2"})
    if place is None:
        return HttpResponse(status=403)
    try:
        hub.check(f"desk:{place.helper_id}")
    except TooManyStreams:
        return HttpResponse(status=429, headers={"Retry-After": "5"})
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return StreamingHttpResponse(_events(place), content_type="text/event-stream; charset=utf-8", headers=headers)
