"""The web chat's page: its language, what it holds and keeps, and how it is hidden."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re
from datetime import datetime
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import Client
from django.utils import timezone

from bot.facts import tellable
from bot.language.catalogue import known_key
from bot.neighbourhood import local_facts
from bot.neighbourhood.demo import load_demo
from tests.integration.webchat_helpers import fresh_limits, open_session, web  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "cookie", "accepts", "tag"),
    [
        ("", "", "", "nl"),
        ("", "", "tr-TR,tr;q=0.9,en;q=0.8", "tr"),
        ("", "", "fr-FR, ar-MA;q=0.9", "ar"),
        ("", "ar", "en", "ar"),
        ("?lang=en", "ar", "tr", "en"),
        ("?lang=xx", "", "en", "en"),
        ("", "<script>", "de", "nl"),
    ],
)
def test_the_page_speaks_the_residents_language(query, cookie, accepts, tag):
    """The address, else the choice before, else the browser's preference, else Dutch."""
    client = Client(headers={"accept-language": accepts})
    if cookie:
        client.cookies["aanspraak_language"] = cookie
    page = client.get(f"/chat/{query}").content.decode()
    direction = "rtl" if tag == "ar" else "ltr"
    assert f'<html lang="{tag}" dir="{direction}">' in page


def test_a_choice_in_the_address_is_remembered(web):
    """The next visit needs no choice."""
    web.get("/chat/?lang=tr")
    assert '<html lang="tr"' in web.get("/chat/").content.decode()


def test_the_page_holds_no_inline_script_or_style_and_nothing_from_elsewhere(web):
    """What the content policy forbids is not there either; the tab shows only the neutral name."""
    answer = web.get("/chat/")
    page = answer.content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "onclick" not in page
    scripts = re.findall(r"<script[^>]*>[^<]*</script>", page)
    assert page.count("<script") == len(scripts) == 2
    assert all(re.fullmatch(r'<script (?:defer|type="module") src="/static/[^"]+"></script>', one) for one in scripts)
    assert "http://" not in page
    assert "https://" not in page
    assert f"<title>{settings.BOT_NAME}</title>" in page
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Permissions-Policy" in answer.headers


def test_a_form_without_its_script_sends_nothing(web):
    """What is typed before the script runs must not go into the address bar, a history and proxies' logs."""
    form = web.get("/chat/").content.decode().partition("<form")[2].partition("</form>")[0]
    assert "name=" not in form
    assert re.search(r'<button id="send"[^>]* disabled>', form)


@pytest.mark.parametrize("hour", [2, 10])
def test_who_waits_for_the_script_can_call(web, hour, monkeypatch):
    """The number that answers now, checked; none where nobody checked one."""
    assert "tel:" not in web.get("/chat/").content.decode()
    load_demo()
    local_facts.forget()
    moment = timezone.make_aware(datetime(2026, 11, 23, hour))
    monkeypatch.setattr("bot.channels.webchat.page.timezone", SimpleNamespace(now=lambda: moment))
    page = web.get("/chat/").content.decode()
    found = re.search(r'href="tel:(\d+)" dir="ltr">([^<]+)</a>', page)
    number = tellable(moment.date())["fact_team_phone" if hour == 10 else "fact_on_call_phone"]
    assert (found[2], found[1]) == (number, "".join(filter(str.isdigit, number)))


def test_conversations_are_kept_by_no_cache(web):
    """Not by a proxy, and not by the Back button of a shared phone."""
    open_session(web)
    for path in ("/chat/", "/chat/hidden", "/chat/api/messages"):
        assert web.get(path).headers["Cache-Control"] == "no-store"


def test_what_a_link_carried_is_escaped(web):
    """``?start=`` is data, never markup."""
    page = web.get("/chat/", {"start": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


def test_the_neutral_page_says_nothing_about_the_chat(web):
    """Its title and words are neutral, and it names no assistant."""
    page = web.get("/chat/hidden").content.decode()
    assert settings.BOT_NAME not in page
    assert "/chat/api" not in page


def test_the_hide_button_may_lead_elsewhere(web, settings):
    """QUICK_HIDE_URL names another page; a wrong one stops the start with a hint."""
    settings.QUICK_HIDE_URL = "https://weer.example.nl/"
    assert 'data-hide="https://weer.example.nl/"' in web.get("/chat/").content.decode()
    assert not run_checks(tags=["webchat"])
    for wrong in ("http://weer.example.nl", "/chat/", "javascript:alert(1)"):
        settings.QUICK_HIDE_URL = wrong
        [found] = run_checks(tags=["webchat"])
        assert found.id == "webchat.E001"
        assert "QUICK_HIDE_URL" in found.hint


def test_every_word_of_the_page_and_of_a_refusal_has_a_text():
    """The system check finds none missing."""
    assert not run_checks(tags=["webchat"])
    assert known_key("chat.error.too_long")
