"""The methods of the Bot API that the fake server carries out, with Telegram's own limits."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bot.channels.sniffing import kind_of

from .telegram_answers import Answer, Refused, bad_request, blocked, refusal

__all__ = ["Methods"]

_MAX_UNITS, _MAX_DATA_BYTES = 4096, 64
_LONGEST_POLL = 50.0
_MAX_FILE = 20_000_000


class Methods:
    """What the server knows, and what each method does with it."""

    token: str
    username: str
    webhook: tuple[str, str] | None
    files: dict[str, bytes]
    arrives: Callable[[int], None] | None

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._updates: list[dict[str, Any]] = []
        self._chats: dict[int, list[dict[str, Any]]] = {}
        self._blocked: set[int] = set()
        self._open_taps: set[str] = set()
        self._next_message = 101
        self._closing = False

    def carry_out(self, method: str, params: dict[str, Any]) -> Answer:
        """Raises Refused."""
        # Telegram takes method names in any case.
        do = getattr(self, f"_do_{method.lower()}", None)
        if do is None:
            return refusal(404, "Not Found")
        return Answer(200, json.dumps({"ok": True, "result": do(params)}).encode())

    def _store(self, chat_id: int, content: dict[str, Any], is_bot: bool = False, **more: Any) -> dict[str, Any]:
        with self._changed:
            self._next_message += 1
            who = {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Demo", "username": self.username}
            message = {"message_id": self._next_message, "date": int(time.time()), **content, **more}
            message["from"] = who if is_bot else {"id": chat_id, "is_bot": False, "first_name": "Demo"}
            message["chat"] = {"id": chat_id, "type": "private", "first_name": "Demo"}
            self._chats.setdefault(chat_id, []).append(message)
            return message

    def _do_getme(self, _: dict[str, Any]) -> dict[str, Any]:
        can = {"can_join_groups": False, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Demo", "username": self.username, **can}

    def _do_sendmessage(self, params: dict[str, Any]) -> dict[str, Any]:
        chat_id, text = int(params["chat_id"]), str(params.get("text", ""))
        if chat_id in self._blocked:
            raise Refused(blocked())
        if not text.strip():
            raise Refused(bad_request("message text is empty"))
        if len(text.encode("utf-16-le", "surrogatepass")) // 2 > _MAX_UNITS:
            raise Refused(bad_request("message is too long"))
        markup = params.get("reply_markup") or {}
        for row in markup.get("inline_keyboard", []):
            if any(not 0 < len(key.get("callback_data", "").encode()) <= _MAX_DATA_BYTES for key in row):
                raise Refused(bad_request("BUTTON_DATA_INVALID"))
        if self.arrives:
            self.arrives(chat_id)
        return self._store(chat_id, {"text": text}, is_bot=True, **({"reply_markup": markup} if markup else {}))

    def _do_editmessagereplymarkup(self, params: dict[str, Any]) -> dict[str, Any]:
        shown = [m for m in self._chats.get(int(params["chat_id"]), []) if m["message_id"] == int(params["message_id"])]
        if not shown:
            raise Refused(bad_request("message to edit not found"))
        if shown[0].get("reply_markup") == params.get("reply_markup"):
            raise Refused(bad_request("message is not modified"))
        shown[0]["reply_markup"] = params.get("reply_markup")
        return shown[0]

    def _do_sendvoice(self, params: dict[str, Any]) -> dict[str, Any]:
        chat_id, sound = int(params["chat_id"]), params.get("voice", b"")
        if chat_id in self._blocked:
            raise Refused(blocked())
        if not isinstance(sound, bytes) or kind_of(sound) not in ("audio/ogg", "audio/mpeg", "audio/mp4"):
            raise Refused(bad_request("wrong file content"))
        told = {"file_id": f"voice{len(sound)}", "file_unique_id": "voice", "duration": 1, "file_size": len(sound)}
        return self._store(chat_id, {"voice": told}, is_bot=True)

    def _do_answercallbackquery(self, params: dict[str, Any]) -> bool:
        if params.get("callback_query_id") not in self._open_taps:
            raise Refused(bad_request("query is too old and response timeout expired or query ID is invalid"))
        self._open_taps.discard(params["callback_query_id"])
        return True

    def _do_sendchataction(self, params: dict[str, Any]) -> bool:
        if int(params["chat_id"]) in self._blocked:
            raise Refused(blocked())
        return True

    def _do_getfile(self, params: dict[str, Any]) -> dict[str, Any]:
        file_id = str(params["file_id"])
        if file_id not in self.files:
            raise Refused(bad_request("wrong file_id or the file is temporarily unavailable"))
        if len(self.files[file_id]) > _MAX_FILE:
            raise Refused(bad_request("file is too big"))
        size = len(self.files[file_id])
        return {"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": f"files/{file_id}"}

    def _do_deletemessage(self, params: dict[str, Any]) -> bool:
        kept = [m for m in self._chats.get(int(params["chat_id"]), []) if m["message_id"] != int(params["message_id"])]
        if len(kept) == len(self._chats.get(int(params["chat_id"]), [])):
            raise Refused(bad_request("message to delete not found"))
        self._chats[int(params["chat_id"])] = kept
        return True

    def _do_setwebhook(self, params: dict[str, Any]) -> bool:
        if urlsplit(str(params.get("url", ""))).scheme != "https":
            raise Refused(bad_request("bad webhook: An HTTPS URL must be provided for webhook"))
        self.webhook = (params["url"], str(params.get("secret_token", "")))
        return True

    def _do_getwebhookinfo(self, _: dict[str, Any]) -> dict[str, Any]:
        url = self.webhook[0] if self.webhook else ""
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(self._updates)}

    def _do_deletewebhook(self, _: dict[str, Any]) -> bool:
        self.webhook = None
        return True

    def _do_getupdates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Refused(refusal(409, "Conflict: can't use getUpdates method while webhook is active"))
        offset, wait = int(params.get("offset") or 0), min(float(params.get("timeout") or 0), _LONGEST_POLL)
        with self._changed:
            self._updates = [u for u in self._updates if u["update_id"] >= offset]
            self._changed.wait_for(lambda: self._updates or self._closing, wait)
            return self._updates[: int(params.get("limit") or 100)]
