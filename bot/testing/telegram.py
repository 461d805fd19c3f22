"""A fake Bot API server on 127.0.0.1: it keeps Telegram's rules, records every call, and fails when it is told to.

>>> with FakeTelegram() as fake:                                                            # doctest: +SKIP
...     # the program under test runs with TELEGRAM_TOKEN=fake.token and TELEGRAM_API_BASE=fake.base
...     fake.say(7001, "merhaba")                      # waits for getUpdates, or goes to the webhook that was set
...     fake.will("sendMessage", too_many(7))          # the next sendMessage is refused
...     fake.tap(7001, "Een brief")                    # a button of the last message with buttons in this chat
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .forms import read_form
from .server import ProviderRequest, ProviderServer
from .telegram_answers import (
    Answer,
    Refused,
    bad_request,
    blocked,
    broken_json,
    cut_off,
    refusal,
    server_error,
    silence,
    too_many,
)  # fmt: skip
from .telegram_methods import Methods
from .telegram_updates import callback_update, membership_update, message_update

__all__ = [
    "Answer", "Call", "FakeTelegram", "bad_request", "blocked", "broken_json", "cut_off", "server_error", "silence", "too_many",
]  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One request: the method's name, its parameters with JSON read, and when (time.monotonic)."""

    method: str
    params: dict[str, Any]
    at: float


@dataclass
class FakeTelegram(ProviderServer, Methods):
    """The server; ``base`` is for TELEGRAM_API_BASE. ``calls``: every request, in order; ``webhook``: (address, secret) once set.

    ``files``: file id → content, which getFile leads to; ``arrives``: called with the chat before a message is taken.
    """

    token: str = "123456789:AAFakeTokenForTestsOnly_0123456789abcd"
    username: str = "demo_bot"
    calls: list[Call] = field(default_factory=list)
    webhook: tuple[str, str] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    arrives: Callable[[int], None] | None = None

    def __post_init__(self) -> None:
        Methods.__init__(self)
        self._answers: dict[str, deque[Answer]] = {}
        self._next_update = 910_000_001
        self.listen(_Request)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        super().__exit__()

    # --- what a test tells it -----------------------------------------------------------------------------------

    def will(self, method: str, *answers: Answer) -> None:
        """Answer the next calls of ``method`` so, in this order; afterwards as usual."""
        self._answers.setdefault(method, deque()).extend(answers)

    def say(self, chat_id: int, text: str = "", language: str = "", **message: Any) -> int | None:
        """A resident writes (``message``: further fields, such as ``photo``; ``language``: the app's); as ``deliver``."""
        found = self._store(chat_id, {"text": text} if text else {}, **message)
        found["from"] |= {"language_code": language} if language else {}
        return self.deliver(message_update(self._number(), chat_id, found))

    def tap(self, chat_id: int, button: str) -> int | None:
        """A resident taps the newest button with this title, or sends ``button`` as forged data; as ``deliver``."""
        shown, data = self._find_button(chat_id, button)
        update = callback_update(self._number(), chat_id, shown, data)
        self._open_taps.add(update["callback_query"]["id"])
        return self.deliver(update)

    def block(self, chat_id: int, is_blocked: bool = True) -> int | None:
        """A resident blocks the bot, or lets it in again; as ``deliver``."""
        (self._blocked.add if is_blocked else self._blocked.discard)(chat_id)
        return self.deliver(membership_update(self._number(), chat_id, is_blocked))

    def deliver(self, update: dict[str, Any]) -> int | None:
        """Post to the webhook and return its status, or keep the update for getUpdates and return None."""
        if self.webhook:
            address, secret = self.webhook
            return self.post(address, json.dumps(update).encode(), {"X-Telegram-Bot-Api-Secret-Token": secret})
        with self._changed:
            self._updates.append(update)
            self._changed.notify_all()
        return None

    def sent(self, chat_id: int) -> list[dict[str, Any]]:
        """The bot's messages in this chat, in order."""
        return [m for m in self._chats.get(chat_id, []) if m["from"]["is_bot"]]

    def waiting(self) -> list[int]:
        """The update_ids that nobody confirmed yet."""
        with self._changed:
            return [u["update_id"] for u in self._updates]

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of each call of ``method``."""
        return [call.params for call in list(self.calls) if call.method == method]

    # --- what the server does -----------------------------------------------------------------------------------

    def _number(self) -> int:
        with self._changed:
            self._next_update += 1
            return self._next_update

    def _find_button(self, chat_id: int, button: str) -> tuple[dict[str, Any], str]:
        shown = [m for m in self.sent(chat_id) if "reply_markup" in m]
        for message in reversed(shown):
            for row in message["reply_markup"]["inline_keyboard"]:
                for key in row:
                    if key["text"] == button:
                        return message, key["callback_data"]
        return shown[-1] if shown else {"message_id": 1, "date": 0}, button

    def answer(self, token: str, method: str, params: dict[str, Any]) -> Answer:
        """The answer to one request."""
        self.calls.append(Call(method, params, time.monotonic()))
        if method.startswith("files/"):
            content = self.files.get(method.removeprefix("files/"))
            return refusal(404, "Not Found") if content is None or token != self.token else Answer(200, content)
        if token != self.token:
            return refusal(401, "Unauthorized")
        planned = self._answers.get(method)
        told = planned.popleft() if planned else None
        if told and not told.carry_out:
            return told
        try:
            usual = self.carry_out(method, params)
        except Refused as refused:
            return refused.answer
        if told and (told.body or told.cut):
            return told
        return Answer(usual.status, usual.body, told.seconds if told else 0)


def _read_json(value: str) -> Any:
    # Lists and objects travel as JSON inside a form; plain words and numbers must stay as they are.
    return json.loads(value) if value[:1] in {"{", "["} and value[-1:] in {"}", "]"} else value


class _Request(ProviderRequest):
    def do_POST(self) -> None:
        """Every method, by POST with a form or JSON and by GET alike."""
        parts = urlsplit(self.path)
        token, _, method = unquote(parts.path).removeprefix("/file").removeprefix("/bot").partition("/")
        self.give(self.fake.answer(token, method, self._params(parts.query)))

    do_GET = do_POST

    def _params(self, query: str) -> dict[str, Any]:
        raw = self.body()
        if "multipart" in self.headers.get("Content-Type", ""):
            return read_form(self.headers["Content-Type"], raw)
        body = raw.decode()
        if "json" in self.headers.get("Content-Type", ""):
            return dict(parse_qsl(query)) | (json.loads(body) if body else {})
        found = parse_qsl(query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True)
        # A resident's or helper's text may look like JSON.
        return {name: value if name == "text" else _read_json(value) for name, value in found}
