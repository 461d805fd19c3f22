"""Try it: a maintainer talks to the running model and a candidate side by side. Nothing of it is stored."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from bot.language.identify import identify
from bot.language.tags import ANSWERED_IN, direction, own_name
from bot.learning import shelf, trying

from ..access import staff_only
from ..roles import Role, Staff

__all__ = ["answered", "say", "tryout"]

_ONLY = frozenset({Role.MAINTAINER})
_LONGEST = 1000
_WAIT_SECONDS = 4.0


def _models(candidate: str) -> tuple[str, ...]:
    """The running one first, then the candidate, where there is another."""
    path = shelf.model_path(candidate) if candidate else None
    return tuple(dict.fromkeys(name for name in (shelf.promoted(), path.name if path else None) if name))


@require_safe
@staff_only(_ONLY)
def tryout(request: HttpRequest, staff: Staff) -> HttpResponse:
    """An empty talk; its number lives in the page alone."""
    others = [model for model in shelf.candidates() if model.name != shelf.promoted()]
    shown = {
        "staff": staff, "talk": uuid.uuid4().hex, "others": others, "chosen": request.GET.get("model", ""),
        "languages": [(tag, own_name(tag)) for tag in settings.LANGUAGES_ON_OFFER],
    }  # fmt: skip
    return render(request, "desk/tryout.html", shown)


def _spoken(text: str, asked: str) -> str:
    """The language to answer in: the chosen one, else what the message is in."""
    if asked in settings.LANGUAGES_ON_OFFER:
        return asked
    code = identify(text).code
    tag = ANSWERED_IN.get(code, code)
    return tag if tag in settings.LANGUAGES_ON_OFFER else "nl"


def _shown(request: HttpRequest, number: str, text: str, lang: str, seconds: float) -> HttpResponse:
    try:
        found = trying.answer(number, seconds)
    except LookupError:
        found = {"error": "gone"}
    context: dict[str, Any] = {"number": number, "text": text, "lang": lang, "dir": direction(lang), "found": found}
    return render(request, "desk/_tried.html", context)


@require_POST
@staff_only(_ONLY)
def say(request: HttpRequest, staff: Staff) -> HttpResponse:
    """One message to both; the answer, or a piece that asks for it again while the models are loading."""
    text, models = request.POST.get("text", "").strip()[:_LONGEST], _models(request.POST.get("model", ""))
    if not text or not models:
        raise Http404
    lang = _spoken(text, request.POST.get("lang", ""))
    number = trying.ask(models, f"{staff.user.pk}:{request.POST.get('talk', '')[:32]}", text, lang)
    return _shown(request, number, text, lang, _WAIT_SECONDS)


@require_POST
@staff_only(_ONLY)
def answered(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Is it there by now? (POST: what was typed stays out of addresses, which are logged.)"""
    lang = request.POST.get("lang", "")
    lang = lang if lang in settings.LANGUAGES_ON_OFFER else "nl"
    return _shown(request, request.POST.get("number", "")[:32], request.POST.get("text", "")[:_LONGEST], lang, _WAIT_SECONDS)
