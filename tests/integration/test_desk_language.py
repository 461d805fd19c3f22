"""The desk in English: complete, with the same placeholders, and chosen by the helper, not by the browser."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re

import pytest
from babel.messages.pofile import read_po
from django.test import Client

from bot.desk.strings import desk_strings
from bot.language.catalogue import LOCALES
from tests.integration.handover_helpers import make_helper, team  # noqa: F401

_FIELD = re.compile(r"%\(\w+\)s")


def test_every_text_of_the_desk_is_there_in_english():
    """A new one without a translation fails here: run python -m bot.desk.strings and translate."""
    with (LOCALES / "en" / "LC_MESSAGES" / "desk.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    for text, plural in desk_strings().items():
        message = catalogue.get((text, plural) if plural else text)
        assert message, text
        forms = message.string if plural else [message.string]
        assert all(forms), text
        assert all(set(_FIELD.findall(form)) == set(_FIELD.findall(text)) for form in forms), text


@pytest.mark.django_db
def test_who_chose_english_reads_english(team):
    """Whatever the browser prefers."""
    helper, client = make_helper(team), Client(headers={"accept-language": "nl"})
    client.force_login(helper.user)
    assert "Niemand wacht" in client.get("/desk/").content.decode()
    client.post("/desk/account", {"language": "en"})
    html = client.get("/desk/").content.decode()
    assert '<html lang="en">' in html
    assert "Nobody is waiting" in html
    assert "Overdrachten" not in html
