"""From a case to the calls it makes: what stands in its files, changed as the case asks."""

from __future__ import annotations

import copy
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from . import shaping
from .cases import Case
from .posting import Post, dumped, filled, signed

__all__ = ["Script", "write_script"]

_TIMESTAMP = re.compile(rb'("timestamp"\s*:\s*"?)\d+')
_AS_THEY_ARE = {"signature", "hostile"}
_BYTES_3MB = 2_900_000


@dataclass
class Script:
    """``calls`` in order; ``at_once``: together; ``again_at_once``: in order, then all together.

    ``outbound``: ids of messages of ours that must be there first. ``before``: calls that are no part of the case.
    """

    calls: list[Post] = field(default_factory=list)
    before: list[Post] = field(default_factory=list)
    outbound: list[str] = field(default_factory=list)
    at_once: bool = False
    again_at_once: bool = False
    database_down: bool = False
    slow: bool = False
    understood: bool = True


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _call(case: Case, setup: dict[str, Any], raw: bytes) -> Post:
    return Post(case.channel, raw, signed(case.channel, raw, setup))


def _request(case: Case, setup: dict[str, Any], raw: bytes) -> Post:
    """A case about the door itself: other methods, headers, queries."""
    asked = case.request or {}
    if "raw_body" in asked:
        raw = asked["raw_body"].encode()
    elif "raw_body_repeat" in asked:
        text, times = asked["raw_body_repeat"]
        raw = (text * times).encode()
    call = Post(case.channel, raw, {}, asked.get("method", "POST"), asked.get("query", {}))
    if "headers" in asked:
        call.headers = filled(asked["headers"], raw, setup)
    elif call.method == "POST" and (case.channel == "whatsapp" or asked.get("signed")):
        call.headers = signed(case.channel, raw, setup, asked.get("sign_with"))
    if asked.get("tamper"):
        call.body += b" "
    return call


def _padded(body: dict[str, Any]) -> dict[str, Any]:
    """The same with so many messages that it is almost 3 MB."""
    target = next(v for v in shaping._values(body) if v.get("messages"))
    sample, size = target["messages"][0], len(dumped(body))
    while size < _BYTES_3MB:
        more = copy.deepcopy(sample) | {"text": {"body": "x" * 40_000}, "type": "text"}
        more["id"] = f"wamid.PAD{len(target['messages'])}"
        target["messages"].append(more)
        size += len(dumped(more)) + 2
    return body


def _bodies(case: Case) -> list[dict[str, Any]]:
    bodies, now = [_parsed(case.read(name)) for name in case.files], time.time()
    for number, body in enumerate(bodies):
        shaping.set_times(body, now - (len(bodies) - 1 - number))
    return bodies


def _ids_of(body: Any) -> tuple:
    if isinstance(body, dict) and "update_id" in body:
        return (body["update_id"],)
    return tuple(m.get("id") for m in shaping.messages(body))


def _renew_repeated(bodies: list[dict[str, Any]], told: str) -> None:
    seen: set[tuple] = set()
    for body in bodies:
        if (ids := _ids_of(body)) and ids in seen:
            shaping.renew_ids(body, told)
        seen.add(_ids_of(body))


def _shape(case: Case, bodies: list[dict[str, Any]], script: Script) -> None:
    """Carry out what the case says about its bodies; ``understood`` when at least something of it made sense."""
    told, done = case.told, []

    def says(pattern: str) -> bool:
        found = re.search(pattern, told) is not None
        done.append(found)
        return found

    if says(r"old number") and (moved := next((m for b in bodies for m in shaping.messages(b) if "system" in m), None)):
        shaping.set_sender(bodies[0], moved["from"])
        shaping.set_sender(bodies[-1], moved["system"]["wa_id"])
    elif says(r"same (sender|user|chat|contact|person)"):
        shaping.same_sender(bodies)
    if says(r"(user_id|bsuid)s?\b.*equal"):
        shaping.same_user_id(bodies)
    if says(r"same (outbound )?wamid") and any(shaping.statuses(b) for b in bodies):
        script.outbound.append(shaping.same_status_id(bodies))
    if says(r"n\+1 arrives before n"):
        bodies[0]["update_id"] += 1
        bodies[0]["message"]["message_id"] += 1
    elif says(r"update_id far below"):
        bodies[1]["update_id"] = 1001
    elif says(r"\bnew\b|update_id \+ 1"):
        _renew_repeated(bodies, told)
    if (seconds := shaping.older_by(told)) is not None:
        done.append(True)
        for body in bodies:
            shaping.set_times(body, time.time() - seconds)
    if says(r"older timestamp"):
        earlier = re.search(r"(\d+) s earlier", told)
        shaping.set_times(bodies[-1], time.time() - int(earlier[1] if earlier else 10) - 1)
    if says(r"then three at the same moment"):
        script.again_at_once = True
    elif says(r"concurrently|at the same moment"):
        script.at_once = True
    if says(r"until 2\.9 mb"):
        bodies[0] = _padded(bodies[0])
    script.database_down = says(r"database refused")
    script.slow = says(r"delayed by")
    says(r"fake api answers|keys sorted|human answers")
    script.understood = not told or any(done)


def _raw_bodies(case: Case, bodies: list[dict[str, Any]]) -> list[bytes]:
    raws = []
    for number, (name, body) in enumerate(zip(case.files, bodies)):
        if body is None or (case.kind in _AS_THEY_ARE and case.channel == "telegram"):
            raws.append(case.read(name))
        elif case.kind in _AS_THEY_ARE:  # only the time is changed, and no other byte
            raws.append(_TIMESTAMP.sub(lambda m: m[1] + str(int(time.time())).encode(), case.read(name)))
        elif number and "keys sorted" in case.told:
            other = re.search(r"\b(wa-\w+)", case.told)
            raws.append(dumped(_wrapped(case, body, other[1] if other else ""), sort_keys=True))
        else:
            raws.append(dumped(body))
    return raws


def _wrapped(case: Case, body: dict[str, Any], other: str) -> dict[str, Any]:
    """The same entry behind another one: that of another case."""
    path = case.folder / "whatsapp" / f"{other.removeprefix('wa-')}.json"
    more = _parsed(path.read_bytes())["entry"] if path.exists() else [{"id": "0", "changes": []}]
    return body | {"entry": [*more, *body["entry"]]}


def _prior(case: Case, setup: dict[str, Any], bodies: list[dict[str, Any]]) -> list[Post]:
    """A message that must have come before: the original of an edit or a deletion, or simply a first word."""
    if not ({"prior_inbound", "known_contact"} & set(case.setup)) or not bodies:
        return []
    if case.channel == "telegram":
        update = copy.deepcopy(bodies[0])
        edited = update.pop("edited_message", None) or update.get("message", {})
        update["update_id"] -= 1
        update["message"] = {k: v for k, v in edited.items() if k in ("chat", "from", "message_id", "date")} | {"text": "eerder"}
        return [_call(case, setup, dumped(update))]
    body = copy.deepcopy(bodies[0])
    for value in shaping._values(body):
        kept = [m for m in value.get("messages", []) if isinstance(m, dict)][:1]
        for message in kept:
            change = message.get("revoke") or message.get("edit") or {}
            message["id"] = change.get("original_message_id") or f"{message.get('id', 'wamid')}.before"
            for name in ("revoke", "edit", "system"):
                message.pop(name, None)
            message |= {"type": "text", "text": {"body": "een eerder bericht"}}
        value["messages"] = kept
    return [_call(case, setup, dumped(body))]


def write_script(case: Case, setup: dict[str, Any]) -> Script:
    """The calls of a case."""
    script = Script(outbound=list(case.setup.get("outbound", [])))
    bodies = _bodies(case)
    _shape(case, bodies, script)
    raws = _raw_bodies(case, bodies)
    if case.request is not None:
        script.calls = [_request(case, setup, raws[0] if raws else b"")]
    else:
        script.calls = [_call(case, setup, raw) for raw in raws]
    script.before = _prior(case, setup, bodies)
    return script
