"""The whole road, from the first word to a person's answer, in a real browser at phone width."""

import pytest
from playwright.sync_api import expect

from bot.language.tags import ON_OFFER
from tests.browser.looks import nameless, side, too_pale, too_small, too_wide

CHOICES = ("Ik kies", "Iemand uit de buurt", "Een vrouw", "Ja, mijn taal", "Maakt niet uit", "Hier in de app", "Ochtend")


def _ask_for_a_person(chat) -> str:
    """Greets, asks, chooses by tapping; returns the preview."""
    chat.write("merhaba")
    chat.write("bir insanla konuşmak istiyorum")
    for title in CHOICES:
        chat.tap(title)
    chat.write("3061")
    return chat.tap("Maakt niet uit")


def test_a_resident_reaches_a_person_and_reads_the_answer_without_reload(chat, desk):
    """Turkish: greeting, wishes, preview, yes, promise; the desk accepts and writes; the resident's page shows it."""
    resident = chat("tr")
    assert "bilgisayar" in resident.write("merhaba"), "it says in Turkish that it is a computer"
    expect(resident.page.locator("#log .choice").first).to_be_visible()
    preview = _ask_for_a_person(resident)
    assert "bir insanla konuşmak istiyorum" in preview
    assert "3061" in preview
    helper = desk()
    newest = helper.locator(".row").first
    before = helper.locator(".row").count()
    resident.tap("Ja, geef door")
    expect(helper.locator(".row")).to_have_count(before + 1)  # the list renews itself
    expect(newest).to_contain_text("Türkçe")
    newest.click()
    expect(helper.locator("#ticket")).to_contain_text("bir insanla konuşmak istiyorum")
    helper.click(".actions button.main")
    expect(resident.said.last).to_contain_text("Mark")
    helper.fill("#compose #text", "Merhaba, ben Mark. Yarın size yazacağım.")
    helper.click("#compose button.main")
    expect(resident.page.locator(".message.helper .bubble")).to_have_text("Merhaba, ben Mark. Yarın size yazacağım.")
    resident.page.fill("#text", "teşekkürler, bekliyorum")
    resident.page.keyboard.press("Enter")
    expect(helper.locator("#thread .resident").last).to_contain_text("teşekkürler, bekliyorum")
    resident.page.wait_for_timeout(1000)
    said = resident.said.last  # the computer keeps silent, but for the one line outside office hours
    assert said.get_attribute("class") == "message helper" or "Mark yeniden burada olacak" in said.inner_text()
    assert (nameless(helper), too_wide(helper), too_pale(helper)) == ([], 0, [])
    assert helper.locator("body").inner_text().count("@") == 0, "no address at the desk"


def test_in_arabic_everything_runs_from_right_to_left(chat):
    """The page, the bubbles and the buttons are mirrored, and the answer is Arabic."""
    resident = chat("ar")
    expect(resident.page.locator("html")).to_have_attribute("dir", "rtl")
    reply = resident.write("السلام عليكم")
    assert any("\u0600" <= letter <= "\u06ff" for letter in reply)
    assert (side(resident.page, "#log .bot"), side(resident.page, "#log .resident")) == ("right", "left")
    expect(resident.page.locator("#log .choices").last).to_have_attribute("dir", "rtl")
    resident.write("أريد التحدث مع شخص")
    expect(resident.said.last).to_contain_text("؟")  # the question comes behind who reads along
    expect(resident.offered("Ik kies")).to_be_visible()
    assert (nameless(resident.page), too_small(resident.page), too_wide(resident.page)) == ([], [], 0)


def test_in_turkish_the_resident_is_on_the_right(chat):
    """Left to right: the computer left, the resident right."""
    resident = chat("tr")
    expect(resident.page.locator("html")).to_have_attribute("dir", "ltr")
    resident.write("merhaba")
    assert (side(resident.page, "#log .bot"), side(resident.page, "#log .resident")) == ("left", "right")


@pytest.mark.parametrize(("tag", "scheme"), [*((tag, "light") for tag in ON_OFFER), ("nl", "dark"), ("ar", "dark")])
def test_the_chat_fits_a_small_phone_and_can_be_read(chat, tag, scheme):
    """320 px wide: nothing sticks out, every control has a name and a fingertip's size, texts have contrast."""
    resident = chat(tag, viewport={"width": 320, "height": 640}, color_scheme=scheme)
    found = [(nameless(resident.page), too_small(resident.page), too_wide(resident.page), too_pale(resident.page))]
    resident.write("?")
    found.append((nameless(resident.page), too_small(resident.page), too_wide(resident.page), too_pale(resident.page)))
    assert found == [([], [], 0, [])] * 2
