"""The webhook. WhatsApp repeats whatever is not answered with 2xx, for days: only what may succeed later is refused."""

from __future__ import annotations

import hashlib
import hmac
import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bot.channels.bodies import parse_json, read_body
from bot.channels.refusals import PASSING, come_again
from bot.privacy.logs import event

from .batches import store_for_later
from .receiving import take_in

__all__ = ["signature", "webhook"]

_MAX_BYTES = 3_200_000
# A body of more is stored as it is and read by a worker: the answer must come within a second.
_AT_ONCE_BYTES = 100_000
_PREFIX = b"sha256="


def signature(body: bytes, secret: str) -> bytes:
    """The header's value for these bytes."""
    return _PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def _is_authentic(request: HttpRequest, body: bytes) -> bool:
    given = request.headers.get("X-Hub-Signature-256", "").encode("utf-8", "surrogateescape")
    secret = settings.WHATSAPP_APP_SECRET
    return bool(secret) and hmac.compare_digest(given, signature(body, secret))


def _verify(request: HttpRequest) -> HttpResponse:
    """Meta asks once, when the address is entered, whether we know the word that was agreed."""
    given = request.GET.get("hub.verify_token", "").encode("utf-8", "surrogateescape")
    token = settings.WHATSAPP_VERIFY_TOKEN.encode()
    known = bool(token) and hmac.compare_digest(given, token)
    if not known or request.GET.get("hub.mode") != "subscribe" or "hub.challenge" not in request.GET:
        event("whatsapp.verify_refused")
        return HttpResponse(status=403)
    return HttpResponse(request.GET["hub.challenge"][:500], content_type="text/plain; charset=utf-8")


# WhatsApp has neither our page nor our cookie: the signature is what tells it from anybody else.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest) -> HttpResponse:
    """One call: the verify challenge, or a signed body with any number of items."""
    if request.method == "GET":
        return _verify(request)
    try:
        body = read_body(request, _MAX_BYTES)
        if body is None:
            return HttpResponse(status=413)
        if not _is_authentic(request, body):
            event("whatsapp.refused")
            return HttpResponse(status=403)
        if len(body) > _AT_ONCE_BYTES:
            store_for_later(body)
        else:
            take_in(parse_json(body, "whatsapp"))
    except (*PASSING, UnreadablePostError) as error:
        event("whatsapp.try_again", level=logging.WARNING, error=type(error).__name__)
        return come_again()
    return HttpResponse()
