"""The endpoints of the web chat's contract.

CSRF tokens are not used: a browser sends no cross-site JSON without asking us first (CORS, which we never grant), the
Origin is checked besides, and the cookie is SameSite=Lax.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bot.channels.refusals import PASSING
from bot.conversations import inbox
from bot.conversations.exceptions import EmptyMessage, UnknownButton
from bot.conversations.models import Conversation, Recording
from bot.conversations.outbox import public_messages
from bot.conversations.texts import say
from bot.conversations.typing import RESIDENT, tell_typing
from bot.live import TooManyStreams, hub, read
from bot.privacy.logs import event

from . import exceptions, limits, parsing, session
from .exceptions import WebchatError
from .page import language_of
from .stream import Place, events

__all__ = ["history", "language", "messages", "sessions", "stream", "typing", "voice"]

_SEEN_EVERY = timedelta(seconds=30)
View = Callable[..., HttpResponse]


def _refuse(request: HttpRequest, error: WebchatError) -> JsonResponse:
    event("webchat.refused", code=error.code, status=error.status)
    said = say(f"chat.error.{error.code}", language_of(request))
    body = {"error": {"code": error.code, "message": said.text}}
    return JsonResponse(body, status=error.status, headers=error.headers)


def _api(method: str) -> Callable[[View], View]:
    """A sync endpoint: its request checked, its refusals answered as JSON."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: int) -> HttpResponse:
            try:
                session.check_request(request, method)
                return view(request, **kwargs)
            except WebchatError as error:
                return _refuse(request, error)
            except PASSING:
                return _refuse(request, exceptions.Unavailable(headers={"Retry-After": "2"}))

        return csrf_exempt(guarded)

    return decorate


@_api("POST")
def sessions(request: HttpRequest) -> HttpResponse:
    """A new session: its token in the body, for programs, and in a cookie, for the page."""
    opening = parsing.parse_opening(parsing.parse_object(session.read_body(request)))
    address = request.META.get("REMOTE_ADDR", "")
    if not limits.is_this_machine(address):
        limits.sessions.take(limits.neighbourhood(address))
    token = session.new_token()
    inbox.open_conversation(session.CHANNEL, token, opening.language or language_of(request), opening.start)
    response = JsonResponse({"session": token}, status=201)
    session.remember(response, token)
    return response


@_api("POST")
def _post(request: HttpRequest) -> HttpResponse:
    posting = parsing.parse_posting(parsing.parse_object(session.read_body(request)))
    token = session.token_of(request)
    conversation = session.conversation_of(token)
    _brake(request, limits.messages, conversation)
    response = JsonResponse({"id": _receive(conversation, token, posting)}, status=202)
    session.renew(request, response, conversation)
    return response


def _brake(request: HttpRequest, window: limits.Window, conversation: Conversation) -> None:
    """TooFast beyond what a hand can do; on a demo machine the bench and a developer's scripts are as fast as they can be."""
    if settings.PUBLIC_BASE_URL or not limits.is_this_machine(request.META.get("REMOTE_ADDR", "")):
        window.take(str(conversation.pk))


def _receive(conversation: Conversation, token: str, posting: parsing.Posting) -> int:
    # A client's ids are its own: two sessions may both begin at 1.
    provider_id = f"{conversation.address_hash}:{posting.client_id}" if posting.client_id else None
    kind = "tap" if posting.payload else "text"
    incoming = inbox.Incoming(
        session.CHANNEL, token, kind=kind, text=posting.text, button_id=posting.payload, provider_id=provider_id
    )
    try:
        return inbox.receive(incoming).position
    except EmptyMessage:
        raise exceptions.EmptyText from None
    except UnknownButton:
        raise exceptions.UnknownButton from None


@_api("GET")
def history(request: HttpRequest) -> HttpResponse:
    """Every message after a position; asking is looking, and renews the cookie: an answer may come after a month."""
    after = parsing.parse_after(request.GET.get("after"))
    conversation = session.conversation_of(session.token_of(request))
    _brake(request, limits.reading, conversation)
    now = timezone.now()
    stale = Q(seen_at=None) | Q(seen_at__lt=now - _SEEN_EVERY)
    Conversation.objects.filter(stale, pk=conversation.pk).update(seen_at=now)
    response = JsonResponse(public_messages(conversation.pk, after), safe=False)
    session.renew(request, response, conversation)
    return response


@csrf_exempt
def messages(request: HttpRequest) -> HttpResponse:
    """POST stores one, GET reads."""
    if request.method not in {"GET", "POST"}:
        return _refuse(request, exceptions.WrongMethod(headers={"Allow": "GET, POST"}))
    return _post(request) if request.method == "POST" else history(request)


@_api("POST")
def language(request: HttpRequest) -> HttpResponse:
    """The resident's explicit choice."""
    tag = parsing.parse_language(parsing.parse_object(session.read_body(request)))
    conversation = session.conversation_of(session.token_of(request))
    try:
        inbox.choose_language(conversation.pk, tag)
    except ValueError:
        raise exceptions.UnknownLanguage from None
    except Conversation.DoesNotExist:  # wiped at this very moment
        raise exceptions.UnknownSession from None
    return JsonResponse({"language": tag})


@_api("GET")
def voice(request: HttpRequest, number: int) -> HttpResponse:
    """The sound behind a message's ``voice``, for who has a conversation here."""
    _brake(request, limits.reading, session.conversation_of(session.token_of(request)))
    found = Recording.objects.filter(pk=number).first()
    if found is None:
        raise exceptions.UnknownVoice
    return HttpResponse(bytes(found.content), content_type=found.mime)


@_api("POST")
def typing(request: HttpRequest) -> HttpResponse:
    """The resident is writing: for the person who holds the chat; nothing is kept."""
    conversation = session.conversation_of(session.token_of(request))
    _brake(request, limits.typing, conversation)
    return JsonResponse({"told": tell_typing(conversation, RESIDENT)}, status=202)


def _place(request: HttpRequest) -> Place:
    session.check_request(request, "GET")
    last = request.headers.get("Last-Event-ID", "")
    # The header comes from the browser by itself and is newer than the address it asks again.
    after = parsing.parse_after(last if last.isdecimal() and last.isascii() else request.GET.get("after"))
    conversation = session.conversation_of(session.token_of(request))
    address = request.META.get("REMOTE_ADDR", "")
    counted = "" if limits.is_this_machine(address) else limits.neighbourhood(address)
    return Place(conversation.pk, after, str(conversation.pk), counted, conversation.language)


async def stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The same messages as they come, as server-sent events."""
    try:
        place = await read(_place, request)
        hub.check(place.key, place.address)
    except WebchatError as error:
        return await read(_refuse, request, error)
    except TooManyStreams:
        return await read(_refuse, request, exceptions.TooManyWindows(headers={"Retry-After": "5"}))
    except PASSING:
        return await read(_refuse, request, exceptions.Unavailable(headers={"Retry-After": "2"}))
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return StreamingHttpResponse(events(place), content_type="text/event-stream; charset=utf-8", headers=headers)
