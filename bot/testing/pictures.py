"""The pictures of the README, acted in a browser on a running demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from .browser import DESK, PHONE, Chat, chromium, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["FOLDER", "NoAnswer", "check", "renew"]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
_EMAIL = "fatma@demo.invalid"
# Drafts, as every text outside Dutch: nobody has reviewed them.
_OTHERS = (
    ("nl", "ik wil graag met een mens praten", "3062"),
    ("en", "can I talk to a person please", "3061"),
)
_CHOICES = ("Ik kies", "Iemand uit de buurt", "Een vrouw", "Ja, mijn taal", "Maakt niet uit", "Hier in de app", "Ochtend")
_ANSWER = "Merhaba, ben Fatma. Yazdığınız için teşekkürler. Yarın sabah konuşalım mı?"


class NoAnswer(Exception):
    """No running demo answers there. Start one with ./run, or give its address: --base http://localhost:8100."""

    def __str__(self) -> str:
        return str(self.__doc__)


def check(base: str) -> None:
    """Raises NoAnswer."""
    try:
        httpx.get(f"{base}/readyz", timeout=10).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL):
        raise NoAnswer from None


def _phone(browser: Browser, base: str, tag: str) -> Chat:
    return Chat(browser.new_page(**PHONE, device_scale_factor=2), base, tag)


def _save(page: Page, name: str, folder: Path) -> Path:
    page.wait_for_timeout(400)  # the scrolling ends
    page.screenshot(path=folder / name, animations="disabled", caret="hide")
    return folder / name


def _ask(chat: Chat, words: str, area: str) -> None:
    """The short road to a person."""
    chat.write(words)
    chat.tap("Maakt niet uit")
    chat.write(area)
    chat.tap("Ja, geef door")


def _arabic(browser: Browser, base: str) -> Chat:
    chat = _phone(browser, base, "ar")
    chat.write("السلام عليكم")
    chat.write("وصلتني رسالة بالهولندية ولا أفهمها")
    return chat


def _turkish(browser: Browser, base: str) -> Chat:
    """Somebody who chooses with whom."""
    chat = _phone(browser, base, "tr")
    chat.write("merhaba")
    chat.write("bir insanla konuşmak istiyorum")
    for title in _CHOICES:
        chat.tap(title)
    chat.write("3061")
    chat.tap("Maakt niet uit")
    chat.tap("Ja, geef door")
    return chat


def _desk(browser: Browser, base: str, password: str, totp_secret: str) -> Page:
    page = browser.new_page(**DESK)
    sign_in(page, base, _EMAIL, password, totp_secret)
    return page


def _answer(desk: Page, chat: Chat) -> None:
    """The newest Turkish one: accepted and answered."""
    desk.locator(".row", has_text="Türkçe").first.click()
    desk.click(".actions button.main")
    desk.fill("#compose #text", _ANSWER)
    desk.click("#compose button.main")
    chat.page.locator(".message.helper").first.wait_for()


def _answer_back(desk: Page, chat: Chat) -> None:
    chat.page.fill("#text", "Evet, yarın sabah olur.")
    chat.page.click("#send")
    desk.locator("#thread .resident").first.wait_for()


def renew(base: str, password: str, totp_secret: str, folder: Path = FOLDER) -> list[Path]:
    """Act the scene on the demo at ``base`` and write the four pictures; returns them. Raises NoAnswer or NoBrowser."""
    check(base)
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for tag, words, area in _OTHERS:
            _ask(_phone(browser, base, tag), words, area)
        made = [_save(_arabic(browser, base).page, "chat-ar.png", folder)]
        chat = _turkish(browser, base)
        desk = _desk(browser, base, password, totp_secret)
        made.append(_save(desk, "desk-list.png", folder))
        _answer(desk, chat)
        made.append(_save(chat.page, "chat-tr.png", folder))
        _answer_back(desk, chat)
        return [*made, _save(desk, "desk-handover.png", folder)]
