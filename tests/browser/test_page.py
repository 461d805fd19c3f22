"""The chat page keeps its promises: nothing lost, nothing doubled, hidden at once, usable without a mouse."""

import time

import httpx
from playwright.sync_api import expect

from bot.language.tags import ON_OFFER, direction
from tests.browser.looks import focused
from tests.browser.waiting import until

OFFLINE = ("ERR_INTERNET_DISCONNECTED",)


def _texts(chat) -> list[str]:
    return chat.bubbles.all_inner_texts()


def _stored(chat, system) -> list[dict]:
    cookie = next(c["value"] for c in chat.page.context.cookies() if c["name"] == "aanspraak_chat")
    headers = {"Authorization": f"Bearer {cookie}"}
    return httpx.get(f"{system.base}/chat/api/messages?after=0", headers=headers, timeout=30).json()


def _post(chat, system, text: str) -> None:
    """The same conversation from elsewhere, while the page is offline."""
    cookie = next(c["value"] for c in chat.page.context.cookies() if c["name"] == "aanspraak_chat")
    headers = {"Authorization": f"Bearer {cookie}"}
    httpx.post(f"{system.base}/chat/api/messages", headers=headers, json={"text": text}, timeout=30).raise_for_status()


def _all_answered_and_shown(chat, system) -> bool:
    """Whether each message has its answer, and the page shows just what is stored."""
    stored = _stored(chat, system)
    authors = [m["author"] for m in stored]
    return authors.count("bot") >= authors.count("resident") and _texts(chat) == [m["text"] for m in stored]


def test_a_reload_keeps_everything(chat):
    """The messages, their order, the tapped button and a text half written are there again."""
    resident = chat("tr")
    resident.write("merhaba")
    resident.tap("Een brief")
    resident.page.fill("#text", "yarım kalan")
    before = _texts(resident)
    resident.page.reload()
    expect(resident.bubbles).to_have_count(len(before))
    assert _texts(resident) == before
    expect(resident.page.locator("#text")).to_have_value("yarım kalan")
    expect(resident.page.locator(".choice.chosen")).to_have_count(1)
    expect(resident.page.locator("#intro")).to_be_hidden()


def test_a_lost_connection_loses_and_doubles_nothing(chat, watch, system):
    """Written while offline: sent once, in order, when the connection is back; what came meanwhile appears once."""
    watch.expected = OFFLINE
    resident = chat("tr")
    resident.write("merhaba")
    resident.page.context.set_offline(True)
    for text in ("bir tane mektup aldım", "Hollandaca bilmiyorum"):
        resident.page.fill("#text", text)
        resident.page.click("#send")
    expect(resident.page.locator("#unsent .message:visible")).to_have_count(2)
    expect(resident.page.locator("#unsent .again")).to_be_visible()
    _post(resident, system, "buradayım")
    resident.page.context.set_offline(False)
    expect(resident.page.locator("#unsent .message:visible")).to_have_count(0)
    own = resident.page.locator("#log .resident .bubble")
    expect(own).to_have_count(4)
    expect(resident.page.locator("#log .resident + .bot").last).to_be_visible()
    until(resident.page, lambda: _all_answered_and_shown(resident, system))
    resident.page.wait_for_timeout(1000)  # any double had time to come
    assert _all_answered_and_shown(resident, system)
    said = [m["text"] for m in _stored(resident, system) if m["author"] == "resident"]
    assert said == ["merhaba", "buradayım", "bir tane mektup aldım", "Hollandaca bilmiyorum"]


def test_a_message_written_offline_survives_a_reload(chat, watch, system):
    """What was not sent yet is still there, and is sent."""
    watch.expected = OFFLINE
    resident = chat("nl")
    resident.write("hallo")
    resident.page.route("**/chat/api/messages", lambda route: route.abort("internetdisconnected"))
    resident.page.fill("#text", "ik heb een brief gekregen")
    resident.page.click("#send")
    expect(resident.page.locator("#unsent .again")).to_be_visible()
    resident.page.unroute_all()
    resident.page.reload()
    expect(resident.page.locator("#log .resident")).to_have_count(2)
    expect(resident.page.locator("#unsent .message:visible")).to_have_count(0)
    assert [m["text"] for m in _stored(resident, system)].count("ik heb een brief gekregen") == 1


def test_quick_hide_leaves_the_page_and_its_title(chat):
    """One tap: another page, another title, nothing of the chat, and Back does not return to it."""
    resident = chat("tr")
    title = resident.page.title()
    resident.write("merhaba")
    resident.page.click("#hide")
    resident.page.wait_for_url("**/chat/hidden")
    assert resident.page.title() != title
    assert "merhaba" not in resident.page.content()
    resident.page.go_back()
    assert "/chat/" not in resident.page.url.replace("/chat/hidden", "")


def _escape_twice(page) -> None:
    """Within the second that counts; on a busy machine more may pass between two presses, and then it is done again."""
    began = -1.0
    while time.monotonic() - began > 1:
        began = time.monotonic()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")


def test_escape_twice_hides_too(chat):
    """A keyboard is faster than a mouse."""
    resident = chat("nl")
    resident.write("hallo")
    _escape_twice(resident.page)
    resident.page.wait_for_url("**/chat/hidden")


def _tab_to(page, wanted, most: int = 40) -> None:
    """Tab until ``wanted(name)``; whatever has the focus on the way is seen to have it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = focused(page)
        assert found["seen"], f"no visible focus on {found['name']!r}"
        if wanted(found["name"]):
            return
    raise AssertionError("never reached by Tab")


def test_the_keyboard_alone_is_enough(chat):
    """Tab and Enter reach the field, send, reach a button and tap it; the focus is always in sight."""
    resident = chat("tr", has_touch=False, is_mobile=False)
    page = resident.page
    _tab_to(page, lambda name: name == "text")
    page.keyboard.type("merhaba")
    page.keyboard.press("Enter")
    expect(page.locator("#log .choice").first).to_be_visible()
    expect(page.locator("#text")).to_be_focused()
    title = resident.title("Een brief")
    page.keyboard.press("Shift+Tab")
    while focused(page)["name"] != title:
        page.keyboard.press("Shift+Tab")
    before = resident.said.count()
    page.keyboard.press("Enter")
    expect(resident.said.nth(before)).to_be_visible()
    listen = page.locator(".listen").all_inner_texts()
    _tab_to(page, lambda name: name not in {"text", "send", *listen}, most=3)
    expect(page.locator("#log .choices").last.locator(":focus")).to_have_count(1)


def test_a_screen_reader_finds_its_way(chat):
    """A log that is read as it grows, one heading, a named field, languages as links with their own tags."""
    page = chat("ar").page
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    assert log.get_attribute("aria-label")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("textbox")).to_have_count(1)
    assert page.locator("label[for=text]").inner_text()
    tags = page.locator(".languages a").evaluate_all("links => links.map((a) => [a.lang, a.dir])")
    assert tags == [[tag, direction(tag)] for tag in ON_OFFER]


def test_the_page_follows_the_language_of_the_answer(chat):
    """Who writes Arabic on a Dutch page need not look for a switch; a text half written stays, and so does the language."""
    resident = chat("nl")
    resident.page.fill("#text", "مرحبا، وصلتني رسالة ولا أفهمها")
    resident.page.click("#send")
    page = resident.page
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("[data-language=ar]")).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-language=nl]")).not_to_have_attribute("aria-current", "true")
    expect(page.locator("#log .bot .who").first).not_to_contain_text("Computer")
    page.fill("#text", "شكر")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("#text")).to_have_value("شكر")


def test_another_language_is_one_tap_away(chat):
    """The page and the conversation go on in it, with what was said."""
    resident = chat("tr")
    resident.write("merhaba")
    resident.page.locator("[data-language=ar]").click()
    expect(resident.page.locator("html")).to_have_attribute("lang", "ar")
    expect(resident.bubbles.first).to_have_text("merhaba")


def _silent(page) -> bool | None:
    """Whether the one sound on the page is silent; None when there is none."""
    return page.evaluate("() => document.querySelector('audio')?.paused")


def test_a_message_is_heard_after_a_tap_and_falls_silent_when_the_page_is_hidden(chat, system):
    """With the keyboard, said to be a computer's, once more to stop; another one takes its place; nothing plays by itself."""
    resident = chat("tr")
    resident.write("merhaba")
    page, listen = resident.page, resident.page.locator("#log .listen")
    expect(listen).to_have_count(1)
    expect(listen).to_have_text("Bilgisayar sesi")
    page.wait_for_timeout(500)
    assert _silent(page) is None, "nothing is even fetched unasked"
    listen.focus()
    page.keyboard.press("Enter")
    expect(listen).to_have_text("Durdur")
    page.wait_for_function("() => document.querySelector('audio')?.currentTime > 0")
    assert _silent(page) is False
    page.keyboard.press("Enter")
    expect(listen).to_have_text("Bilgisayar sesi")
    assert _silent(page) is True
    assert len(resident.page.locator("#log .choice").all()) == 4, "listening used up no button"
    page.keyboard.press("Enter")
    expect(listen).to_have_text("Durdur")
    page.evaluate("""() => {
        Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});
        document.dispatchEvent(new Event('visibilitychange'));
    }""")
    expect(listen).to_have_text("Bilgisayar sesi")
    assert _silent(page) is True
    assert [m["author"] for m in _stored(resident, system)].count("resident") == 1, "listening says nothing"
