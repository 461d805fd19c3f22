"""The review inbox to the eye, the finger and above all the keyboard."""

import pytest

from bot.testing.browser import sign_in
from tests.browser.looks import focused, nameless, too_pale, too_small, too_wide
from tests.browser.test_desk_pages import SCREENS

PAGES = ("learning/", "learning/?tag=ar", "learning/?tag=xx", "learning/write", "learning/drift")


@pytest.fixture
def noor(new_page, system):
    """A maintainer, with messages that wait."""
    inside = system.inside("tests.browser.samples")
    inside.stdin.write("fill\n")
    inside.stdin.flush()
    assert inside.stdout.readline().strip() == "5"

    def open_page(**screen):
        page = new_page(**screen)
        secrets = (system.secret("DEMO_PASSWORD"), system.secret("DEMO_TOTP_SECRET"))
        sign_in(page, system.base, "noor@demo.invalid", *secrets, to="learning/", ready="#inbox")
        return page

    return open_page


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_fits_can_be_read_and_can_be_used(noor, system, screen):
    """Names for all controls, fingertip size, contrast, nothing sticking out, one heading."""
    page = noor(**SCREENS[screen])
    for name in PAGES:
        page.goto(f"{system.base}/desk/{name}")
        found = (nameless(page), too_small(page), too_wide(page), too_pale(page), page.locator("h1").count())
        assert found == ([], [], 0, [], 1), name


def test_a_whole_review_by_keyboard(noor, system):
    """Right, something else, a new topic, back again; counts go along and the focus stays where the keys work."""
    page = noor(**SCREENS["wide and light"])
    page.goto(f"{system.base}/desk/learning/")
    # A card that htmx has put in and not yet prepared (20 ms, on a busy machine more) would be sent as a plain form.
    waits = lambda n: page.locator("#inbox:not(.htmx-added) #counts b", has_text=str(n)).wait_for()  # noqa: E731
    waits(5)
    page.keyboard.press("1")
    waits(2)
    assert page.locator(".samples li").count() == 1
    page.keyboard.press("2")
    assert page.evaluate("document.activeElement.id") == "intent"
    page.locator("#intent").select_option("energy_bill")
    page.keyboard.press("Enter")
    waits(1)
    assert page.evaluate("document.activeElement.id") == "card"
    page.keyboard.press("z")
    waits(2)
    page.keyboard.press("3")
    page.keyboard.type("huisdier 1 4")
    page.keyboard.press("Enter")
    waits(1)
    page.keyboard.press("4")
    page.get_by_text("Er wacht niets").wait_for()
    page.keyboard.press("Tab")
    assert focused(page)["seen"]


def test_only_the_card_is_loaded_again(noor, system):
    """The page stays: what stands above the inbox is the same element."""
    page = noor(**SCREENS["phone and dark"])
    page.goto(f"{system.base}/desk/learning/")
    page.evaluate("document.querySelector('h1').dataset.same = 'yes'")
    page.get_by_role("button", name="Klopt").click()
    page.locator("#counts b", has_text="2").wait_for()
    assert page.evaluate("document.querySelector('h1').dataset.same") == "yes"
