"""Translating: a changed Dutch source, an author who says that the meaning changed, and what a catalogue may not ship with."""

import gettext

import pytest
from babel.messages.pofile import read_po

from bot.language import catalogue, locales, review, sources
from bot.language.sources import BUTTON, Button, Variation

PO = """msgid ""
msgstr ""
"Language: tr\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgctxt "utter_a"
msgid "Hoi {name}."
msgstr "Merhaba {name}."

msgctxt "utter_crisis_x"
msgid "Bel 112."
msgstr "112'yi ara."

msgctxt "button"
msgid "Ja graag"
msgstr "Evet"
"""


@pytest.fixture
def say(tmp_path, monkeypatch):
    """Set the Dutch sources; they are first as the Turkish catalogue PO translates them."""
    monkeypatch.setattr(locales, "LOCALES", tmp_path)
    path = tmp_path / "tr" / "LC_MESSAGES" / "bot.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO, encoding="utf-8")
    found = {
        "utter_a": (Variation("Hoi {name}.", buttons=(Button("Ja graag", "/affirm"),)),),
        "utter_crisis_x": (Variation("Bel 112."),),
    }

    def change(**keys):
        found.update(keys)
        locales.update("tr")
        return locales.read("tr")

    for module in (sources, review):
        monkeypatch.setattr(module, "load_sources", lambda: found)
    monkeypatch.setattr(sources, "load_facts", dict)
    return change


def shown(message_context, msgid):
    """What a resident would read: from the compiled catalogue."""
    locales.compile_all()
    with locales.po_path("tr").with_suffix(".mo").open("rb") as file:
        return gettext.GNUTranslations(file)._catalog.get(f"{message_context}\x04{msgid}")


def test_a_changed_dutch_keeps_the_reviewed_translation_and_marks_it(say):
    """The standard flag that every editor shows, and the earlier Dutch beside it."""
    message = say(utter_a=(Variation("Dag {name}."),)).get("Dag {name}.", "utter_a")
    assert (message.string, message.fuzzy) == ("Merhaba {name}.", True)
    assert message.user_comments == ["Was: Hoi {name}."]
    assert shown("utter_a", "Dag {name}.") == "Merhaba {name}."
    assert next(row.stale for row in locales.status() if row.tag == "tr") == 1
    assert not [line for line in review.translation_problems() if "utter_a" in line]


def test_a_second_update_changes_nothing(say):
    """Stale stays stale until somebody has translated."""
    say(utter_a=(Variation("Dag {name}."),))
    before = locales.read("tr").get("Dag {name}.", "utter_a")
    after = say().get("Dag {name}.", "utter_a")
    assert (after.string, after.fuzzy, after.user_comments) == (before.string, True, before.user_comments)


def test_a_text_that_was_translated_anew_is_clean_again(say):
    """Taking the flag away is what an editor does."""
    say(utter_a=(Variation("Dag {name}."),))
    path = locales.po_path("tr")
    path.write_text(path.read_text(encoding="utf-8").replace("#, fuzzy, python-brace-format", "#, python-brace-format"))
    message = say().get("Dag {name}.", "utter_a")
    assert (message.fuzzy, message.user_comments) == (False, [])


def test_a_changed_meaning_shows_no_earlier_translation(say):
    """The author says so: meaning: 2."""
    message = say(utter_a=(Variation("Nee, {name}.", meaning=2),)).get("Nee, {name}.", "utter_a#2")
    assert not message.string
    assert shown("utter_a#2", "Nee, {name}.") is None
    assert any("utter_a#2" in line and "not translated" in line for line in review.translation_problems())


def test_other_placeholders_carry_nothing(say):
    """It could not be filled."""
    assert not say(utter_a=(Variation("Hoi {team}."),)).get("Hoi {team}.", "utter_a").string


def test_likeness_counts_for_nothing(say):
    """A new text under another key, as like as can be, gets no translation; nor does a button."""
    found = say(utter_b=(Variation("Hoi {name}.."),), utter_a=(Variation("Hoi {name}.", buttons=(Button("Ja, graag", "/x"),)),))
    assert not found.get("Hoi {name}..", "utter_b").string
    assert not found.get("Ja, graag", BUTTON).string


def test_danger_and_consent_do_not_ship_with_an_earlier_meaning(say):
    """What is stale elsewhere is wrong here."""
    say(utter_crisis_x=(Variation("Bel nu 112."),))
    assert any("danger and consent" in line and "utter_crisis_x" in line for line in review.translation_problems())
    assert sources.must_be_exact("handover.preview_question")
    assert not sources.must_be_exact("utter_greet")


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("Een «aanhaling", "«"),
        ('Een "aanhaling', "lone"),
        ("\u202eomgekeerd", "override"),
        ("\u2068open", "isolates"),
        (" ruimte", "space"),
        ("Een zin hier. Twee zinnen hier. Drie zinnen hier. Vier zinnen hier. Vijf zinnen hier.", "5 sentences"),
        ("{other}", "placeholders"),
        ("", "not translated"),
    ],
)
def test_what_a_translation_may_not_ship_with(form, problem):
    """One plain line that says what to mend."""
    assert any(problem in line for line in review._problems("utter_a", "Een zin hier.", None, [form]))


def test_a_button_stays_within_what_whatsapp_shows():
    """Twenty characters."""
    assert list(review._problems(BUTTON, "Ja", None, ["Evet, bunu çok isterim"]))


def test_a_plural_has_as_many_forms_as_its_language(say):
    """Polish has three; Turkish here has two."""
    say(utter_n=(Variation("{count} dag", "{count} dagen"),))
    path = locales.po_path("tr")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "{count} gün"'))
    assert any("utter_n" in line for line in review.translation_problems())


def test_a_file_for_translators_says_where_who_and_how(tmp_path):
    """Poedit and Weblate show it beside the text; the translations so far are in it."""
    out = tmp_path / "tr.po"
    out.write_bytes(locales.for_translators("tr"))
    with out.open("rb") as file:
        found = read_po(file, locale="tr")
    greeting = next(message for message in found if message.context == "utter_greet")
    told = " ".join(greeting.auto_comments)
    assert "domain.yml: utter_greet" in told
    assert "lock screen" in told
    assert "computer" in told
    assert greeting.string
    assert any("20 characters" in line for message in found if message.context == BUTTON for line in message.auto_comments)


def test_the_committed_catalogues_have_nothing_to_mend():
    """What CI checks."""
    assert review.translation_problems() == []
    assert catalogue.render("utter_greet", "tr", bot_name="X").lang == "tr"
