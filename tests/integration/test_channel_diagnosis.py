"""``aanspraak doctor`` and ``templates check`` on a real configuration, against the fake providers."""

import pytest

from bot.channels.telegram import diagnosis as telegram
from bot.channels.whatsapp import diagnosis as whatsapp
from bot.conversations import templates
from bot.conversations.templates import STATUSES, Template, approved, registered
from bot.language.tags import ON_OFFER
from bot.testing.whatsapp_bodies import WABA_ID
from tests.integration.telegram_setting import fake_telegram
from tests.integration.whatsapp_setting import fake_whatsapp


def _what(module):
    return [what for _, what, _ in module.findings()]


@pytest.fixture
def wa(settings, monkeypatch):
    settings.PUBLIC_BASE_URL, settings.WHATSAPP_WABA_ID = "https://chat.example.nl", WABA_ID
    with fake_whatsapp(settings, monkeypatch) as server:
        yield server


@pytest.fixture
def tg(settings, monkeypatch):
    settings.PUBLIC_BASE_URL, settings.TELEGRAM_MODE = "https://chat.example.nl", "webhook"
    with fake_telegram(settings, monkeypatch) as server:
        yield server


def _registered(monkeypatch, *statuses):
    found = tuple(Template("m", f"m{n}", "nl", "nl", "x", status, "UTILITY") for n, status in enumerate(statuses))
    monkeypatch.setattr(templates, "registered", lambda: found)


def test_a_whatsapp_that_is_in_order_has_no_findings(wa, monkeypatch):
    """The number answers, the clock is right, an approved template is approved there too."""
    _registered(monkeypatch, "approved")
    wa.templates = [{"name": "m0", "language": "nl", "status": "APPROVED"}]
    assert _what(whatsapp) == []


def test_a_refused_token_or_an_unknown_number_is_named(wa, settings):
    """One finding, not one for everything behind it."""
    wa.token = "another"
    assert _what(whatsapp) == ["WhatsApp refuses WHATSAPP_TOKEN."]
    wa.token, settings.WHATSAPP_PHONE_NUMBER_ID = settings.WHATSAPP_TOKEN, "999999"
    assert _what(whatsapp)[0].startswith("WhatsApp does not know the number")


def test_a_clock_that_is_off_is_named():
    """WhatsApp's windows are counted by it."""
    assert [level for level, _, _ in whatsapp._clock("Mon, 01 Jan 2024 00:00:00 GMT")] == ["error"]
    assert list(whatsapp._clock("nonsense")) == []


def test_templates_are_compared_with_the_provider(wa, monkeypatch):
    """What is a draft there is nowhere is right; everything else that differs is named."""
    _registered(monkeypatch, "draft", "approved", "approved", "submitted")
    wa.templates = [{"name": name, "language": "nl", "status": status} for name, status in
                    (("m1", "PAUSED"), ("m3", "PENDING"))]  # fmt: skip
    lines = whatsapp.compare_templates()
    assert [line.split(" says ")[-1] for line in lines] == ["paused", "not there"]


def test_telegram_findings(tg, settings):
    """A webhook that leads elsewhere, and a token that is refused."""
    assert _what(telegram) == ["Telegram sends updates to another address."]
    tg.webhook = ("https://chat.example.nl/channels/telegram/webhook", "x")
    assert _what(telegram) == []
    settings.TELEGRAM_TOKEN = "1:wrong"
    assert _what(telegram) == ["Telegram refuses TELEGRAM_TOKEN."]


def test_the_register_holds_a_template_in_every_language():
    """Neutral: no topic and no name; none is sent before the provider approved it."""
    found = [t for t in registered() if t.name == "new_message"]
    assert {t.tag for t in found} == set(ON_OFFER)
    assert len({(t.provider_name, t.code) for t in found}) == len(found)
    assert all(t.status in STATUSES and 20 <= len(t.text) <= 120 for t in found)
    drafts = [t for t in found if t.status != "approved"]
    assert all(approved(t.name, t.tag) is None or approved(t.name, t.tag).tag != t.tag for t in drafts)
