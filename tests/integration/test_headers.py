"""What every answer of every address carries: found by walking the addresses, so that a new page is held to it by itself."""

import re
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from bot.neighbourhood.models import User
from tests.integration.handover_helpers import make_conversation, make_helper, make_team, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>\s*[^\s<]|<style[\s>]|\sstyle=\"|\son[a-z]+=\"|javascript:", re.IGNORECASE)
_DATA = re.compile(r"<script[^>]*type=\"application/(?:json|ld\+json)\"[^>]*>.*?</script>", re.DOTALL)
_VALUES = {"UUIDConverter": lambda: str(uuid.uuid4()), "IntConverter": lambda: "1"}


def _addresses(resolver=None, prefix="/"):
    """One address for each pattern; what stands in brackets is filled with something of its kind."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = str(entry.pattern)
        for name, converter in entry.pattern.converters.items():
            value = _VALUES.get(type(converter).__name__, lambda: "x")()
            route = re.sub(rf"<[^<>]*\b{name}>", value, route)
        route = re.sub(r"\(\?P<\w+>[^()]*\)", "x-y", route.removeprefix("^").removesuffix("$"))
        if isinstance(entry, URLPattern):
            yield prefix + route.replace("\\", "")
        else:
            yield from _addresses(entry, prefix + route)


# The pages of accounts last: one of them signs out.
ADDRESSES = sorted(set(_addresses()), key=lambda address: (address.startswith("/accounts/"), address))
_walked = []


def _people(team):  # noqa: F811
    users = [make_helper(team, "Noor", coordinator=True).user]
    users += [User.objects.create(email=f"{o}@example.nl", username=o, office=o) for o in ("maintainer", "administrator")]
    clients = [Client()]
    for user in users:
        Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})  # else every page asks for it
        clients.append(Client())
        clients[-1].force_login(user, backend=BACKEND)
    return clients


@pytest.fixture
def answers(team, settings):  # noqa: F811
    """(address, answer) for a stranger, a coordinator, a maintainer and an administrator, as behind a proxy with TLS."""
    settings.PUBLIC_BASE_URL = "https://testserver"
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.DEMO = False
    handover = stored(make_conversation())
    extra = [reverse("desk:handover", args=[handover.pk])]
    people = _people(team)
    if not _walked:  # once is enough: what was answered does not change
        _walked.extend(
            (address, person.get(address, headers={"X-Forwarded-Proto": "https"}))
            for address in [*extra, *ADDRESSES]
            for person in people
        )
    return _walked


def _wrong(answers, right):
    return sorted({f"{answer.status_code} {address}" for address, answer in answers if not right(answer)})


def test_every_answer_of_every_address_is_guarded(answers):
    """No inline script or style, nobody frames us, nothing is guessed, nothing is told onward, TLS stays."""
    assert len(ADDRESSES) > 80
    assert sum(answer.status_code == 200 for _, answer in answers) > 60

    def policy(answer):
        found = answer.headers.get("Content-Security-Policy", "")
        script = re.search(r"script-src[^;]*", found)
        return ("default-src 'self'" in found or "default-src 'none'" in found) and not any(
            word in (script[0] if script else found) for word in ("unsafe-inline", "unsafe-eval")
        )

    assert _wrong(answers, policy) == []
    assert _wrong(answers, lambda a: "frame-ancestors 'none'" in a.headers["Content-Security-Policy"]) == []
    for name, value in (
        ("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Strict-Transport-Security", "max-age=31536000"),
    ):  # fmt: skip
        assert _wrong(answers, lambda a, name=name, value=value: a.headers.get(name) == value) == [], name


def test_no_page_holds_a_script_or_style_of_its_own(answers):
    pages = [
        (address, answer)
        for address, answer in answers
        if not answer.streaming and answer.headers.get("Content-Type", "").startswith("text/html")
    ]
    assert sum(answer.status_code == 200 and address.startswith("/desk/") for address, answer in pages) > 10
    assert _wrong(pages, lambda a: not _INLINE.search(_DATA.sub("", a.content.decode()))) == []


def test_every_cookie_is_for_us_alone(answers):
    """Secure and SameSite; out of reach of scripts but for the forms' token, which is no secret of anybody's."""
    seen = {}
    for address, answer in answers:
        for name, cookie in answer.cookies.items():
            if cookie["max-age"] == 0:  # taken away
                continue
            seen[name] = address
            assert cookie["secure"], (name, address)
            assert cookie["samesite"] in {"Lax", "Strict"}, (name, address)
            assert cookie["httponly"] or name == "csrftoken", (name, address)
    assert "csrftoken" in seen


def test_private_pages_are_kept_by_no_cache(answers):
    private = [(a, answer) for a, answer in answers if a.startswith(("/chat/", "/desk/", "/accounts/"))]
    assert _wrong(private, lambda a: a.headers.get("Cache-Control") == "no-store") == []
