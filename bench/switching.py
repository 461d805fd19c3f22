"""Does a turn get lost, or wait, while the running Rasa changes its model under load?

    ./run --no-browser                                                    (in another terminal)
    uv run python -m bench.switching --port 8000 MODEL                    (our endpoint, as `aanspraak promote` does it)
    uv run python -m bench.switching --port 8000 MODEL --rasa             (Rasa's own PUT /model)

Residents write at an even pace in the web chat; after a third of the time the model is changed. Counted: messages and answers,
and how long each took.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
import uuid

import httpx

from bench.turns import messages, percentile
from bot import settings
from bot.learning.promotion import rasa_addresses
from bot.learning.shelf import model_path

_EACH = 10  # messages a resident
_WAIT_SECONDS = 90


async def _call(client: httpx.AsyncClient, method: str, address: str, **more) -> httpx.Response:
    """As the chat page does: a request that broke off is sent again; the message's own id makes that harmless."""
    for _ in range(20):
        try:
            answer = await client.request(method, address, **more)
            if answer.status_code < 500:
                return answer
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.5)
    raise SystemExit(f"{address} does not answer")


async def _resident(
    client: httpx.AsyncClient, texts: list[str], every: float, times: list[tuple[float, float]], lost: list[str]
) -> None:
    token = (await _call(client, "POST", "/sessions", json={})).json()["session"]
    headers = {"Authorization": f"Bearer {token}"}
    for text in texts:
        began = time.monotonic()
        position = (
            await _call(client, "POST", "/messages", json={"text": text, "id": uuid.uuid4().hex}, headers=headers)
        ).json()["id"]
        while not (await _call(client, "GET", f"/messages?after={position}", headers=headers)).json():
            if time.monotonic() - began > _WAIT_SECONDS:
                lost.append(text)
                return
            await asyncio.sleep(0.1)
        times.append((began, time.monotonic() - began))
        await asyncio.sleep(max(0.0, every - (time.monotonic() - began)))


async def _switch(model: str, rasas_own: bool) -> float:
    began = time.monotonic()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {settings.RASA_TOKEN}"}, timeout=180) as client:
        if rasas_own:
            answer = await client.put(
                f"{rasa_addresses()[0]}/model", params={"token": settings.RASA_TOKEN}, json={"model_file": str(model_path(model))}
            )
        else:
            answer = await client.put(f"{rasa_addresses()[0]}/webhooks/turns/model", json={"model": model})
    assert answer.status_code in (200, 204), answer.text
    return time.monotonic() - began


async def main(port: int, model: str, rate: float, residents: int, rasas_own: bool) -> None:
    """Write, switch in the middle, and print what became of the messages."""
    texts, times, lost = messages(residents * _EACH), [], []
    every, seconds = residents / rate, residents * _EACH / rate
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/chat/api", timeout=60) as client:
        began, writing = time.monotonic(), []
        for number in range(residents):
            mine = texts[number * _EACH : (number + 1) * _EACH]
            writing.append(asyncio.create_task(_resident(client, mine, every, times, lost)))
            await asyncio.sleep(1 / rate)
        await asyncio.sleep(max(0.0, seconds / 3 - (time.monotonic() - began)))
        start = time.monotonic()
        took = await _switch(model, rasas_own)
        await asyncio.gather(*writing)
    during = [wait for at, wait in times if start - 1 <= at <= start + took]
    others = [wait for at, wait in times if not start - 1 <= at <= start + took]
    print(f"{len(texts)} messages, {len(times)} answered, {len(lost)} lost; switching took {took:.1f} s")
    for name, waits in (("before and after", others), ("while switching", during)):
        if waits:
            slow = f"p95 {percentile(waits, 0.95):.2f} s  max {max(waits):.2f} s"
            print(f"{name:17} n={len(waits):4}  median {statistics.median(waits):.2f} s  {slow}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--port", type=int, default=settings.PORT)
    parser.add_argument("--rate", type=float, default=10, help="messages a second")
    parser.add_argument("--residents", type=int, default=40)
    parser.add_argument("--rasa", action="store_true", help="Rasa's own PUT /model")
    asked = parser.parse_args()
    asyncio.run(main(asked.port, asked.model, asked.rate, asked.residents, asked.rasa))
