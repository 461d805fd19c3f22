"""Signing in with the municipality's own account, against a provider on this machine that signs for real."""

import datetime as dt
import time

import httpx
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from joserfc.jwk import RSAKey

from bot.desk.accounts import totp_now
from bot.desk.invitations import invite, reset_factor
from bot.neighbourhood.accounts import AccountEvent, OfficeAccount
from bot.neighbourhood.keeping import sweep
from bot.neighbourhood.models import User
from bot.testing.oidc import FakeProvider
from tests.integration.handover_helpers import make_helper, team  # noqa: F401

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def provider(settings):
    """A provider that the desk knows."""
    with FakeProvider() as fake:
        settings.OIDC_ISSUER, settings.DEMO = fake.issuer, False
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = fake.client
        yield fake


@pytest.fixture
def noor(team):  # noqa: F811
    """A colleague with an account and a second step."""
    helper = make_helper(team, "Noor")
    User.objects.filter(pk=helper.user.pk).update(email="noor@example.nl")
    TOTP.activate(helper.user, SECRET)
    return User.objects.get(pk=helper.user.pk)


def gone_there(browser, page=""):
    """The address the provider sends the browser back to."""
    answer = browser.get("/desk/office" + (f"?next={page}" if page else ""))
    assert answer.status_code == 302, answer.content.decode()
    return httpx.get(answer.url).headers["Location"]


def comes_back(browser, address):
    return browser.get(address.removeprefix("http://testserver"))


def signs_in(browser, page=""):
    return comes_back(browser, gone_there(browser, page))


def test_without_a_provider_nothing_of_it_is_there(team):  # noqa: F811
    """The sign-in page is as before, and the addresses are none."""
    assert "/desk/office" not in Client().get("/accounts/login/").content.decode()
    assert "/desk/office" not in Client().get(f"/desk/invitation/{invite('a@example.nl', 'A', 'worker', team)}").content.decode()
    for address in ("office", "office/back", "office/out", "signed-out"):
        assert Client().get(f"/desk/{address}").status_code == 404


def test_a_known_colleague_signs_in_and_still_does_the_second_step(provider, noor):
    """By the address at first, then by the provider's own name for them, also when the address changes there."""
    browser = Client()
    assert "Inloggen met je werkaccount" in browser.get("/accounts/login/").content.decode()
    assert signs_in(browser).url == "/accounts/2fa/authenticate/"
    assert browser.get("/desk/").status_code == 302, "not before the second step"
    assert browser.post("/accounts/2fa/authenticate/", {"code": totp_now(SECRET)}).url == "/desk/home"
    assert browser.get("/desk/").status_code == 200
    assert [e.kind for e in AccountEvent.objects.all()] == ["linked"]
    provider.who["email"] = "noor.nieuw@example.nl"
    assert signs_in(Client()).url == "/accounts/2fa/authenticate/"
    assert provider.who["sub"] not in str(OfficeAccount.objects.values())


def test_who_has_no_second_step_sets_one_up_first(provider, noor):
    """A sign-in there opens no page here by itself."""
    Authenticator.objects.all().delete()
    browser = Client()
    assert signs_in(browser).url == "/desk/home"
    assert browser.get("/desk/").url == "/desk/second-step"
    assert browser.get("/accounts/2fa/webauthn/add/").status_code == 200, "no password is asked for that they do not have"


@pytest.mark.django_db(transaction=True)  # the stream reads in a thread of its own
def test_the_stream_waits_for_the_second_step_too(provider, noor, settings):
    """Unless the provider's counts."""
    Authenticator.objects.all().delete()
    browser = Client()
    signs_in(browser)
    assert browser.get("/desk/stream").status_code == 403
    settings.OIDC_SECOND_STEP, provider.who["acr"] = ["mfa"], "mfa"
    signs_in(browser)
    assert browser.get("/desk/stream").status_code == 200


@pytest.mark.parametrize("said", [{"amr": ["pwd", "mfa"]}, {"acr": "mfa"}])
def test_the_providers_second_step_counts_only_where_the_operator_says_so(said, provider, noor, settings):
    """Asserted and trusted; either alone is not enough."""
    provider.who.update(said)
    assert signs_in(Client()).url == "/accounts/2fa/authenticate/"
    settings.OIDC_SECOND_STEP = ["mfa"]
    browser = Client()
    assert signs_in(browser, "/desk/reach").url == "/desk/reach"
    assert browser.get("/desk/reach").status_code == 200
    for name in said:
        provider.who[name] = ["pwd"] if name == "amr" else "pwd"
    assert signs_in(Client()).url == "/accounts/2fa/authenticate/"


def test_an_invited_person_comes_in_without_a_password(provider, team):  # noqa: F811
    """The invitation is used up; the name and the team are the invitation's."""
    link = f"/desk/invitation/{invite('noor@example.nl', 'Noor', 'worker', team)}"
    assert "Zonder nieuw wachtwoord" in Client().get(link).content.decode()
    browser = Client()
    assert signs_in(browser).url == "/desk/home"
    assert browser.get("/desk/").url == "/desk/second-step"
    user = User.objects.get()
    assert (user.helper.first_name, user.helper.team, user.has_usable_password()) == ("Noor", team, False)
    assert Client().get(link).status_code == 404
    assert [e.kind for e in AccountEvent.objects.all()] == ["linked", "joined", "invited"]


@pytest.mark.parametrize("changes", [{"email": "vreemd@example.nl"}, {"email_verified": False}, {"email": None}])
def test_nobody_is_made_up(changes, provider, noor, team):  # noqa: F811
    """Not invited, an address the provider does not vouch for, none at all: no account, no session, and what to do."""
    invite("anna@example.nl", "Anna", "worker", team)
    provider.who.update(changes)
    browser = Client()
    answer = signs_in(browser)
    assert (answer.status_code, "Vraag je coördinator" in answer.content.decode()) == (403, True)
    assert (User.objects.count(), OfficeAccount.objects.count()) == (1, 0)
    assert "_auth_user_id" not in browser.session


def test_who_left_long_ago_is_nameless_there_too(provider, noor, settings):
    """The link goes with the name."""
    signs_in(Client())
    User.objects.update(is_active=False, date_joined=timezone.now() - dt.timedelta(days=settings.RETENTION_AUDIT_DAYS + 1))
    sweep(timezone.now())
    assert OfficeAccount.objects.count() == 0


def test_an_address_that_went_to_somebody_else_opens_nothing(provider, noor):
    """Until who keeps the people takes the link away with the second step."""
    signs_in(Client())
    provider.who["sub"] = "somebody new"
    answer = signs_in(Client())
    assert (answer.status_code, "hoort bij iemand anders" in answer.content.decode()) == (403, True)
    reset_factor(noor.email)
    assert signs_in(Client()).url == "/desk/home"


def test_a_closed_account_stays_closed(provider, noor):
    """Whatever the provider says."""
    signs_in(Client())
    User.objects.update(is_active=False)
    assert signs_in(Client()).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": ["another"]}, {"aud": None},
        {"iss": "https://elsewhere.example"}, {"sub": None}, {"exp": int(time.time()) - 600}, {"exp": None},
        {"iat": int(time.time()) + 86_400}, {"azp": "another"}, {"aud": ["aanspraak", "another"], "azp": "another"},
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_token_that_is_not_right_signs_nobody_in(wrong, provider, noor):
    """Nonce, audience, issuer, times."""
    provider.spoil.update(wrong)
    browser = Client()
    answer = signs_in(browser)
    assert (answer.status_code, "Begin opnieuw" in answer.content.decode()) == (403, True)
    assert "_auth_user_id" not in browser.session
    assert OfficeAccount.objects.count() == 0


def test_a_token_signed_by_somebody_else_is_none(provider, noor):
    """The same name of the key, another key."""
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
    assert signs_in(Client()).status_code == 403


def test_what_another_browser_began_is_not_ended_here(provider, noor):
    """Wrong state, a code of somebody else's, the same answer twice, a no at the provider."""
    mine, theirs = Client(), Client()
    address = gone_there(mine)
    assert comes_back(theirs, address).status_code == 403
    assert comes_back(mine, address.replace("state=", "state=x")).status_code == 403
    assert comes_back(mine, gone_there(mine)).status_code == 302
    assert comes_back(mine, address.replace("code=", "code=x")).status_code == 403
    assert comes_back(mine, address).status_code == 403
    assert mine.get("/desk/office/back?error=access_denied").status_code == 403
    assert theirs.get("/desk/office/back").status_code == 403
    assert "_auth_user_id" not in theirs.session


def test_afterwards_only_a_page_of_ours_is_opened(provider, noor, settings):
    """Never another site's."""
    settings.OIDC_SECOND_STEP = ["mfa"]
    provider.who["amr"] = ["mfa"]
    for page in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        assert signs_in(Client(), page).url == "/desk/home"


def test_the_address_may_stand_at_the_userinfo_endpoint(provider, noor):
    """Some providers keep tokens small; whose it is must be the same."""
    provider.in_id_token = False
    assert signs_in(Client()).url == "/accounts/2fa/authenticate/"
    OfficeAccount.objects.all().delete()
    provider.spoil["sub"] = "somebody else"
    assert signs_in(Client()).status_code == 403


def test_a_provider_that_never_says_verified_is_trusted_when_the_operator_says_so(provider, noor, settings):
    """Off by default."""
    del provider.who["email_verified"]
    assert signs_in(Client()).status_code == 403
    settings.OIDC_EMAIL_VERIFIED = True
    assert signs_in(Client()).url == "/accounts/2fa/authenticate/"


def test_a_provider_that_is_away_or_another_is_said_plainly(provider, noor, settings):
    """And the password stays a way in."""
    provider.away = True
    answer = Client().get("/desk/office")
    assert (answer.status_code, "log in met je wachtwoord" in answer.content.decode()) == (503, True)
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    assert Client().get("/desk/office").status_code == 503
    provider.away, settings.OIDC_ISSUER = False, provider.issuer.replace("127.0.0.1", "localhost")
    assert Client().get("/desk/office").status_code == 503, "it calls itself otherwise"


def test_doctor_says_when_the_provider_does_not_fit(provider, monkeypatch):
    """And nothing when it does, or when there is none."""
    from bot import doctor
    from bot import settings as ours

    assert list(doctor._office()) == []
    monkeypatch.setattr(ours, "OIDC_ISSUER", provider.issuer)
    assert list(doctor._office()) == []
    provider.away = True
    assert [found.level for found in doctor._office()] == ["error"]


def test_signing_out_ends_the_session_here_and_offers_it_there(provider, noor, settings):
    """On a computer that others use."""
    settings.OIDC_SECOND_STEP = ["mfa"]
    provider.who["amr"] = ["mfa"]
    browser = Client()
    signs_in(browser)
    assert browser.post("/accounts/logout/").url == "/desk/signed-out"
    assert (browser.get("/desk/").status_code, Session.objects.filter(session_data__contains="_auth").count()) == (302, 0)
    assert "/desk/office/out" in browser.get("/desk/signed-out").content.decode()
    there = httpx.get(browser.get("/desk/office/out").url)
    assert there.headers["Location"].startswith("http://testserver/accounts/login/")
    assert provider.left[0]["client_id"] == provider.client[0]
