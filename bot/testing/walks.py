"""Random walks: residents who write plausible things and nonsense in every language, and what must never happen to them.

Everything goes over the web chat's JSON contract; only the keys and the handovers are looked up in the database afterwards.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.language.examples import examples

__all__ = ["Walk", "faults", "walk"]

_NONSENSE = (
    "?", "…", "🙂", "😢😢", "asdf qwer", "blorp fnirt", "1", "0", "3061", "12345678901", "ok", "nee", "ja", "ja ja ja", "vrijdag",
    "merhaba ik snap die بريد niet", "\u202eolleh", "a" * 3000, "/restart", "{{team}}", "<b>hoi</b>", "stop", "wis alles",
)  # fmt: skip
# After these the resident has the last word, or a person.
_LAST_WORDS = (
    "rights.wiped",
    "turn.slow",
    "turn.too_long",
    "utter_trust",
    "rights.show",
    "held.",
    "handover.nobody_fits",
    "learning.",
    "story.text",  # a message of its own, to forward
)
_WAIT_SECONDS = 30


@dataclass
class Walk:
    """One resident's way: what was done and, for each step, what the bot answered."""

    seed: int
    token: str = ""
    steps: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def _something(rng: random.Random, offered: list[dict[str, str]], plausible: list[str]) -> dict[str, str]:
    chance = rng.random()
    if offered and chance < 0.5:
        return {"payload": rng.choice(offered)["payload"]}
    return {"text": rng.choice(_NONSENSE) if chance > 0.85 else rng.choice(plausible)}


def walk(base: str, seed: int, turns: int = 30) -> Walk:
    """Walk ``turns`` steps against the chat at ``base`` (its origin); a status from 500 on or no answer is an error."""
    rng, found = random.Random(seed), Walk(seed)
    tags = rng.sample(sorted({row.tag for row in examples()}), 2)
    plausible = [row.text for row in examples() if row.tag in tags]
    with httpx.Client(base_url=f"{base}/chat/api", timeout=30) as client:
        found.token = client.post("/sessions", json={}).json()["session"]
        client.headers["Authorization"] = f"Bearer {found.token}"
        offered: list[dict[str, str]] = []
        for _ in range(turns):
            body = _something(rng, offered, plausible)
            replies = _one_turn(client, body, found)
            found.steps.append((str(body), replies))
            offered = [button for reply in replies for button in reply["buttons"]]
    return found


def _one_turn(client: httpx.Client, body: dict[str, str], found: Walk) -> list[dict[str, Any]]:
    answer = client.post("/messages", json=body)
    while answer.status_code == 429:
        time.sleep(1)
        answer = client.post("/messages", json=body)
    if answer.status_code >= 400:
        if answer.status_code >= 500:
            found.errors.append(f"{answer.status_code} for {body}")
        return []
    position, deadline = answer.json()["id"], time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        replies = [m for m in client.get("/messages", params={"after": position}).json() if m["author"] == "bot"]
        if replies:
            return replies
        time.sleep(0.03)
    found.errors.append(f"no answer to {body}")
    return []


def faults(found: Walk, keys: Callable[[str], dict[int, str]]) -> Iterator[str]:
    """What went wrong on a walk; ``keys`` gives position to catalogue key of one session's bot messages."""
    yield from found.errors
    known = keys(found.token)
    said = [(reply, known.get(reply["id"], "")) for _, replies in found.steps for reply in replies]
    for (one, _), (two, _), (three, key) in zip(said, said[1:], said[2:]):
        if one["text"] == two["text"] == three["text"]:
            yield f"three times the same: {key}"
    for done, replies in found.steps:
        last = replies[-1] if replies else None
        if last and not last["buttons"] and not known.get(last["id"], "").startswith(_LAST_WORDS):
            yield f"dead end after {done}: {known.get(last['id'])}"
