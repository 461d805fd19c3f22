"""Every page of the desk to the eye, the finger and the keyboard: light on a wide screen, dark on a phone, at 200 % zoom."""

import pytest

from bot.testing.browser import sign_in
from tests.browser.looks import focused, nameless, too_pale, too_small, too_wide

PAGES = (
    "", "?tab=mine", "?tab=late", "people/", "neighbourhood/places/", "neighbourhood/activities/", "neighbourhood/stories/",
    "neighbourhood/facts/", "neighbourhood/partners/", "neighbourhood/agreements/", "neighbourhood/cases/", "self-check", "reach",
    "poster?lang=ar", "account",
)  # fmt: skip
SCREENS = {
    "wide and light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone and dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "320 px, as at 200 % zoom": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
}


@pytest.fixture
def coordinator(new_page, system):
    def open_page(**screen):
        page = new_page(**screen)
        secrets = (system.secret("DEMO_PASSWORD"), system.secret("DEMO_TOTP_SECRET"))
        sign_in(page, system.base, "ingrid@demo.invalid", *secrets)
        return page

    return open_page


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_fits_can_be_read_and_can_be_used(coordinator, system, screen):
    """Names for all controls, fingertip size, contrast, nothing sticking out, one heading."""
    page = coordinator(**SCREENS[screen])
    for name in PAGES:
        page.goto(f"{system.base}/desk/{name}")
        found = (nameless(page), too_small(page), too_wide(page), too_pale(page), page.locator("h1").count())
        assert found == ([], [], 0, [], 1), name


def test_numbers_choose_a_tab_and_the_focus_is_seen(coordinator, system):
    """Keyboard only."""
    page = coordinator(**SCREENS["wide and light"])
    page.keyboard.press("4")
    page.wait_for_url("**tab=late**")
    page.keyboard.press("Tab")
    assert focused(page)["seen"]


def test_paper_has_no_buttons(coordinator, system):
    """Printed, the self-check is only the card."""
    page = coordinator(**SCREENS["wide and light"])
    page.goto(f"{system.base}/desk/self-check")
    page.emulate_media(media="print")
    assert page.locator("button:visible").count() == 0
