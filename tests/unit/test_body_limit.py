"""Nobody fills the disk: too much is refused before it is read."""

import asyncio

import pytest

from bot.body_limit import BodyLimit


def ask(chunks, headers=(), most=10):
    """(status sent by the limit or None, what the application read)."""
    sent, read, left = [], [], list(chunks)

    async def receive():
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message):
        sent.append(message)

    async def app(scope, receive, send):
        while (message := await receive())["type"] == "http.request":
            read.append(message["body"])
            if not message["more_body"]:
                return
        read.append("cut off")

    asyncio.run(BodyLimit(app, most)({"type": "http", "headers": list(headers)}, receive, send))
    return sent[0]["status"] if sent else None, read


@pytest.mark.parametrize(
    ("chunks", "headers", "outcome"),
    [
        ([b"12345", b"67890"], [(b"content-length", b"10")], (None, [b"12345", b"67890"])),
        ([b"12345"], [(b"content-length", b"11")], (413, [])),
        ([b"12345", b"678901"], [], (None, [b"12345", "cut off"])),  # nothing announced, or a lie
        ([b"1"], [(b"content-length", b"many")], (None, [b"1"])),
    ],
)
def test_too_much_is_never_read(chunks, headers, outcome):
    """By what is announced, else by what comes."""
    assert ask(chunks, headers) == outcome


def test_other_connections_pass():
    """Starting up is no request."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(BodyLimit(app, 1)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
