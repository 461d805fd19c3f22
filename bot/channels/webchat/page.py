"""The page /chat/ and the neutral page behind its hide button. The page itself talks only to the contract's endpoints."""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_safe

from bot.conversations.languages import on_offer
from bot.conversations.texts import say, team_name
from bot.language.tags import direction, own_name
from bot.neighbourhood.teams import number_now, pick_team

from .session import COOKIE

__all__ = ["SCRIPT_WORDS", "TEMPLATE_WORDS", "chat", "hidden", "hide_address", "language_of"]

VOICE_WORDS = ("listen", "machine", "stop")
LANGUAGE_COOKIE = "aanspraak_language"
TEMPLATE_WORDS = (
    "title", "subtitle", "skip_link", "log_label", "input_label", "placeholder", "send", "hide", "hide_hint", "language",
    "privacy", "start", "noscript", "hidden_title", "hidden_text", "new_message",
    "connecting", "retry",
)  # fmt: skip
SCRIPT_WORDS = (
    "start_words", "choices", "connecting", "connection_lost", "connection_back", "sending", "not_sent", "retry", "you",
    "computer", "person", "too_long", "session_gone", "person_typing",
)  # fmt: skip


def _best_accepted(header: str) -> str | None:
    """The first accepted language on offer; ``ar-MA`` is Arabic here."""
    for tag, _ in parse_accept_lang_header(header):
        if tag.split("-")[0] in on_offer():
            return tag.split("-")[0]
    return None


def language_of(request: HttpRequest) -> str:
    """The page's language: the address, else what was chosen before, else what the browser prefers, else Dutch."""
    for tag in (request.GET.get("lang"), request.COOKIES.get(LANGUAGE_COOKIE)):
        if tag in on_offer():
            return tag
    return _best_accepted(request.headers.get("Accept-Language", "")) or "nl"


def hide_address() -> str:
    """Where the hide button goes: QUICK_HIDE_URL, or our own neutral page."""
    return getattr(settings, "QUICK_HIDE_URL", "") or "/chat/hidden"


def _words(names: tuple[str, ...], tag: str) -> dict[str, str]:
    return {name: say(f"chat.{name}", tag).text for name in names}


def _script_words(tag: str) -> dict[str, str]:
    return {**_words(SCRIPT_WORDS, tag), **{f"voice_{name}": say(f"voice.{name}", tag).text for name in VOICE_WORDS}}


def _team_phone() -> str:
    """A checked number that answers now, for whom the page does not work; empty where there is none."""
    now = timezone.now()
    try:
        team = pick_team("", now)
    except (OperationalError, InterfaceError):
        return ""  # the page itself needs no database
    return (team and number_now(team, now)) or ""


def _way_out(tag: str) -> dict[str, str]:
    phone = _team_phone()
    return {"team_name": team_name(tag), "team_phone": phone, "team_phone_digits": re.sub(r"[^\d+]", "", phone)}


def _context(request: HttpRequest) -> dict[str, Any]:
    tag = language_of(request)
    return {
        "lang": tag,
        "dir": direction(tag),
        "word": _words(TEMPLATE_WORDS, tag),
        "script_words": json.dumps(_script_words(tag), ensure_ascii=False),
        "languages": [(t, own_name(t), direction(t)) for t in on_offer()],
        "hide_address": hide_address(),
        # Spares a first visitor a request that can only be refused; what it holds is not looked at.
        "has_session": COOKIE in request.COOKIES,
        # Its words are the resident's first: in another language they would lead the bot astray.
        "can_start": say("chat.start_words", tag).lang == tag,
        "start": request.GET.get("start", "")[:64],
    }


def _page(request: HttpRequest, template: str, **more: str) -> HttpResponse:
    context = {**_context(request), **more}
    response = render(request, template, context)
    # Django's own guess knows only the desk's languages.
    response.headers["Content-Language"] = context["lang"]
    return response


@require_safe
def chat(request: HttpRequest) -> HttpResponse:
    """The page, in the resident's language; ``?lang=`` is remembered."""
    response = _page(request, "webchat/chat.html", **_way_out(language_of(request)))
    if request.GET.get("lang") in on_offer():
        response.set_cookie(
            LANGUAGE_COOKIE, request.GET["lang"], max_age=settings.RETENTION_DAYS * 86_400, path="/chat/", httponly=True,
            samesite="Lax", secure=bool(settings.PUBLIC_BASE_URL),
        )  # fmt: skip
    return response


@require_safe
def hidden(request: HttpRequest) -> HttpResponse:
    """A page that says nothing about help."""
    return _page(request, "webchat/hidden.html")
