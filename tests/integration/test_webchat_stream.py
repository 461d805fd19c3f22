"""The web chat's stream: nothing lost or doubled, alive when quiet, and ended by a wipe."""

import pytest

from bot.channels.webchat import stream
from bot.conversations import inbox, outbox
from bot.conversations.models import Conversation
from bot.live import Hub, read
from tests.integration.streams import opened
from tests.integration.webchat_helpers import bot_says, fresh_limits  # noqa: F401

pytestmark = pytest.mark.django_db
# A stream reads in other threads: it sees only what is committed.
committed = pytest.mark.django_db(transaction=True)


async def _session():
    token = "stream-token"
    conversation = await read(inbox.open_conversation, "webchat", token)
    return conversation.pk, token, {"authorization": f"Bearer {token}"}


async def _says(token, text):
    await read(bot_says, token, text)


@committed
async def test_the_stream_sends_what_is_there_and_then_what_comes():
    """``id`` is the position, ``event`` is message, ``data`` is the message of the contract."""
    _, token, headers = await _session()
    await _says(token, "een")
    async with opened(**headers) as live:
        assert live.status == 200
        assert live.headers["content-type"].startswith("text/event-stream")
        assert await live.block() == "retry: 2000"
        name, position, data = await live.event()
        assert (name, position, data["text"], data["author"]) == ("message", "1", "een", "bot")
        await _says(token, "twee")
        assert (await live.event())[2]["text"] == "twee"


@committed
async def test_a_lost_stream_goes_on_after_the_last_event():
    """Last-Event-ID wins over the address, which the browser repeats; nothing is lost or doubled."""
    _, token, headers = await _session()
    for text in ("een", "twee", "drie"):
        await _says(token, text)
    async with opened(query="after=0", last_event_id="2", **headers) as live:
        assert (await live.event())[1] == "3"
    async with opened(query="after=1", **headers) as live:
        assert [(await live.event())[1] for _ in range(2)] == ["2", "3"]


@committed
async def test_a_quiet_stream_shows_that_it_is_alive(monkeypatch):
    """A comment comes when nothing else does."""
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    _, _, headers = await _session()
    async with opened(**headers) as live:
        assert await live.block() == "retry: 2000"
        assert (await live.block()).startswith(":")


@committed
async def test_a_wipe_is_told_and_ends_the_stream():
    """``event: wiped`` carries the last words, which stand in no database."""
    pk, _, headers = await _session()
    async with opened(**headers) as live:
        await live.block()
        await read(_wipe, pk)
        name, position, data = await live.event()
        assert (name, position) == ("wiped", None)
        assert data["text"]
        assert await live.event() is None


def _wipe(pk):
    from django.db import transaction

    with transaction.atomic():
        Conversation.objects.get(pk=pk).resident.delete()
        outbox.announce(f"conversation:{pk}:wiped")


@committed
async def test_a_stream_without_a_session_is_refused_as_json():
    """401, not an empty stream that a browser would open again and again."""
    async with opened(authorization="Bearer nobody") as live:
        assert live.status == 401


@committed
async def test_too_many_streams_of_one_session_are_refused(monkeypatch):
    """429 with Retry-After; the others go on."""
    monkeypatch.setattr("bot.channels.webchat.views.hub", small := Hub(per_key=1))
    monkeypatch.setattr("bot.channels.webchat.stream.hub", small)
    _, _, headers = await _session()
    async with opened(**headers) as first:
        await first.block()
        async with opened(**headers) as second:
            assert second.status == 429
            assert "retry-after" in second.headers
