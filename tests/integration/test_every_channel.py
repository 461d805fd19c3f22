"""What every channel folder must do, whatever its provider: a new channel joins by one entry in ``CHANNELS``."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import OperationalError
from django.test import Client
from django.urls import resolve

import bot.channels
from bot.conversations import delivery, outbox, rights
from bot.conversations.models import Conversation, Delivery, Message, Provider
from bot.conversations.outbox import Reply
from bot.testing import telegram as tg_told
from bot.testing import whatsapp as wa_told
from bot.testing.telegram_updates import message_update
from bot.testing.whatsapp_bodies import body, change, message
from tests.integration import telegram_setting as tg
from tests.integration import whatsapp_setting as wa

pytestmark = pytest.mark.django_db
FOLDER = Path(bot.channels.__file__).parent
# The web chat is read, not sent to: its own tests say what it does.
READ_ONLY = {"webchat"}


@dataclass(frozen=True)
class Channel:
    """What these tests need of a channel: its fake, how a resident writes, how its provider fails."""

    name: str
    path: str
    opened: Callable[..., Any]
    write: Callable[[str, int], Any]
    found: Callable[[], Conversation]
    texts: Callable[[Any], list[str]]
    fail: Callable[[Any, Any], None]
    refused: Any
    throttled: Any
    lost: Any


CHANNELS = [
    Channel(
        "telegram", tg.PATH, tg.fake_telegram,
        lambda text, number: tg.post(message_update(number, tg.CHAT, {"message_id": number, "text": text})),
        tg.found, lambda fake: [m["text"] for m in fake.sent(tg.CHAT)], lambda fake, answer: fake.will("sendMessage", answer),
        tg_told.bad_request(), tg_told.too_many(7), tg_told.cut_off(),
    ),
    Channel(
        "whatsapp", wa.PATH, wa.fake_whatsapp,
        lambda text, number: wa.post(body(change([message(wa.PHONE, text, id=f"wamid.{number}")]))),
        wa.found, lambda fake: fake.texts(wa.PHONE), lambda fake, answer: fake.will(answer),
        wa_told.error(131026), wa_told.error(131056, retry_after=7), wa_told.cut_off(),
    ),
]  # fmt: skip


@pytest.fixture(params=CHANNELS, ids=lambda c: c.name)
def channel(request):
    return request.param


@pytest.fixture
def fake(channel, settings, monkeypatch):
    with channel.opened(settings, monkeypatch) as server:
        yield server


def _deliver(channel, waits_over=False):
    if waits_over:
        Delivery.objects.filter(state="pending").update(due_at=channel.found().created_at)
        Provider.objects.update(closed_until=None)
    delivery.deliver(channel.found().pk)
    return list(Delivery.objects.order_by("message__position").values_list("state", flat=True))


def test_every_folder_is_tested_here_and_has_the_same_files():
    """A channel is one folder, and whoever knows one knows all."""
    folders = {path.parent.name for path in FOLDER.glob("*/parsing.py")}
    assert folders == {c.name for c in CHANNELS} | READ_ONLY
    for name in folders:
        files = {path.stem for path in (FOLDER / name).glob("*.py")}
        assert {"checks", "parsing", "transport", "urls", "views"} <= files
    assert {c.value for c in Conversation.Channel} == folders


def test_a_message_is_stored_once_and_answered_with_an_empty_200(channel, fake):
    """However often it comes."""
    answers = [channel.write("hoi", 1) for _ in range(3)]
    assert [(a.status_code, a.content) for a in answers] == [(200, b"")] * 3
    assert [(m.text, m.channel) for m in Message.objects.all()] == [("hoi", channel.name)]


def test_strangers_and_nonsense_leave_no_trace(channel, fake):
    """No proof: 401 or 403; another method: 405."""
    assert Client().post(channel.path, {"message": {}}, content_type="application/json").status_code in {401, 403}
    assert Client().put(channel.path).status_code == 405
    assert not Conversation.objects.exists()


def test_personal_numbers_are_masked_before_storing(channel, fake):
    """The same for all."""
    channel.write("mijn bsn is 111222333", 1)
    assert [m.text for m in Message.objects.all()] == ["mijn bsn is ⟨bsn⟩"]


def test_while_the_database_is_down_the_provider_is_asked_to_come_again(channel, fake, monkeypatch):
    """503, and the repeat is stored."""
    views = resolve(channel.path).func.__module__

    def down(*_):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(f"{views}.take_in", down)
        assert channel.write("hoi", 1).status_code == 503
    channel.write("hoi", 1)
    assert Message.objects.count() == 1


def test_messages_go_out_in_order_also_past_a_limit(channel, fake):
    """The first waits as long as the provider asks, and nothing overtakes it."""
    channel.write("hoi", 1)
    outbox.post(channel.found(), [Reply("een"), Reply("twee")])
    channel.fail(fake, channel.throttled)
    assert _deliver(channel) == ["pending", "pending"]
    assert _deliver(channel, waits_over=True) == ["sent", "sent"]
    assert channel.texts(fake) == ["een", "twee"]


def test_a_refusal_for_good_ends_with_a_reason_and_the_next_message_goes(channel, fake):
    """In words a helper understands."""
    from bot.conversations.reasons import REASONS

    channel.write("hoi", 1)
    outbox.post(channel.found(), [Reply("een"), Reply("twee")])
    channel.fail(fake, channel.refused)
    assert _deliver(channel) == ["failed", "sent"]
    assert Delivery.objects.get(state="failed").error in REASONS


def test_an_unknown_outcome_is_sent_once_more_and_never_a_third_time(channel, fake):
    """A doubled line is better than one that never came; nine copies are not."""
    channel.write("hoi", 1)
    outbox.post(channel.found(), [Reply("een")])
    for _ in range(2):
        channel.fail(fake, channel.lost)
    assert _deliver(channel) == ["pending"]
    assert _deliver(channel, waits_over=True) == ["failed"]
    assert _deliver(channel, waits_over=True) == ["failed"]
    assert channel.texts(fake) == ["een", "een"]


def test_the_farewell_is_sent_before_everything_is_wiped(channel, fake):
    """And a redelivery afterwards brings nothing back."""
    channel.write("hoi", 1)
    rights.wipe(channel.found())
    channel.write("hoi", 1)
    assert len(channel.texts(fake)) == 1
    assert not Conversation.objects.exists()


def test_no_address_stands_in_the_log(channel, fake, caplog):
    """Neither in an event nor in an error's words."""
    caplog.set_level("DEBUG")
    channel.write("hoi", 1)
    outbox.post(channel.found(), [Reply("een geheim woord")])
    channel.fail(fake, channel.refused)
    _deliver(channel)
    lines = [record.getMessage() for record in caplog.records if record.name == "bot.events"]
    assert any("delivery.failed" in line for line in lines)
    assert not [line for line in lines if "geheim" in line or channel.found().address in line]


def test_the_settings_are_checked(channel, fake):
    """A complete configuration has no findings."""
    assert run_checks(tags=[channel.name]) == []
