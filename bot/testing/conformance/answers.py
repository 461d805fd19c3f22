"""Provider answers to one of our sends: what becomes of the message, against the class the folder expects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.test import override_settings
from django.utils import timezone

from bot.channels.telegram import bot_api
from bot.channels.whatsapp import client as whatsapp_client
from bot.channels.whatsapp import transport as whatsapp
from bot.conversations import breaker, delivery, inbox, outbox
from bot.conversations.models import Conversation, Delivery
from bot.conversations.outbox import Reply
from bot.testing.telegram_answers import Answer, cut_off

from .cases import Case
from .scene import Scene

__all__ = ["run_answer"]

_WAITS = {"throttled", "retry", "unknown", "retry-unknown"}
_NOWHERE = "http://127.0.0.1:1"
_UNKNOWN_SECONDS = 59


def _answer(raw: dict[str, Any]) -> Answer:
    status = raw.get("status", 200)
    if not status:
        return cut_off()
    body = raw["raw_body"].encode() if raw.get("raw_body") else json.dumps(raw.get("body")).encode()
    return Answer(status, body, headers=tuple((raw.get("headers") or {}).items()))


def run_answer(case: Case, stage: Scene) -> Iterator[str]:
    """Reasons why what became of our message is not what the folder expects."""
    when = case.raw.get("when", "")
    channel = "whatsapp" if case.raw["api"] == "graph" else "telegram"
    wanted, answer = case.expect.get("class", ""), _answer(case.raw)
    if channel == "telegram" and when != "sendMessage":
        yield from _beside_a_send(stage, when, answer)
    elif channel == "whatsapp" and "/messages" not in when:
        yield from _sign_or_file(stage, when, answer)
    else:
        yield from _send(case, stage, channel, wanted, answer)


def _send(case: Case, stage: Scene, channel: str, wanted: str, answer: Answer) -> Iterator[str]:
    conversation = inbox.open_conversation(channel, "31600000001" if channel == "whatsapp" else "7000000001")
    Conversation.objects.filter(pk=conversation.pk).update(window_until=timezone.now() + timedelta(hours=24))
    outbox.post(conversation, [Reply("dag")])
    began = timezone.now()
    if "refused" in case.id and not case.raw.get("status"):
        with _unreachable(channel):
            delivery.deliver(conversation.pk)
    else:
        if channel == "whatsapp":
            stage.whatsapp.will(answer)
        else:
            stage.telegram.will("sendMessage", answer)
        delivery.deliver(conversation.pk)
    found = Delivery.objects.get()
    conversation.refresh_from_db()
    yield from _class(case, wanted, found, conversation)
    asked = (
        (case.raw.get("body") or {}).get("parameters", {}).get("retry_after") if isinstance(case.raw.get("body"), dict) else None
    )
    if asked and (found.due_at - began).total_seconds() < asked:
        yield f"waits less than {asked} s"
    if wanted == "unknown" and channel == "whatsapp" and (found.due_at - began).total_seconds() < _UNKNOWN_SECONDS:
        yield "an unknown outcome is sent again within a minute"


def _class(case: Case, wanted: str, found: Delivery, conversation: Conversation) -> Iterator[str]:
    allowed = {
        "sent": ("sent",), "permanent": ("failed", "parked"), "permanent-contact": ("failed",), "ignore": ("failed",),
        "permanent-channel": ("pending",), **dict.fromkeys(_WAITS, ("pending",)),
    }.get(wanted)  # fmt: skip
    if allowed is None:
        yield f"the class {wanted!r} is not known here"
    elif found.state not in allowed:
        yield f"the message is {found.state} ({found.error}), not {wanted}"
    if wanted == "permanent-channel" and not breaker.closed_until(conversation.channel):
        yield "the channel is not stopped"
    if wanted != "permanent-channel" and wanted != "throttled" and breaker.closed_until(conversation.channel):
        yield "the whole channel is stopped"


def _unreachable(channel: str):
    (whatsapp_client if channel == "whatsapp" else bot_api).close()
    return override_settings(**{f"{channel.upper()}_API_BASE": _NOWHERE})


def _beside_a_send(stage: Scene, when: str, answer: Answer) -> Iterator[str]:
    """Acknowledging a tap or editing a keyboard: whatever the answer, nothing may come of it."""
    if when == "getUpdates":
        yield from _polling(stage, answer)
        return
    stage.telegram.will(when, answer)
    before = len(stage.telegram.called("answerCallbackQuery"))
    if when == "answerCallbackQuery":
        from bot.channels.telegram import transport

        transport.answer_tap("1")
        stage.telegram.wait_for(lambda: len(stage.telegram.called("answerCallbackQuery")) > before)


def _polling(stage: Scene, answer: Answer) -> Iterator[str]:
    from telegram.error import Conflict

    stage.telegram.will("getUpdates", answer)
    try:
        bot_api.current().call(lambda bot: bot.get_updates(timeout=0))
    except Conflict:
        return
    yield "a second poller is not noticed"


def _sign_or_file(stage: Scene, when: str, answer: Answer) -> Iterator[str]:
    if "read" in when:
        stage.whatsapp.signs.append(answer)
        whatsapp.show_typing("wamid.OLD")
        whatsapp.wait()
        return
    from bot.channels import media

    outcome = media.fetch("whatsapp", {"id": "gone"})
    if not outcome.error:
        yield "a file that is gone counts as fetched"
