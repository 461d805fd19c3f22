"""A client of the ASGI application that reads a stream as it comes and can hang up, as a browser does."""

import asyncio
import json
from contextlib import asynccontextmanager

from django.core.asgi import get_asgi_application

# For what comes at once: only a busy machine takes longer.
PATIENCE = 30


class Stream:
    """One open request: ``status``, ``headers``, then events one by one."""

    def __init__(self):
        self._chunks, self._started, self._hang_up = asyncio.Queue(), asyncio.Event(), asyncio.Event()
        self._asked, self._rest = False, ""

    async def receive(self):
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._hang_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
            self._started.set()
        else:
            self._chunks.put_nowait(message.get("body", b"").decode() if message.get("more_body") else None)

    async def block(self, seconds=PATIENCE):
        """The next block (up to an empty line), or None at the end of the stream."""
        while "\n\n" not in self._rest:
            chunk = await asyncio.wait_for(self._chunks.get(), seconds)
            if chunk is None:
                return None
            self._rest += chunk
        block, self._rest = self._rest.split("\n\n", 1)
        return block

    async def event(self, seconds=PATIENCE):
        """(event name, id, data) of the next event; comments and ``retry`` are passed over."""
        while (block := await self.block(seconds)) is not None:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "data" in fields:
                return fields["event"], fields.get("id"), json.loads(fields["data"])
        return None


@asynccontextmanager
async def opened(path="/chat/api/stream", query="", **headers):
    """Open a stream, hang up at the end and wait until the server has noticed."""
    stream = Stream()
    headers = {"host": "localhost", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(), "http_version": "1.1",
        "scheme": "http", "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 50000), "server": ("localhost", 8000),
    }  # fmt: skip
    task = asyncio.create_task(get_asgi_application()(scope, stream.receive, stream.send))
    try:
        await asyncio.wait_for(stream._started.wait(), PATIENCE)
        yield stream
    finally:
        stream._hang_up.set()
        await asyncio.wait_for(task, PATIENCE)
