"""Runs the cases of a folder one after the other, each on an empty stage."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bot.channels.telegram.parsing import parse_update
from bot.channels.whatsapp.parsing import parse_body
from bot.conversations import delivery, inbox, outbox
from bot.conversations.models import Conversation, Delivery, Message
from bot.conversations.outbox import Reply

from .answers import run_answer
from .cases import Case, read_cases, read_setup
from .judging import Seen, differences
from .posting import Post, post, post_in_thread
from .scene import Scene, scene
from .script import Script, write_script

__all__ = ["Outcome", "run_cases"]

_FIVE_SECONDS = 5.0


@dataclass(frozen=True)
class Outcome:
    """What came of one case: ``reasons`` is empty when it passed; ``seconds`` is its slowest call."""

    case: Case
    reasons: tuple[str, ...]
    seconds: float = 0.0
    note: str = ""

    @property
    def passed(self) -> bool:
        return not self.reasons


def run_cases(folder: Path, only: str = "", tell: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """Run every case of ``folder`` whose id contains ``only``. Needs a database that may be emptied. Raises BadFolder."""
    cases = [case for case in read_cases(folder) if only in case.id]
    outcomes = []
    with scene(read_setup(folder)) as stage:
        for case in cases:
            stage.clear()
            outcomes.append(_run(case, stage))
            tell(outcomes[-1])
        stage.clear()
    return outcomes


def _run(case: Case, stage: Scene) -> Outcome:
    try:
        if "api" in case.raw:
            return Outcome(case, tuple(run_answer(case, stage)))
        return _run_webhook(case, stage)
    except Exception as error:  # a case that cannot be run is one that failed, and the others go on
        return Outcome(case, (f"could not be run: {type(error).__name__}: {error}",))


def _run_webhook(case: Case, stage: Scene) -> Outcome:
    script = write_script(case, stage.setup)
    _prepare(script, stage)
    known = set(Message.objects.values_list("pk", flat=True))
    sends, taps = stage.sends(), len(stage.telegram.called("answerCallbackQuery"))
    with _database_down(script.database_down):
        posts = _post_all(script)
    more = []
    if script.database_down:
        more = _again(script)
    slow = max((p.seconds for p in posts), default=0.0)
    stage.settle()
    answered = _taps(case, stage, taps)
    inbound = [m for m in stage.inbound() if m.pk not in known]
    if script.database_down:  # it was refused, and the repeat is stored once: of the first call nothing may be left
        more += [f"{len(inbound)} stored after the repeat, not 1"] if len(inbound) != 1 else []
        inbound = []
    seen = Seen(inbound, stage.replies(known), posts, _parsed(case, script), answered)
    if script.outbound and case.expect.get("replies") == 0 and stage.sends() != sends:
        more.append("something was sent at once")
    reasons = [*differences(case, seen), *more]
    if slow > _FIVE_SECONDS and case.channel == "whatsapp":
        reasons.append(f"answered after {slow:.1f} s")
    if "human answers" in case.told:
        reasons += _a_person_answers(stage)
    return Outcome(case, tuple(reasons), slow, "" if script.understood else "its 'runner' text was not understood: run as it is")


def _prepare(script: Script, stage: Scene) -> None:
    for call in script.before:
        post(call)
    stage.settle()
    for number, provider_id in enumerate(script.outbound):
        conversation = inbox.open_conversation("whatsapp", f"3160000{number:04}")
        Conversation.objects.filter(pk=conversation.pk).update(window_until=timezone.now() + timedelta(hours=24))
        stage.whatsapp.next_ids.append(provider_id)
        outbox.post(conversation, [Reply("een bericht van ons")])
        delivery.deliver(conversation.pk)


def _post_all(script: Script) -> list[Post]:
    if script.at_once:
        return _together(script.calls)
    posts = [post(call) for call in script.calls]
    if script.again_at_once:
        posts += _together([Post(c.channel, c.body, c.headers, c.method, c.query) for c in script.calls])
    return posts


def _together(calls: list[Post]) -> list[Post]:
    with ThreadPoolExecutor(min(8, len(calls) or 1)) as pool:
        return list(pool.map(post_in_thread, calls))


@contextmanager
def _database_down(is_down: bool) -> Iterator[None]:
    if not is_down:
        yield
        return
    connection.close()
    kept = dict(connection.settings_dict)
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": "1"}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


def _again(script: Script) -> list[str]:
    repeats = [post(Post(c.channel, c.body, c.headers, c.method, c.query)) for c in script.calls]
    return [f"the repeat was answered {p.answer.status_code}" for p in repeats if p.answer.status_code != 200]


def _taps(case: Case, stage: Scene, before: int) -> int:
    """How many taps were acknowledged; that happens in the background."""
    if case.channel != "telegram":
        return 0
    end = time.monotonic() + (1.0 if "callback" in case.id else 0.0)
    while (found := len(stage.telegram.called("answerCallbackQuery")) - before) == 0 and time.monotonic() < end:
        time.sleep(0.01)
    return found


def _parsed(case: Case, script: Script) -> list:
    found = []
    for call in script.calls:
        try:
            body = json.loads(call.body)
        except (ValueError, RecursionError):
            continue
        if case.channel == "telegram":
            found.append(parse_update(body))
        else:
            found += parse_body(body, settings.WHATSAPP_PHONE_NUMBER_ID, timezone.now())
    return found


def _a_person_answers(stage: Scene) -> Iterator[str]:
    """Inside the window a helper's words go out; just outside it nothing is even tried."""
    conversation = Conversation.objects.latest("pk")
    for shift, state in ((0, "sent"), (6, "parked")):
        until = conversation.window_until - timedelta(minutes=shift)
        Conversation.objects.filter(pk=conversation.pk).update(window_until=until)
        sends = stage.sends()
        [message] = outbox.post(conversation, [Reply("van een mens", author=Message.Author.HELPER)])
        delivery.deliver(conversation.pk)
        found = Delivery.objects.get(message=message).state
        if found != state or (state == "parked" and stage.sends() != sends):
            yield f"a helper's answer is {found}, not {state}"
