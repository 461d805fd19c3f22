"""What a helper does, and what the database holds, in a running system: a small process inside that system's settings.

It reads orders, ``{"do": "accept", …}``, and prints one line of JSON for each.
"""

from __future__ import annotations

import json
import sys
import traceback
from datetime import timedelta
from typing import Any

from tests.running import Running

__all__ = ["Desk"]

_HELPER = "mark@demo.invalid"


class Desk:
    """A worker of the demo neighbourhood, who looks at the conversation at ``address`` (a session token or a chat id)."""

    def __init__(self, system: Running, address: str, channel: str = "webchat") -> None:
        self._system, self._who = system, {"channel": channel, "address": str(address)}

    def __call__(self, do: str, **more: Any) -> Any:
        inside = self._system.inside("tests.conversations.desk")
        inside.stdin.write(json.dumps({**self._who, "do": do, **more}) + "\n")
        inside.stdin.flush()
        line = inside.stdout.readline()
        assert line, "the desk's process ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["done"]

    def state(self) -> dict[str, Any]:
        """The conversation's keys in order, its handovers with their wishes, and whether a draft is left."""
        return self("state")

    def accept(self) -> None:
        self("accept")

    def write(self, text: str) -> None:
        self("write", text=text)

    def close(self) -> None:
        self("close")

    def table(self, language: str, told: str) -> str:
        """Begin a request at the table; returns the code that the resident types."""
        return self("table", language=language, told=told)

    def refuse_storing(self, refuse: bool) -> None:
        """Let the database reject every new handover, or accept them again."""
        self("refuse" if refuse else "allow")


# --- inside the other system -----------------------------------------------------------------------------------------


def _state(conversation) -> dict[str, Any]:
    from bot.handover.models import Draft, Handover

    handovers = Handover.objects.filter(conversation=conversation).order_by("created_at")
    return {
        "language": conversation.language, "held_by": conversation.held_by, "start": conversation.start_param,
        "draft": Draft.objects.filter(conversation=conversation).exists(),
        "messages": [_message(m) for m in conversation.messages.all()],
        "handovers": [_handover(h) for h in handovers],
    }  # fmt: skip


def _message(message) -> dict[str, Any]:
    return {
        "id": message.position, "author": message.author, "key": message.key, "text": message.text,
        "handled": message.handled_at is not None, "at": message.created_at.isoformat(),
    }  # fmt: skip


def _handover(handover) -> dict[str, Any]:
    from bot.conversations.models import Attachment

    return {
        "state": handover.state, "wishes": handover.wishes, "urgent": handover.urgent, "language": handover.language,
        "lines": {name: value for name, _, value in handover.receipt}, "at": handover.created_at.isoformat(),
        "words": [m.text for m in handover.messages.order_by("position")],
        "files": list(Attachment.objects.filter(handover=handover.pk).values_list("state", flat=True)),
    }  # fmt: skip


def _run(order: dict[str, Any]) -> Any:
    from bot.conversations.inbox import find_conversation
    from bot.handover import service, table
    from bot.neighbourhood.models import Helper

    if order["do"] in _TRIGGER:
        return _sql(_TRIGGER[order["do"]])
    if order["do"] == "table":
        return table.begin(Helper.objects.get(user__email=_HELPER), order["language"], {}, order["told"])
    if order["do"] == "team":
        return _team(Helper.objects.get(user__email=_HELPER).team, order["hours"])
    conversation = find_conversation(order["channel"], order["address"])
    if order["do"] == "state":
        return _state(conversation)
    if order["do"] == "later":
        return _later(conversation, timedelta(days=order["days"]))
    helper, handover = Helper.objects.get(user__email=_HELPER), conversation.handovers.latest("created_at").pk
    acts = {
        "accept": lambda: service.accept(handover, helper),
        "write": lambda: service.write(handover, helper, order["text"]),
        "close": lambda: service.close(handover, helper, "done"),
    }
    acts[order["do"]]()
    return None


_usual: dict[str, list[str]] = {}


def _team(team, wanted: str) -> None:
    """``open`` all day, every day; ``closed``: one hour a day that is not now, as at night; ``usual``: as it was before."""
    from django.utils import timezone

    _usual.update({} if _usual else team.hours)
    hours = (
        ["00:00", "23:59"] if wanted == "open" else ["20:00", "21:00"] if timezone.localtime().hour < 12 else ["06:00", "07:00"]
    )
    team.hours = dict(_usual) if wanted == "usual" else {str(day): hours for day in range(1, 8)}
    team.save(update_fields=["hours"])


def _later(conversation, away: timedelta) -> None:
    """As if everything had happened that much earlier."""
    from django.db.models import F

    from bot.handover.models import Draft

    conversation.messages.update(created_at=F("created_at") - away)
    Draft.objects.filter(conversation=conversation).update(updated_at=F("updated_at") - away)
    conversation.drawer.update(expires_at=F("expires_at") - away)
    conversation.handovers.update(created_at=F("created_at") - away)


_TRIGGER = {
    "refuse": """
        CREATE OR REPLACE FUNCTION refuse_handover() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'refused by a test'; END $$;
        CREATE OR REPLACE TRIGGER refuse_handover BEFORE INSERT ON handover_handover
        FOR EACH ROW EXECUTE FUNCTION refuse_handover();""",
    "allow": "DROP TRIGGER IF EXISTS refuse_handover ON handover_handover;",
}


def _sql(statements: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statements)


def _serve() -> None:
    """One order a line, one answer a line; every order on a fresh connection, since tests restart the database."""
    from django.db import connection

    for line in sys.stdin:
        try:
            answer = {"done": _run(json.loads(line))}
        except Exception:  # told to the test, which fails with it
            answer = {"error": traceback.format_exc()[-2000:]}
        connection.close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    import django

    django.setup()
    _serve()
