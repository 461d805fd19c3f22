"""The way to a place in a helper's phrase is a link in the chat; no other address is, and the words stay as they are."""

import pytest

from bot.desk.phrases import PhraseForm, filled
from bot.neighbourhood.models import Place
from tests.integration.handover_helpers import make_helper, team  # noqa: F401

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("django_beside_playwright")]


def test_the_way_on_foot_is_one_tap(team, browser, live_server):  # noqa: F811
    """In a right-to-left language too; the full stop behind it is no part of it."""
    mark = make_helper(team)
    place = Place.objects.create(name="Buurthuis", address="Plein 1, 3061")
    form = PhraseForm("phrase.place.walk_in", {"place": place.pk})
    assert form.is_valid()
    said = filled("phrase.place.walk_in", form, mark, "ar")
    assert said.text.count("https://") == 1
    page = browser.new_page()
    page.goto(f"{live_server.url}/chat/?lang=ar")
    page.evaluate(
        """async ([text]) => {
      const { Log } = await import('/static/webchat/log.js');
      const log = new Log({ you: '', bot: '', helper: '' }, () => {});
      log.add([{ id: 1, author: 'helper', text, buttons: [], dir: 'rtl', lang: 'ar', at: new Date().toISOString() }]); }""",
        [said.text + " https://elsewhere.example/x"],
    )
    link = page.locator("#log .message.helper a")
    assert (link.count(), link.inner_text()) == (1, "openstreetmap.org")
    assert link.get_attribute("href").endswith("to=Plein+1%2C+3061")
    assert "https://elsewhere.example/x" in page.locator("#log .message.helper .bubble").inner_text()
    page.close()
