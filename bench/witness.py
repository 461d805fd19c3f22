"""Looks into the database at the very moment a message of ours reaches a provider: is what it says true by then?"""

from __future__ import annotations

import threading
import time
from collections import Counter

import psycopg

from tests.faults.looking import address_hash, connect
from tests.running import Running

__all__ = ["Witness"]

# What a text may only say when this is stored: for this very answer, or at all for this resident.
_EVENT = "EXISTS (SELECT FROM handover_handoverevent e JOIN handover_handover h ON h.id = e.handover_id" \
         " WHERE h.resident_id = c.resident_id AND e.kind = '{}')"  # fmt: skip
_TRUE_IF = {
    "handover.stored": "EXISTS (SELECT FROM handover_handover h WHERE h.source_message_id = m.reply_to_id)",
    "handover.accepted": _EVENT.format("accepted"),
    "handover.already": "EXISTS (SELECT FROM handover_handover h WHERE h.resident_id = c.resident_id)",
    "handover.status.accepted": _EVENT.format("accepted"),
    "handover.status.contacted": _EVENT.format("message"),
    "handover.passed_on": _EVENT.format("added"),
    # Unasked once it was found to be late; as an answer to somebody who asks from the very moment on.
    "handover.late": f"({_EVENT.format('late')} OR m.reply_to_id IS NOT NULL AND EXISTS (SELECT FROM handover_handover h"
    " WHERE h.resident_id = c.resident_id AND h.due_at < now()))",
    "helper": _EVENT.format("message"),
}
_SAYING = "CASE " + " ".join(f"WHEN said.what LIKE '{what}%%' THEN {true}" for what, true in _TRUE_IF.items()) + " END"
_LOOK = (
    f"SELECT said.what, {_SAYING} FROM conversations_conversation c JOIN conversations_message m ON m.conversation_id = c.id"
    " JOIN conversations_delivery d ON d.message_id = m.id"
    " CROSS JOIN LATERAL (SELECT CASE WHEN m.author = 'helper' THEN 'helper' ELSE m.key END AS what) said"
    " WHERE c.address_hash = %s AND d.state = 'sending'"
)
# The same words are also said where nothing was passed on.
_PROMISES_NOTHING = "handover.stored_discreet"
_PATIENCE_SECONDS = 8


class Witness:
    """``seen``: how often each was said; ``broken``: what was said and was not so; ``missed``: the database did not answer."""

    def __init__(self, system: Running) -> None:
        self._system, self._lock = system, threading.Lock()
        self._connection: psycopg.Connection | None = None
        self.seen, self.broken, self.missed = Counter[str](), list[str](), 0

    def __enter__(self) -> Witness:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection:
            self._connection.close()

    def sees(self, channel: str, recipient: object) -> None:
        """Called before the provider takes it: the answer to the send waits for us."""
        hashed = address_hash(self._system, channel, recipient)
        with self._lock:
            found = self._look(hashed)
        self.missed += found is None
        for what, true in found or ():
            if true is None or what == _PROMISES_NOTHING:
                continue
            self.seen[what] += 1
            if not true:
                self.broken.append(f"{channel}: {what} was said before it was so")

    def _look(self, hashed: str) -> list[tuple[str, bool | None]] | None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                return self._connected().execute(_LOOK, (hashed,)).fetchall()
            except psycopg.OperationalError:  # it is just being restarted
                self._connection = None
                time.sleep(0.2)
        return None

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = connect(self._system)
        return self._connection
