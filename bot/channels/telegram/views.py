"""The webhook. Telegram repeats whatever is not answered with 2xx, so only what may succeed later is refused."""

from __future__ import annotations

import hmac
import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bot.channels.bodies import parse_json, read_body
from bot.channels.refusals import PASSING, come_again
from bot.privacy.logs import event

from .receiving import take_in

__all__ = ["webhook"]

_MAX_BYTES = 1_000_000


def _is_authentic(request: HttpRequest) -> bool:
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "").encode("utf-8", "surrogateescape")
    secret = settings.TELEGRAM_WEBHOOK_SECRET.encode()
    return bool(secret) and hmac.compare_digest(given, secret)


# Telegram has neither our page nor our cookie: the secret header is what tells it from anybody else.
@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """One update. The answer is empty: Telegram would carry out a JSON body that names a method."""
    if not _is_authentic(request):
        event("telegram.refused")
        return HttpResponse(status=403)
    try:
        body = read_body(request, _MAX_BYTES)
        if body is None:
            return HttpResponse(status=413)
        take_in(parse_json(body, "telegram"))
    except (*PASSING, UnreadablePostError) as error:
        event("telegram.try_again", level=logging.WARNING, error=type(error).__name__)
        return come_again()
    return HttpResponse()
