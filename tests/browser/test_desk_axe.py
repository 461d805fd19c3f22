"""axe on every page of the desk that links lead to, light and dark, and at 200 % zoom; found by walking: none is left out.

Without Rasa and workers: the pages alone, over rows made here.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from bot.desk.models import Tally
from bot.desk.reach import VIEWS, last_months
from bot.handover import service
from bot.neighbourhood.demo import load_demo
from bot.neighbourhood.models import Helper
from tests.browser.looks import nameless, too_wide
from tests.browser.waiting import until
from tests.integration.handover_helpers import make_conversation, stored
from tests.integration.test_desk_hostile import browser as signed_in
from tests.integration.test_desk_hostile import crawl

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_beside_playwright")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What alone can differ between light and dark.
COLOURS = ["color-contrast", "link-in-text-block"]
OUTSIDE = ("/accounts/login/", "/desk/invitation/nergens", "/nergens/")
_STILL = """() => document.getAnimations().length + [...document.querySelectorAll('*')].filter((e) =>
  getComputedStyle(e).transitionDuration.split(',').some((t) => parseFloat(t) > 0.01)).length"""

_ENDLESS = """() => document.querySelectorAll('blockquote, .bubble, dd bdi, .row-wishes, .row-language, .kept, .paper *')
  .forEach((e) => { if (!e.children.length) e.textContent = 'w'.repeat(10000); })"""


@pytest.fixture
def busy(db):
    """A team with one who waits, one in conversation in a language its helper does not read, and a closed one."""
    load_demo()
    ingrid = Helper.objects.get(first_name="Ingrid")
    stored(make_conversation("ar"), text="أريد أن أتكلم", helper_gender="woman")
    talk = stored(make_conversation("tr", channel="webchat"), text="bir mektup aldım", interpreter="wanted")
    closed = stored(make_conversation("pl"), text="list")
    for handover in (talk, closed):
        service.accept(handover.pk, ingrid)
        service.write(handover.pk, ingrid, "Goedemiddag, zullen we samen kijken?")
    service.close(closed.pk, ingrid, "contact")
    service.note(talk.pk, ingrid, "Morgen bellen")
    months = last_months(timezone.localdate())
    for view in VIEWS:
        for group, count in (("tr", 30), ("ar", 12), ("pl", 4)):
            Tally.objects.create(team=ingrid.team, month=months[-1], view=view, group=group, count=count)
    return ingrid


def addresses(client):
    """Every page, one of each kind; what is a file or a piece of a page is none."""
    found = crawl(client, "/desk/home", "/desk/", "/desk/?tab=mine", "/desk/?tab=closed", "/desk/account", "/desk/second-step")
    pages = (a for a, answer in found.items() if answer.content.lstrip()[:15].lower() == b"<!doctype html>")
    return sorted(pages)


def findings(page, only):
    page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    found = Axe().run(page, options={"runOnly": only}).response["violations"]
    return [(v["id"], [n["html"][:100] for n in v["nodes"]][:3]) for v in found]


def look(page, address):
    """What is wrong with it, in both modes, narrow and without motion."""
    page.goto(address)
    page.emulate_media(color_scheme="light")
    wrong = findings(page, RULES)
    page.emulate_media(color_scheme="dark")
    wrong += findings(page, {"type": "rule", "values": COLOURS})
    page.set_viewport_size({"width": 640, "height": 450})  # 1280 at 200 %
    wrong += ["too wide"] if too_wide(page) else []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    wrong += ["moves"] if page.evaluate(_STILL) else []
    return wrong + nameless(page)


@pytest.mark.parametrize("role", ["coordinator", "key_person", "worker", "maintainer", "administrator"])
def test_axe_finds_nothing_on_any_page(role, busy, browser, live_server):
    """Also nothing sticks out at twice the size, and nothing moves for who asked for that."""
    client = signed_in(role, busy.team)[0]
    if role == "coordinator":
        client.force_login(busy.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="nl-NL")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    context.route("**/desk/stream", lambda route: route.abort())
    page, seen = context.new_page(), addresses(client)
    wrong = {address: found for address in seen if (found := look(page, live_server.url + address))}
    context.close()
    assert wrong == {}
    assert len(seen) >= {"coordinator": 30, "key_person": 10, "worker": 10}.get(role, 3)


def test_axe_finds_nothing_before_the_desk(busy, browser, live_server):
    """Signing in, an invitation that is over, an address that is none."""
    page = browser.new_page()
    assert {address: found for address in OUTSIDE if (found := look(page, live_server.url + address))} == {}
    page.close()


def test_an_endless_word_widens_no_page(busy, browser, live_server):
    """Ten thousand letters without a space, on a phone, in every place where a resident's words stand."""
    client = signed_in("worker", busy.team)[0]
    client.force_login(busy.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    context = browser.new_context(viewport={"width": 320, "height": 640})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    context.route("**/desk/stream", lambda route: route.abort())
    page = context.new_page()
    for address in addresses(client):
        page.goto(live_server.url + address)
        page.evaluate(_ENDLESS)
        assert too_wide(page) == 0, address
    context.close()


_LISTEN = """() => { window.notes = []; localStorage.setItem('desk:notify', 'on');
  window.Notification = class { constructor(title, options) { window.notes.push([title, options]); } };
  window.Notification.permission = 'granted';
  Object.defineProperty(document, 'hidden', {get: () => window.away ?? true, configurable: true}); }"""


def test_a_notification_says_that_something_waits_and_nothing_else(busy, browser, live_server, monkeypatch):
    """For who asked for it and looks elsewhere; not in quiet hours, not while looking at the page."""
    client = signed_in("worker", busy.team)[0]
    Helper.objects.filter(first_name="Worker").update(quiet_from=None, quiet_until=None)
    monkeypatch.setattr("bot.desk.notify.is_open", lambda team, now: True)  # at midnight and on a holiday too
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    context.route("**/desk/stream", lambda route: route.abort())
    page = context.new_page()
    page.add_init_script(f"({_LISTEN})()")
    page.goto(f"{live_server.url}/desk/")

    def news(language):
        before = page.locator(".row").count()
        stored(make_conversation(language), text="een geheim")
        page.evaluate("document.body.dispatchEvent(new CustomEvent('desk:changed', {detail: {handover: null}}))")
        page.locator(".row").nth(before).wait_for()
        page.wait_for_timeout(200)
        return page.evaluate("window.notes")

    news("tr")
    until(page, lambda: page.evaluate("window.notes") == [["Er staat iets klaar", {"tag": "desk"}]], "told")
    page.evaluate("window.away = false")
    assert len(news("ar")) == 1, "who looks at the page sees it"
    page.evaluate("window.away = true")
    Helper.objects.filter(first_name="Worker").update(quiet_from="00:00", quiet_until="23:59:59.999999")
    news("pl")  # tells the page that it is quiet now
    assert len(news("fa")) == len(page.evaluate("window.notes")) == 1
    context.close()
