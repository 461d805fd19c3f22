"""What was being written at the desk outlives the page: its script alone, on pages that are served from here."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.desk import apps

BASE = "https://desk.test"
PAGE = """<!DOCTYPE html><body data-user="1"><main>{above}
<div id="live" data-handover="abc" data-phase="{phase}"></div>{boxes}
<section id="leftover" hidden><p id="leftover-text"></p><button type="button" id="leftover-drop"></button></section></main>
<script src="/handover.js" type="module"></script></body>"""
NOTE = (
    '<details><form method="post" action="/kept"><textarea id="note" name="text">{}</textarea><button></button></form></details>'
)
TRANSLATION = (
    '<form id="translate" method="post" action="/kept"><textarea id="t-5" name="t-5"></textarea><button></button></form>'
)


@pytest.fixture
def desk(browser):
    """``desk(boxes, above, phase)`` opens the page with these boxes; a form is answered with ``desk.answer``."""
    context = browser.new_context()
    page = context.new_page()
    script = (Path(apps.__file__).parent / "static/desk/handover.js").read_text(encoding="utf-8")
    shown = {}

    def serve(route):
        if route.request.url.endswith("/handover.js"):
            route.fulfill(body=script, content_type="text/javascript")
        elif route.request.method == "POST" and "answer" not in shown:
            route.abort()
        else:
            html = shown["answer"] if route.request.method == "POST" else shown["page"]
            route.fulfill(body=html, content_type="text/html")

    context.route("**/*", serve)

    def open_page(boxes, above="", phase="second"):
        shown["page"] = PAGE.format(boxes=boxes, above=above, phase=phase)
        page.goto(f"{BASE}/desk/")
        return page

    def answer(boxes, above):
        shown["answer"] = PAGE.format(boxes=boxes, above=above, phase="second")

    open_page.answer = answer
    yield open_page
    context.close()


def test_a_note_and_a_translation_are_there_again_after_the_page_renewed_itself(desk):
    """Another phase reloads the whole page in the middle of a sentence; what has no box any more is shown to be copied."""
    page = desk(NOTE.format("") + TRANSLATION)
    page.fill("#t-5", "Ik kan de huur niet betalen", force=True)
    page.evaluate("document.querySelector('details').open = true")
    page.fill("#note", "Belt morgen")
    page = desk(NOTE.format("") + TRANSLATION)
    assert (page.input_value("#note"), page.input_value("#t-5")) == ("Belt morgen", "Ik kan de huur niet betalen")
    assert page.locator("details[open]").count() == 1
    page = desk("")
    assert "Belt morgen" in page.inner_text("#leftover-text")
    assert "Ik kan de huur niet betalen" in page.inner_text("#leftover-text")
    page.click("#leftover-drop", force=True)
    assert page.evaluate("localStorage.length") == 0


def test_what_was_sent_is_not_offered_again_and_what_was_lost_on_the_way_is(desk):
    """A draft goes when the page says what became of it; handed back it is one again."""
    page = desk(TRANSLATION + NOTE.format(""))
    page.fill("#t-5", "Ik kan de huur niet betalen")
    page.evaluate("document.getElementById('translate').requestSubmit()")
    expect(page).to_have_url(re.compile("^chrome-error:"))  # a page opened before the browser gave up is aborted with it
    page = desk(TRANSLATION)
    assert page.input_value("#t-5") == "Ik kan de huur niet betalen", "the connection was gone"
    desk.answer(NOTE.format("Handed back"), '<p class="done">Bewaard.</p>')
    page.evaluate("document.getElementById('translate').requestSubmit()")
    page.wait_for_url("**/kept")
    assert page.locator("#leftover").is_hidden()
    page = desk(TRANSLATION + NOTE.format(""))
    assert (page.input_value("#t-5"), page.input_value("#note")) == ("", "Handed back")


def test_nothing_stays_of_what_the_resident_withdrew(desk):
    """Not even on the helper's own device."""
    desk(TRANSLATION).fill("#t-5", "Ik kan de huur niet betalen")
    assert desk("", phase="withdrawn").evaluate("localStorage.length") == 0
