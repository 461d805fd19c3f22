"""Notices while the desk is closed, in a real browser: turned on at the account, shown by the worker without a word of whom.

The makers' mailboxes are out of reach here: the browser's own push (CDP) wakes the worker, the test answers the subscribing.
"""

import pytest

from bot.desk.models import PushDevice
from bot.neighbourhood.demo import load_demo
from bot.neighbourhood.models import Helper
from tests.browser.waiting import until
from tests.integration.test_desk_hostile import browser as signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_beside_playwright")]
ADDRESS = "https://fcm.googleapis.com/fcm/send/abc"
_MAILBOX = """() => { window.asked = [];
  const box = (endpoint) => ({endpoint, unsubscribe: async () => { localStorage.removeItem('box'); return true; }});
  PushManager.prototype.subscribe = async (options) => {
    window.asked.push([options.userVisibleOnly, options.applicationServerKey.length]); localStorage.setItem('box', '%s');
    return box('%s'); };
  PushManager.prototype.getSubscription = async () => localStorage.getItem('box') ? box(localStorage.getItem('box')) : null; }"""
_SHOWN = """() => navigator.serviceWorker.getRegistration('/desk/').then((r) => r.getNotifications())
  .then((all) => all.map((n) => [n.title, n.body, n.tag]))"""


@pytest.fixture
def phone(db, browser, live_server):
    """A key person's browser that is signed in and may show notices."""
    load_demo()
    team = Helper.objects.get(first_name="Ingrid").team
    client = signed_in("key_person", team)[0]
    context = browser.new_context(locale="nl-NL")
    context.grant_permissions(["notifications"], origin=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    context.route("**/desk/stream", lambda route: route.abort())
    page = context.new_page()
    page.add_init_script(f"({_MAILBOX % (ADDRESS, ADDRESS)})()")
    yield page
    context.close()


def _kept(page, value):
    """Waits until the page remembers whether notices come while it is closed."""
    until(page, lambda: page.evaluate("localStorage.getItem('desk:notify-closed')") == value, value)


def _rings(page, base):
    """The browser gets an empty push for the desk's worker, and has time for what should not come of it."""
    session = page.context.new_cdp_session(page)
    found = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(said["registrations"]))
    session.send("ServiceWorker.enable")
    ours = lambda: [one for one in found if one["scopeURL"].endswith("/desk/") and not one["isDeleted"]]  # noqa: E731
    number = until(page, ours, "registered")[0]["registrationId"]
    session.send("ServiceWorker.deliverPushMessage", {"origin": base, "registrationId": number, "data": ""})
    page.wait_for_timeout(700)


def test_turned_on_it_is_remembered_and_the_worker_shows_the_same_words(phone, live_server):
    """Not while the desk is in sight; off is off."""
    phone.goto(f"{live_server.url}/desk/account")
    phone.click("[data-turn=on]")
    phone.locator("[data-when=on]").first.wait_for()
    _kept(phone, "on")
    assert PushDevice.objects.get().address == ADDRESS
    assert phone.evaluate("window.asked") == [[True, 65]]
    assert phone.locator("[data-open-only]").is_hidden()
    _rings(phone, live_server.url)
    assert phone.evaluate(_SHOWN) == [], "who looks at the desk sees it"
    phone.goto(f"{live_server.url}/chat/")  # the desk is closed; the same browser, another page
    _rings(phone, live_server.url)
    until(phone, lambda: phone.evaluate(_SHOWN) == [["Er staat iets klaar", "", "desk"]], "shown")
    _rings(phone, live_server.url)
    assert len(phone.evaluate(_SHOWN)) == 1
    phone.goto(f"{live_server.url}/desk/account")
    phone.click("[data-turn=off]")
    _kept(phone, "off")
    assert PushDevice.objects.count() == 0


def test_a_browser_without_a_mailbox_says_that_it_tells_only_while_open(phone, live_server):
    """Its maker does not answer, or it has none."""
    phone.add_init_script("PushManager.prototype.subscribe = async () => { throw new DOMException('push service error'); }")
    phone.goto(f"{live_server.url}/desk/account")
    phone.click("[data-turn=on]")
    phone.locator("[data-open-only]").wait_for()
    assert PushDevice.objects.count() == 0
