"""Notices on this device: turning them on and off, the worker that shows them, and the desk on a phone's home screen."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.templatetags.static import static
from django.views.decorators.http import require_POST, require_safe

from bot.neighbourhood.models import Helper

from ..access import helper_only
from ..push import NoMailbox, forget, remember

__all__ = ["device", "manifest", "worker"]

_WORKER = Path(__file__).resolve().parents[1] / "static" / "desk" / "worker.js"


@require_POST
@helper_only
def device(request: HttpRequest, helper: Helper) -> HttpResponse:
    """Remember or forget the browser's mailbox."""
    address = request.POST.get("address", "")
    if request.POST.get("turn") == "off":
        forget(helper, address)
        return HttpResponse(status=204)
    try:
        remember(helper, address)
    except NoMailbox:
        return HttpResponse(status=422)
    return HttpResponse(status=204)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """From below /desk/, so that it may open the desk's pages; the same for everybody."""
    return HttpResponse(_WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the desk on its home screen: an iPhone shows notices only from there, says Apple."""
    start = resolve_url("desk:overview")
    icons = [
        {"src": static("desk/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("desk/icon-192.png"), "sizes": "192x192", "type": "image/png"},
    ]
    page = {"name": "Aanspraak", "start_url": start, "scope": start, "id": start, "display": "standalone", "icons": icons}
    return JsonResponse({**page, "lang": "nl", "background_color": "#ffffff"}, content_type="application/manifest+json")
