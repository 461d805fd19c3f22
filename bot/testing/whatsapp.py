"""A fake WhatsApp Cloud API on 127.0.0.1: it keeps WhatsApp's limits, records every call, and fails when it is told to.

>>> with FakeWhatsApp() as fake:                                                            # doctest: +SKIP
...     # the program under test runs with WHATSAPP_TOKEN=fake.token and WHATSAPP_API_BASE=fake.base
...     fake.webhook = ("http://127.0.0.1:8000/channels/whatsapp/webhook", "app secret")
...     fake.say("31600000001", "merhaba")             # signed, posted to the webhook; returns its status
...     fake.will(error(130429, 429, retry_after=7))   # the next send is refused
...     fake.tap("31600000001", "Een brief")           # a button or row of the newest message
...     fake.status(fake.sent("31600000001")[-1]["id"], "read")
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .forms import read_form
from .server import ProviderRequest, ProviderServer
from .whatsapp_answers import Answer, Refused, broken_json, cut_off, error, server_error, silence
from .whatsapp_bodies import DISPLAY_NUMBER, PHONE_ID, WABA_ID, body, change, message, status
from .whatsapp_rules import choices, refusal

__all__ = ["Answer", "Call", "FakeWhatsApp", "broken_json", "cut_off", "error", "server_error", "silence"]


@dataclass(frozen=True)
class Call:
    """One request: method, path, the JSON it carried, and when (time.monotonic)."""

    method: str
    path: str
    params: dict[str, Any]
    at: float


@dataclass
class FakeWhatsApp(ProviderServer):
    """The server; ``base`` is for WHATSAPP_API_BASE. ``calls``: every request, in order; ``media``: id → (content, mime type).

    ``templates``: as listed; ``next_ids``: ids that the next messages get; ``signs``: answers to the next marks as read;
    ``arrives``: called with the recipient before a message is taken.
    """

    token: str = "EAAFakeTokenForTestsOnly"
    phone_id: str = PHONE_ID
    calls: list[Call] = field(default_factory=list)
    webhook: tuple[str, str] | None = None
    media: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    templates: list[dict[str, Any]] = field(default_factory=list)
    next_ids: deque[str] = field(default_factory=deque)
    signs: deque[Answer] = field(default_factory=deque)
    arrives: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        self._answers: deque[Answer] = deque()
        self._sent: dict[str, list[dict[str, Any]]] = {}
        self._held: list[dict[str, Any]] | None = None
        self._lock = threading.Lock()
        self._next = 0
        self.listen(_Request)

    # --- what a test tells it -----------------------------------------------------------------------------------

    def will(self, *answers: Answer) -> None:
        """Answer the next sends so, in this order; afterwards as usual."""
        self._answers.extend(answers)

    def say(self, sender: str, content: dict[str, Any] | str, times: int = 1, **more: Any) -> int | None:
        """A person writes (``times``: WhatsApp repeats itself); as ``deliver``."""
        made = body(change([message(sender, content, **more)]))
        return [self.deliver(made) for _ in range(times)][-1]

    def tap(self, sender: str, title: str) -> int | None:
        """A person taps the newest button or row with this title; as ``deliver``."""
        for sent in reversed(self.sent(sender)):
            for kind, found in choices(sent):
                if found["title"] == title:
                    return self.say(sender, {"type": "interactive", "interactive": {"type": kind, kind: found}})
        raise AssertionError("No such button was sent.")

    def status(self, provider_id: str, state: str, code: int | None = None, times: int = 1, **more: Any) -> int | None:
        """News of a message we sent; as ``deliver``."""
        made = body(change(statuses=[status(provider_id, state, code, **more)]))
        return [self.deliver(made) for _ in range(times)][-1]

    def hold(self) -> None:
        """Keep what is to be delivered, until ``release``."""
        self._held = []

    def release(self, order: Callable[[list], list] = lambda bodies: bodies[::-1]) -> list[int | None]:
        """Deliver what was held, in another order: by default the last first."""
        held, self._held = self._held or [], None
        return [self.deliver(found) for found in order(held)]

    def deliver(self, found: dict[str, Any]) -> int | None:
        """Sign and post to the webhook; returns its status, or None while held or without a webhook."""
        if self._held is not None:
            self._held.append(found)
            return None
        if not self.webhook:
            return None
        (address, secret), raw = self.webhook, json.dumps(found).encode()
        signed = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        return self.post(address, raw, {"X-Hub-Signature-256": f"sha256={signed}"})

    def sent(self, recipient: str) -> list[dict[str, Any]]:
        """What went to this number or user id, in order, each with the ``id`` it got."""
        return list(self._sent.get(recipient, []))

    def texts(self, recipient: str) -> list[str]:
        """The words of ``sent``."""
        return [
            s.get("text", {}).get("body") or s.get("interactive", {}).get("body", {}).get("text", "")
            for s in self.sent(recipient)
        ]

    # --- what the server does -----------------------------------------------------------------------------------

    def answer(self, token: str, method: str, path: str, params: dict[str, Any]) -> Answer:
        """The answer to one request."""
        self.calls.append(Call(method, path, params, time.monotonic()))
        if token != self.token:
            return error(190, 401)
        if method == "POST" and path.endswith("/messages"):
            return self._messages(params)
        if method == "POST" and path.endswith("/media"):
            return self._upload(params)
        return self._look_up(path)

    def _messages(self, params: dict[str, Any]) -> Answer:
        if params.get("status") == "read":
            return self.signs.popleft() if self.signs else Answer(200, b'{"success": true}')
        told = self._answers.popleft() if self._answers else None
        if told and not told.carry_out:
            return told
        if refused := refusal(params):
            return error(refused)
        usual = self._store(params)
        if told and (told.body or told.cut):
            return told
        return Answer(200, usual, told.seconds if told else 0)

    def _upload(self, params: dict[str, Any]) -> Answer:
        if not isinstance(params.get("file"), bytes) or not params.get("type"):
            return error(100)
        with self._lock:
            name = f"10{len(self.media) + 1}"
            self.media[name] = (params["file"], params["type"])
        return Answer(200, json.dumps({"id": name}).encode())

    def _store(self, params: dict[str, Any]) -> bytes:
        to = params.get("to") or params.get("recipient")
        if self.arrives:
            self.arrives(to)
        with self._lock:
            self._next += 1
            provider_id = self.next_ids.popleft() if self.next_ids else f"wamid.FAKE{id(self)}.{self._next}"
            self._sent.setdefault(to, []).append({**params, "id": provider_id})
        found = {"contacts": [{"input": to, "wa_id": to}], "messages": [{"id": provider_id}], "messaging_product": "whatsapp"}
        return json.dumps(found).encode()

    def _look_up(self, path: str) -> Answer:
        name = path.rstrip("/").rsplit("/", 1)[-1]
        if path.startswith("/files/") and name in self.media:
            return Answer(200, self.media[name][0])
        if name in self.media:
            content, mime = self.media[name]
            found = {"messaging_product": "whatsapp", "url": f"{self.base}/files/{name}", "mime_type": mime, "id": name,
                     "sha256": hashlib.sha256(content).hexdigest(), "file_size": len(content)}  # fmt: skip
        elif name == "message_templates":
            found = {"data": self.templates, "paging": {}}
        elif name == self.phone_id:
            found = {"id": name, "display_phone_number": DISPLAY_NUMBER, "verified_name": "Demo", "quality_rating": "GREEN",
                     "code_verification_status": "VERIFIED", "platform_type": "CLOUD_API"}  # fmt: skip
        elif name == WABA_ID:
            found = {"id": name, "name": "Demo"}
        else:
            return error(100, 404, error_subcode=33)
        return Answer(200, json.dumps(found).encode())


class _Request(ProviderRequest):
    def do_POST(self) -> None:
        """Every call, by POST with JSON and by GET alike."""
        raw = self.body()
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        kind = self.headers.get("Content-Type", "")
        params = json.loads(raw) if raw and "json" in kind else read_form(kind, raw) if "multipart" in kind else {}
        try:
            answer = self.fake.answer(token, self.command, urlsplit(self.path).path, params)
        except Refused as refused:
            answer = refused.answer
        self.give(answer)

    do_GET = do_POST
