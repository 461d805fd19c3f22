"""The door of the providers' webhooks, as the server has it in front of Django's own."""

import asyncio

import httpx
import pytest
from django.core.asgi import get_asgi_application
from django.db import connections

from bot.conversations.models import Message
from bot.webhooks import Webhooks
from tests.integration.telegram_setting import PATH, SECRET, an_update, fake_telegram, said

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_telegram(settings, monkeypatch) as server:
        yield server


def ask(*calls, host="localhost"):
    """The answers to (method, path, options), one after another."""
    # One thread, so that its connection can be closed: here it keeps it, the web process has a pool.
    door = Webhooks(get_asgi_application(), threads=1)

    async def each():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url=f"http://{host}") as client:
            return [await client.request(method, path, **options) for method, path, options in calls]

    found = asyncio.run(each())
    door._threads.submit(connections.close_all).result()
    return found


def update(text, secret=SECRET):
    return "POST", PATH, {"json": an_update(text=text), "headers": {"X-Telegram-Bot-Api-Secret-Token": secret}}


def test_a_webhook_is_taken_in_without_a_session(fake):
    """As through Django's whole stack: stored once, with the headers of every answer, and no cookie."""
    answer, refused = ask(update("hoi"), update("nee", "wrong"))
    assert (answer.status_code, refused.status_code) == (200, 403)
    assert said() == ["hoi"]
    for one in (answer, refused):
        assert one.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in one.headers["Content-Security-Policy"]
        assert "set-cookie" not in one.headers


def test_strange_calls_get_what_django_gives(fake):
    """A wrong method, an address that is none, a host that is not ours; what is no webhook is Django's."""
    answers = ask(("GET", PATH, {}), ("POST", "/channels/x", {}), ("GET", "/healthz", {}))
    answers += ask(update("hoi"), host="elsewhere.example")
    assert [answer.status_code for answer in answers] == [405, 404, 200, 400]
    assert all(answer.headers["X-Content-Type-Options"] == "nosniff" for answer in answers)
    assert not Message.objects.exists()


def test_an_error_of_ours_is_an_answer(fake, monkeypatch):
    """500, so that the provider comes again."""
    monkeypatch.setattr("bot.channels.telegram.views.take_in", lambda raw: 1 / 0)
    (answer,) = ask(update("hoi"))
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (500, "nosniff")


def test_who_waited_long_for_a_thread_is_sent_away(fake, monkeypatch):
    """As without a database, where each call holds a thread for seconds: nothing piles up, and the provider comes again."""
    monkeypatch.setattr("bot.webhooks._LONGEST_WAIT", -1)
    (answer,) = ask(update("hoi"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert not Message.objects.exists()


def test_who_goes_away_in_the_midst_has_said_nothing(fake):
    """Half a body is no update, even where that half could be read."""
    parts = [{"type": "http.request", "body": b"{}", "more_body": True}, {"type": "http.disconnect"}]
    sent = []

    async def receive():
        return parts.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": [(b"host", b"localhost")]}
    asyncio.run(Webhooks(None)(scope, receive, send))
    assert (parts, sent) == ([], [])
