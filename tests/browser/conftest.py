"""Browsers on the running system; a page that complains or reaches elsewhere fails its test."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from bot.testing.browser import DESK, PHONE, Chat, NoBrowser, chromium, sign_in
from tests.browser.waiting import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser():
    """One browser a module: while playwright lives its event loop runs, and tests of other folders need theirs."""
    try:
        with chromium() as started:
            yield started
    except NoBrowser as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module")
def django_beside_playwright():
    """Playwright has an event loop in this thread; it only waits while the database is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


class Watch:
    """What pages did that they should not: errors on the console (also of the content policy), requests to other hosts."""

    def __init__(self, base: str) -> None:
        self._host, self.found, self.expected = urlsplit(base).netloc, [], ()

    def page(self, page):
        page.on("console", lambda message: message.type in {"error", "warning"} and self._note(message.text))
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("request", lambda request: self._request(request.url))

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != self._host:
            self._note(f"request to {url}")

    def _note(self, what: str) -> None:
        if not any(part in what for part in self.expected):
            self.found.append(what)


@pytest.fixture
def watch(system):
    """Every page of a test is watched; at its end nothing may have been found."""
    watching = Watch(system.base)
    yield watching
    assert watching.found == []


@pytest.fixture
def new_page(browser, watch):
    """Pages with cookies of their own."""
    contexts = []

    def make(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        context.on("page", watch.page)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def chat(new_page, system):
    """``chat("tr")``: the chat page on a phone."""
    return lambda tag, **options: Chat(new_page(**{**PHONE, **options}), system.base, tag)


@pytest.fixture
def desk(new_page, system):
    """The desk of a helper who is signed in."""

    def open_desk(email: str = "mark@demo.invalid"):
        page = new_page(**DESK)
        sign_in(page, system.base, email, system.secret("DEMO_PASSWORD"), system.secret("DEMO_TOTP_SECRET"))
        return page

    return open_desk
