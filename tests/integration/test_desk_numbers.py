"""The self-check, reach and posters: useful to a team, and never about one person."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re

import pytest
from django.test import Client
from django.utils import timezone

from bot.conversations.models import Conversation, Resident
from bot.desk.posters import invitation, link
from bot.desk.selfcheck import FIELDS
from bot.handover.models import Handover
from bot.language.tags import ON_OFFER
from bot.language.wording import lint_text
from bot.neighbourhood.community import SelfCheck
from bot.neighbourhood.models import Place
from tests.integration.handover_helpers import make_helper, make_team, mark, team  # noqa: F401

pytestmark = pytest.mark.django_db


def signed_in(helper):
    client = Client()
    client.force_login(helper.user)
    return client


@pytest.fixture
def web(team):
    return signed_in(make_helper(team, "Ingrid", coordinator=True))


def many(team, language, count, area="3061", **wishes):
    for _ in range(count):
        person = Resident.objects.create()
        talk = Conversation.objects.create(resident=person, channel="webchat", address_hash=str(person.pk))
        Handover.objects.create(
            resident=person,
            conversation=talk,
            team=team,
            language=language,
            wishes={"area": area, **wishes},
            due_at=timezone.now(),
        )


# --- self-check --------------------------------------------------------------------------------------------------


def test_a_team_fills_nine_fields_and_keeps_the_earlier_cards(web, team):
    """Saving makes a new card; another team does not see it; nonsense is refused."""
    html = web.get("/desk/self-check").content.decode()
    assert len(FIELDS) == 9
    assert all(str(field.question) in html for field in FIELDS)
    web.post("/desk/self-check", {"vision_answer": "partly", "vision_note": "staat in het plan", "vision_next": "bespreken"})
    web.post("/desk/self-check", {"vision_answer": "yes"})
    assert SelfCheck.objects.filter(team=team).count() == 2
    assert web.post("/desk/self-check", {"vision_answer": "misschien"}).status_code == 422
    html = web.get("/desk/self-check").content.decode()
    assert re.search(r'name="vision_answer" value="yes" checked', html)
    assert "1 deels" in html
    elsewhere = signed_in(make_helper(make_team("Elders", ["3063"]), "Piet", coordinator=True))
    assert "1 deels" not in elsewhere.get("/desk/self-check").content.decode()


def test_the_desk_measures_only_what_is_about_many(web, team):
    """Under ten, on either side, it says so."""
    many(team, "tr", 9, interpreter="wanted")
    assert "Nog te weinig overdrachten" in web.get("/desk/self-check").content.decode()
    many(team, "tr", 3, interpreter="wanted")
    many(team, "nl", 5)
    assert "procent vroeg" not in web.get("/desk/self-check").content.decode()
    many(team, "nl", 7)
    assert "50 procent vroeg om een tolk" in web.get("/desk/self-check").content.decode()


# --- reach -------------------------------------------------------------------------------------------------------


def test_reach_shows_no_small_number_on_page_chart_or_file(web, team):
    """Nor lets it be worked out; another team's are not counted; no link leads to a handover."""
    many(team, "tr", 37)
    many(team, "ar", 3)
    many(team, "pl", 24)
    many(make_team("Elders", ["3063"]), "uk", 40)
    html, file = web.get("/desk/reach").content.decode(), web.get("/desk/reach.csv").content.decode()
    for text in (html, file):
        assert "Oekraïens" not in text
        assert not re.search(r"(?<![\d-])[1-9](?![\d-])(?=<|,|\r)", text.split("<table")[-1].replace("&lt;10", ""))
        assert ("37" in text, "64" in text) == (True, True)
        assert "24" not in text, "37 and the total of 64 would tell the three"
    assert "handovers/" not in html


def test_a_person_counts_once_a_month(web, team):
    """Who asked twice is one person."""
    many(team, "tr", 12)
    first = Handover.objects.first()
    Handover.objects.filter(pk=first.pk).update(state="closed")
    Handover.objects.create(
        resident=first.resident, conversation=first.conversation, team=team, language="tr", due_at=timezone.now()
    )
    assert "Turks" in (html := web.get("/desk/reach").content.decode())
    assert ">12<" in html


def test_a_file_runs_no_formula(web, team):
    """A neighbourhood typed as a formula is text."""
    many(team, "tr", 20, area="=HYPERLINK(1)")
    file = web.get("/desk/reach.csv?view=area").content.decode()
    assert "'=HYPERLINK" in file
    assert re.search(r"(^|,)=", file, re.MULTILINE) is None


# --- posters -----------------------------------------------------------------------------------------------------


def test_a_poster_invites_to_something_nice_in_every_language(web):
    """It names no help, no money; the code carries the neighbourhood and no person."""
    place = Place.objects.create(name="Buurthuis", address="Plein 1")
    for tag in ON_OFFER:
        text = invitation(place, tag)
        assert "Buurthuis" in text
        assert [hit for hit in lint_text(text, tag, "utter_greet") if hit.level == "error"] == []
    assert link("3061", "tr").endswith("/chat/?lang=tr&start=poster-3061")
    html = web.get(f"/desk/poster?lang=ar&place={place.pk}&area=3061").content.decode()
    assert 'lang="ar" dir="rtl"' in html
    assert "poster-9999" not in web.get("/desk/poster?area=9999&place=x&lang=xx").content.decode()


def test_a_code_comes_as_picture_and_pdf(web):
    """And as nothing else."""
    for kind, begin in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        assert web.get(f"/desk/poster/code.{kind}").content.startswith(begin)
    assert web.get("/desk/poster/code.exe").status_code == 404
    assert Client().get("/desk/poster/code.png").status_code == 302
