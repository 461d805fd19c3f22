"""A resident's phone and a helper's desk in a real browser: for the browser tests and for the pictures of the README.

>>> with chromium() as browser:                                                             # doctest: +SKIP
...     chat = Chat(browser.new_page(**PHONE), "http://localhost:8000", "tr")
...     chat.write("merhaba")
...     chat.tap("Maakt niet uit")                 # buttons by their Dutch title, whatever the language
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.language.catalogue import translate
from bot.language.sources import BUTTON

if TYPE_CHECKING:  # only development machines have playwright
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["DESK", "PHONE", "Chat", "NoBrowser", "chromium", "sign_in"]

_HERE = {"timezone_id": "Europe/Amsterdam", "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, **_HERE}
DESK = {"viewport": {"width": 1200, "height": 900}, "locale": "nl-NL", **_HERE}
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# The machine may be busy with other tests, or training.
_PATIENCE_MS = 60_000
_CODE_SECONDS = 30


class NoBrowser(Exception):
    """There is no browser here. Install one: apt install chromium (or: uv run playwright install chromium)."""

    def __str__(self) -> str:
        return super().__str__() or str(self.__doc__)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, else the one playwright fetched. Raises NoBrowser."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ModuleNotFoundError:
        raise NoBrowser("playwright is missing. Install what development needs: uv sync") from None
    own = next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=own)
        except Error as error:
            if own:
                raise
            raise NoBrowser from error
        try:
            yield browser
        finally:
            browser.close()


class Chat:
    """The chat page in one language, acted as a resident would."""

    def __init__(self, page: Page, base: str, tag: str, start: str = "") -> None:
        self.page, self.tag = page, tag
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(f"{base}/chat/?lang={tag}" + (f"&start={start}" if start else ""))

    @property
    def said(self) -> Locator:
        """What the computer and helpers said."""
        return self.page.locator("#log .message:not(.resident)")

    @property
    def bubbles(self) -> Locator:
        """Every message of the conversation, sent or waiting."""
        return self.page.locator(".message:visible .bubble")

    def write(self, text: str) -> str:
        """Write, and return the first reply."""
        before = self.said.count()
        self.page.fill("#text", text)
        self.page.click("#send")
        return self._reply(before)

    def title(self, dutch: str) -> str:
        """A button's title in this language."""
        found = translate(BUTTON, dutch, self.tag)
        assert found, f"no button {dutch!r} in {self.tag}"
        return found

    def offered(self, dutch: str) -> Locator:
        """The button with this Dutch title in the last message that has buttons."""
        return self.page.locator("#log .choices").last.get_by_role("button", name=self.title(dutch), exact=True)

    def tap(self, dutch: str) -> str:
        """Tap the button with this Dutch title, and return the first reply."""
        button = self.offered(dutch)
        button.wait_for()  # each message comes alone: one with the buttons may follow the one that answered
        before = self.said.count()
        button.click()
        return self._reply(before)

    def _reply(self, before: int) -> str:
        reply = self.said.nth(before)
        reply.wait_for()
        return reply.locator(".bubble").inner_text()


_used: set[tuple[str, str]] = set()


def _fresh_code(email: str, now: Callable[[], str]) -> str:
    """A code counts once, and one about to end may end on the way: wait for the next."""
    while time.time() % _CODE_SECONDS > _CODE_SECONDS - 4 or (email, now()) in _used:
        time.sleep(0.5)
    _used.add((email, code := now()))
    return code


def sign_in(page: Page, base: str, email: str, password: str, totp_secret: str, to: str = "", ready: str = "#list") -> None:
    """From the sign-in page, with both steps, to the list or to the page ``to``, which is there once ``ready`` is."""
    from bot.desk.accounts import totp_now

    page.set_default_timeout(_PATIENCE_MS)
    page.goto(f"{base}/desk/{to}")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.click("main form button.main")
    page.wait_for_selector("[name=code]")
    page.fill("[name=code]", _fresh_code(email, lambda: totp_now(totp_secret)))
    page.click("main form button.main")
    page.wait_for_selector(ready)
    page.wait_for_load_state()  # the page hears keys once its scripts have run
