"""The chat page where something fails: a script that is late, a hide that follows at once, a conversation that is gone."""

import re

import pytest
from playwright.sync_api import expect

from bot.neighbourhood import local_facts
from bot.neighbourhood.demo import load_demo
from bot.testing.browser import PHONE
from tests.browser.waiting import PATIENCE_MS, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_beside_playwright")]
WORDS = "mijn man slaat mij"


@pytest.fixture
def phone(db, browser, live_server):
    """A resident's phone; nothing runs behind the page but what a test answers."""
    load_demo()
    local_facts.forget()
    context = browser.new_context(**PHONE)
    context.set_default_timeout(PATIENCE_MS)
    context.route("**/chat/api/stream*", lambda route: route.abort())
    yield context.new_page()
    context.close()


def _hold(page):
    """The chat's script is on its way until the test lets it go, by calling what this returns once the page asked for it."""
    held = []
    page.route("**/webchat/chat*.js", lambda route: held.append(route))
    return lambda: until(page, lambda: held, "asked for").pop()


def test_what_is_typed_before_the_script_runs_is_neither_sent_nor_lost(phone, live_server):
    """A tap on Send puts no words into the address; they stand there when the script has come."""
    script = _hold(phone)
    phone.goto(f"{live_server.url}/chat/?lang=nl", wait_until="commit")
    phone.fill("#text", WORDS)
    phone.locator("#text").press("Enter")
    phone.locator("#text").press("Backspace")
    phone.locator("#send").click(force=True)
    phone.wait_for_timeout(500)
    assert phone.url == f"{live_server.url}/chat/?lang=nl"
    script().continue_()
    expect(phone.locator("#send")).to_be_enabled()
    expect(phone.locator("#text")).to_have_value(WORDS)
    expect(phone.locator("#late")).to_be_hidden()


def test_a_script_that_does_not_load_leaves_a_way_out(phone, live_server):
    """At once: try again, with what was typed, or call; nothing else on the page claims to work."""
    phone.route("**/webchat/outbox*.js", lambda route: route.abort())
    phone.goto(f"{live_server.url}/chat/?lang=nl")
    expect(phone.locator("#late")).to_be_visible()
    expect(phone.locator("#late .phone")).to_have_attribute("href", re.compile(r"^tel:\d{10}$"))
    expect(phone.locator("#send")).to_be_disabled()
    phone.fill("#text", WORDS)
    phone.unroute("**/webchat/outbox*.js")
    phone.click("#reload")
    expect(phone.locator("#send")).to_be_enabled()
    expect(phone.locator("#text")).to_have_value(WORDS)
    expect(phone.locator("#late")).to_be_hidden()


def test_a_slow_script_shows_the_way_out_until_it_comes(phone, live_server):
    """Eight seconds of nothing are long."""
    script = _hold(phone)
    phone.clock.install()
    phone.goto(f"{live_server.url}/chat/?lang=nl", wait_until="commit")
    expect(phone.locator("#form")).to_be_visible()
    expect(phone.locator("#late")).to_be_hidden()
    on_its_way = script()
    phone.clock.fast_forward(9000)
    expect(phone.locator("#late")).to_be_visible()
    on_its_way.continue_()
    expect(phone.locator("#late")).to_be_hidden()
    expect(phone.locator("#send")).to_be_enabled()


class _Api:
    """The chat's endpoints as a test wants them: ``answer(text)`` is a status, None for no answer, or "hold"."""

    def __init__(self, page, answer) -> None:
        self.page, self.answer, self.begun, self.posted, self.held, self.status = page, answer, 0, [], [], 200
        page.route("**/chat/api/sessions", self._session)
        page.route(re.compile(r"/chat/api/messages"), self._messages)

    def _session(self, route) -> None:
        self.begun, self.status = self.begun + 1, 200
        route.fulfill(status=201, json={"session": "x"})

    def _messages(self, route) -> None:
        if route.request.method == "GET":
            route.fulfill(status=self.status, json=[] if self.status == 200 else {})
            return
        said = route.request.post_data_json
        self.posted.append(said.get("text") or said["payload"])
        status = self.answer(len(self.posted))
        if status == "hold":
            self.held.append(route)
        elif status is None:
            route.abort("internetdisconnected")
        else:
            route.fulfill(status=status, json={"id": len(self.posted)})

    def wait(self, what) -> None:
        until(self.page, what, f"posted {self.posted}")


def _say(page, *texts) -> None:
    for text in texts:
        page.fill("#text", text)
        page.click("#send")


def test_what_was_sent_before_hiding_arrives_and_nothing_is_written_back(phone, live_server):
    """The neutral page may be long in coming; until then the old script still runs."""
    phone.add_init_script("""{ const real = window.fetch; window.fetch = (path, options) => {
        if (options?.method) localStorage.setItem('kept', (localStorage.getItem('kept') || '') + ' ' + options.keepalive);
        return real(path, options); }; }""")
    api = _Api(phone, lambda number: "hold")
    neutral = []
    phone.route("**/chat/hidden", lambda route: neutral.append(route))
    phone.goto(f"{live_server.url}/chat/?lang=nl")
    _say(phone, "ik ben bang", WORDS)
    api.wait(lambda: api.held)
    assert WORDS in phone.evaluate("sessionStorage.getItem('chat-unsent')")
    phone.locator("#hide").evaluate("(button) => { setTimeout(() => button.click(), 0); }")
    api.wait(lambda: neutral)
    api.held.pop().fulfill(status=202, json={"id": 1})
    api.wait(lambda: api.posted == ["ik ben bang", WORDS])
    neutral.pop().continue_()
    phone.wait_for_url("**/chat/hidden")
    assert phone.evaluate("sessionStorage.length") == 0
    assert phone.evaluate("localStorage.getItem('kept')") == " true true true"


def test_words_not_sent_yet_outlive_a_conversation_that_is_gone(phone, live_server):
    """The history hears of it first, after a reload: the words go into a new conversation, a button's tap does not."""
    phone.context.add_cookies([{"name": "aanspraak_chat", "value": "gone", "url": f"{live_server.url}/chat/"}])
    unsent = '[{"id": "a", "payload": "/deny", "label": "Nee"}, {"id": "b", "text": "ik ben bang", "label": "ik ben bang"}]'
    phone.add_init_script(f"sessionStorage.getItem('chat-unsent') ?? sessionStorage.setItem('chat-unsent', '{unsent}')")
    api = _Api(phone, lambda number: 202)
    api.status = 401
    phone.goto(f"{live_server.url}/chat/?lang=nl")
    api.wait(lambda: api.posted == ["ik ben bang"])
    expect(phone.locator("#log .resident")).to_have_count(1)
    assert api.begun == 1


def test_a_message_that_no_conversation_takes_says_so(phone, live_server):
    """After lost connections and refusals alike: not sent, and a button to try again."""
    api = _Api(phone, lambda number: None if number <= 3 else 401)
    phone.goto(f"{live_server.url}/chat/?lang=nl")
    _say(phone, "ik ben bang")
    for number in (1, 2):
        api.wait(lambda: len(api.posted) >= number)  # noqa: B023 - called at once
        phone.locator("#unsent .again").click()
    api.wait(lambda: len(api.posted) >= 4 or phone.locator("#unsent .again").is_visible())
    if len(api.posted) < 4:
        phone.locator("#unsent .again").click()
    api.wait(lambda: len(api.posted) >= 6)
    expect(phone.locator("#unsent .again")).to_be_visible()
    expect(phone.locator("#unsent .bubble")).to_have_text("ik ben bang")
