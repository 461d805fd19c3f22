"""Signing in at the desk: who gets in and how, and what everybody else sees instead."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import uuid

import pytest
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from bot.desk.accounts import prepare_demo_accounts, totp_now
from bot.handover.models import Handover
from bot.neighbourhood.models import User
from tests.integration.desk_helpers import HTMX, handover, url, web  # noqa: F401
from tests.integration.handover_helpers import conversation, mark, team  # noqa: F401

pytestmark = pytest.mark.django_db
PASSWORD = "een-lang-wachtwoord"


@pytest.mark.parametrize("name", ["handover", "live"])
def test_a_page_asks_a_stranger_to_sign_in(handover, name):
    """The sign-in comes back to the handover afterwards."""
    answer = Client().get(url(name, handover))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/")
    assert Client().get("/desk/").url == "/accounts/login/?next=/desk/home"


@pytest.mark.parametrize("name", ["accept", "write", "note", "close", "hand_back", "reopen"])
def test_a_button_does_nothing_for_a_stranger(handover, name):
    """Nothing changes, and the sign-in leads back to the page, not to the button."""
    answer = Client().post(url(name, handover), {"text": "hoi", "outcome": "contact"})
    assert answer.url == f"/accounts/login/?next={url('handover', handover)}"
    assert Handover.objects.get().state == "open"


def test_the_stream_is_refused_to_a_stranger():
    """No redirect: a stream cannot follow one to a form."""
    assert Client().get("/desk/stream").status_code == 403


def test_a_background_refresh_after_the_session_ended_moves_the_whole_page(handover):
    """A sign-in form never lands inside a page."""
    answer = Client().get(url("live", handover), headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, f"/accounts/login/?next={url('handover', handover)}")


def test_signing_in_takes_a_password_and_then_a_code(mark, settings):
    """Only the second step opens the desk; a wrong password or code is said in Dutch, whatever the browser prefers."""
    cache.clear()
    mark.user.set_password(PASSWORD)
    mark.user.save()
    assert prepare_demo_accounts() == 1
    browser = Client(headers={"accept-language": "en"})
    wrong = browser.post("/accounts/login/", {"login": mark.user.email, "password": "fout"})
    assert "wachtwoord" in wrong.content.decode()
    assert "not correct" not in wrong.content.decode()
    first = browser.post("/accounts/login/", {"login": mark.user.email, "password": PASSWORD})
    assert first.url == reverse("mfa_authenticate")
    assert browser.get("/desk/").status_code == 302
    assert "Tweede stap" in browser.get(first.url).content.decode()
    assert browser.post(first.url, {"code": "abcdef"}).status_code == 200
    second = browser.post(first.url, {"code": totp_now(settings.DEMO_TOTP_SECRET)})
    assert second.url == "/desk/home"
    assert "Overdrachten" in browser.get("/desk/").content.decode()


def test_nobody_signs_up(db):
    """The address exists in allauth; it is closed, and the sign-in does not offer it."""
    assert "niet zelf aanmelden" in Client().get("/accounts/signup/").content.decode()
    assert "signup" not in Client().get("/accounts/login/").content.decode()


def test_an_account_without_a_team_sees_what_to_do(db):
    """A clear page, on every address."""
    client, user = Client(), User.objects.create(email="los@example.nl", username="los")
    client.force_login(user)
    for address in ("/desk/", f"/desk/handovers/{uuid.uuid4()}/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "Vraag de coördinator" in answer.content.decode()
    assert client.get("/desk/stream").status_code == 403


def test_preparing_the_demo_twice_makes_one_second_step(mark, settings):
    """A new secret replaces the old one, and is ciphertext in its row."""
    prepare_demo_accounts()
    settings.DEMO_TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    assert [prepare_demo_accounts(), prepare_demo_accounts()] == [1, 1]
    stored = mark.user.authenticator_set.get().data["secret"]
    assert settings.DEMO_TOTP_SECRET not in stored
    assert decrypt(stored) == settings.DEMO_TOTP_SECRET


def test_where_residents_come_the_demo_is_locked_and_a_second_step_is_a_must(web, mark, settings):
    """Demo accounts open nothing there; a real one first sets up its second step."""
    settings.DEMO = False
    assert web.get("/desk/").url == reverse("desk:second_step")
    settings.DEMO = True
    prepare_demo_accounts()
    settings.DEMO = False
    assert web.get("/desk/").status_code == 403


def test_pages_are_kept_by_no_cache_and_say_their_language(web, handover):
    """A shared computer shows nothing with its Back button."""
    for address in ("/desk/", url("handover", handover)):
        answer = web.get(address, headers={"accept-language": "en"})
        assert (answer.headers["Cache-Control"], answer.headers["Content-Language"]) == ("no-store", "nl")
