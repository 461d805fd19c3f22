"""The stage of a case: our channels and turns for real, over fakes of the providers and of Rasa."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F
from django.test import override_settings

from bot.channels.telegram import bot_api
from bot.channels.telegram import transport as telegram
from bot.channels.whatsapp import batches
from bot.channels.whatsapp import client as whatsapp_client
from bot.channels.whatsapp import transport as whatsapp
from bot.conversations import albums, delivery, lease, rights, turns
from bot.conversations.models import Delivery, ForgottenMessage, Message, Provider, Resident, WaitingBody
from bot.testing.rasa import FakeRasa
from bot.testing.telegram import FakeTelegram
from bot.testing.whatsapp import FakeWhatsApp

__all__ = ["Scene", "scene"]

_ROUNDS = 30


@dataclass
class Scene:
    """The fakes, and the secrets that calls are signed with."""

    setup: dict[str, Any]
    telegram: FakeTelegram
    whatsapp: FakeWhatsApp
    rasa: FakeRasa

    def clear(self) -> None:
        """As if nobody had ever written."""
        whatsapp.wait()
        for model in (Resident, ForgottenMessage, Provider, WaitingBody):
            model.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        self.whatsapp.next_ids.clear()

    def settle(self) -> None:
        """Do what the workers do, until nothing is left that is due now; an album has come by then."""
        Message.objects.exclude(album="").update(created_at=F("created_at") - albums.GRACE)
        for _ in range(_ROUNDS):
            for waiting in WaitingBody.objects.values_list("pk", flat=True):
                batches.take_waiting(waiting)
            waiting = lease.waiting_conversations(older_than_seconds=0)
            due = delivery.due_conversations()
            if not waiting and not due:
                return
            for conversation_id in waiting:
                turns.drain(conversation_id)
            for conversation_id in delivery.due_conversations():
                delivery.deliver(conversation_id)

    def inbound(self) -> list[Message]:
        """Every stored message of a resident, in order."""
        return list(Message.objects.filter(author=Message.Author.RESIDENT).order_by("conversation", "position"))

    def replies(self, known: set[int]) -> int:
        """How many messages of the bot's a provider took, without those in ``known``; a template is no reply."""
        sent = Delivery.objects.filter(message__author=Message.Author.BOT, state__in=("sent", "delivered", "read"))
        return sent.exclude(message__in=known).exclude(message__key__startswith="template.").count()

    def sends(self) -> int:
        """How many sends the providers were asked for."""
        asked = [call for call in self.whatsapp.calls if call.path.endswith("/messages") and "status" not in call.params]
        return len(asked) + len(self.telegram.called("sendMessage"))

    def waits_over(self) -> None:
        """As if every wait were over."""
        Delivery.objects.filter(state="pending").update(due_at=F("message__created_at"))


@contextmanager
def scene(setup: dict[str, Any]) -> Iterator[Scene]:
    """The stage for a whole folder; ``setup`` is its ``runner_setup``."""
    ours, theirs = setup.get("whatsapp", {}), setup.get("telegram", {})
    before = dict(delivery._transports), dict(rights._farewells)
    fakes = (
        FakeTelegram(username=theirs.get("bot_username", "demo_bot")),
        FakeWhatsApp(phone_id=str(ours.get("phone_number_id", "1"))),
    )
    with fakes[0] as fake_telegram, fakes[1] as fake_whatsapp, FakeRasa() as rasa, override_settings(
        TELEGRAM_TOKEN=fake_telegram.token, TELEGRAM_API_BASE=fake_telegram.base, RASA_URL=rasa.url,
        TELEGRAM_WEBHOOK_SECRET=theirs.get("secret_token", ""), WHATSAPP_TOKEN=fake_whatsapp.token,
        WHATSAPP_API_BASE=fake_whatsapp.base, WHATSAPP_PHONE_NUMBER_ID=fake_whatsapp.phone_id,
        WHATSAPP_APP_SECRET=ours.get("app_secret", ""), WHATSAPP_VERIFY_TOKEN=ours.get("verify_token", ""),
        ALLOWED_HOSTS=["*"],
    ):  # fmt: skip
        telegram.register()
        whatsapp.register()
        try:
            yield Scene(setup, fake_telegram, fake_whatsapp, rasa)
        finally:
            whatsapp.wait()
            bot_api.close()
            whatsapp_client.close()
            delivery._transports, rights._farewells = before
