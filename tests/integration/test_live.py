"""One LISTEN connection feeds every open stream."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from django.db import connection, connections

from bot.conversations import inbox
from bot.live import MISSED, Hub, TooManyStreams, hub, read
from tests.integration.streams import PATIENCE, opened

pytestmark = pytest.mark.django_db(transaction=True)


def _notify(payload):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('aanspraak', %s)", [payload])


def _open_connections():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return cursor.fetchone()[0]


def _end_listener():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'aanspraak-live'"
        )
        return cursor.fetchone()[0]


async def _listening(news):
    assert await news.next(PATIENCE) == MISSED


async def test_a_payload_reaches_its_topic_and_no_other():
    """``conversation:1:7`` wakes conversation 1, not conversation 11 and not the desk."""
    live = Hub()
    async with AsyncExitStack() as stack:
        topics = ("conversation:1", "conversation:11", "desk")
        one, other, desk = [await stack.enter_async_context(live.subscribe(topic)) for topic in topics]
        for news in (one, other, desk):
            await _listening(news)
        await read(_notify, "conversation:1:7")
        assert await one.next(PATIENCE) == "conversation:1:7"
        await read(_notify, "desk:3")
        assert await desk.next(PATIENCE) == "desk:3"
        assert await other.next(0.05) is None


async def test_a_lost_connection_comes_back_and_tells_everybody_to_read_again():
    """After the LISTEN connection was ended by the server, subscribers get MISSED and then news again."""
    live = Hub()
    async with live.subscribe("desk") as news:
        await _listening(news)
        assert await read(_end_listener) == 1
        assert await news.next(PATIENCE) == MISSED
        await read(_notify, "desk:4")
        assert await news.next(PATIENCE) == "desk:4"


async def test_nobody_listening_leaves_no_connection():
    """When the last stream has ended the LISTEN connection is closed too."""
    live = Hub()
    async with live.subscribe("desk") as news:
        await _listening(news)
        assert await read(_open_connections) >= 1
    for _ in range(PATIENCE * 20):
        if await read(_open_connections) == _of_this_test():
            return
        await asyncio.sleep(0.05)
    pytest.fail("The LISTEN connection stayed open.")


def _of_this_test():
    """The connection of pytest-django's own thread, if it opened one."""
    return int(connections["default"].connection is not None)


async def test_waiting_for_news_may_be_cut_short_without_losing_any():
    """A heartbeat's time-out just before a payload does not swallow it."""
    live = Hub()
    async with live.subscribe("desk") as news:
        await _listening(news)
        assert await news.next(0.01) is None
        news.put("desk:1")
        news.put("desk:2")
        assert [await news.next(PATIENCE), *news.drain()] == ["desk:1", "desk:2"]


async def test_a_session_and_an_address_may_hold_only_so_many_streams():
    """The cap refuses with TooManyStreams, counts apart, and frees a place when a stream ends."""
    live = Hub(per_key=2, per_address=3)
    async with AsyncExitStack() as stack:
        for key in ("a", "a", "b"):
            await stack.enter_async_context(live.subscribe("desk", key=key, address="192.0.2.1"))
        with pytest.raises(TooManyStreams):
            live.check(key="a")
        with pytest.raises(TooManyStreams):
            live.check(key="c", address="192.0.2.1")
        live.check(key="c", address="192.0.2.2")
    live.check(key="a", address="192.0.2.1")


async def test_forty_open_streams_hold_few_database_connections():
    """Forty residents reading at once: one LISTEN connection and no more reader connections than reader threads."""
    tokens = [f"token-{i}" for i in range(40)]
    ids = [(await read(inbox.open_conversation, "webchat", token)).pk for token in tokens]
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(opened(authorization=f"Bearer {token}")) for token in tokens]
        for stream in streams:
            assert await stream.block() == "retry: 2000"
        await asyncio.sleep(0.2)
        assert await read(_open_connections) <= 1 + 4 + _of_this_test()
        await read(inbox.receive, inbox.Incoming("webchat", tokens[7], text="merhaba"))
        name, position, data = await streams[7].event()
        assert (name, position, data["text"]) == ("message", "1", "merhaba")
    assert not hub._subscribers
    assert len(set(ids)) == 40
