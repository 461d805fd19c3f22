"""Try it, at the desk: for maintainers, side by side, with words that stay out of addresses and are escaped."""

import pytest
from django.test import Client

from bot.learning import shelf, trying
from bot.neighbourhood.models import User
from tests.integration.handover_helpers import make_helper, make_team

pytestmark = pytest.mark.django_db
TURN = {
    "model": "m", "intents": [["greet", 0.91], ["help", 0.05]], "language": {"code": "tr", "confidence": 0.97}, "safety": None,
    "slots": {"area": "<3061>"}, "before": "", "actions": [{"action": "utter_greet", "policy": "RulePolicy", "says": "Merhaba"}],
}  # fmt: skip


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """What the models were asked; each answers TURN. The seam is the process behind the page."""
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setattr(shelf, "MODELS", models)
    for name in ("aanspraak-1.tar.gz", "aanspraak-2.tar.gz"):
        (models / name).write_bytes(b"x")
    shelf.set_promoted("aanspraak-1.tar.gz", "")
    found = []
    monkeypatch.setattr(trying, "ask", lambda *order: found.append(order) or "7")
    monkeypatch.setattr(trying, "answer", lambda number, seconds=0: {"turns": [TURN] * len(found[-1][0])})
    return found


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def web():
    return client_of(User.objects.create(email="n@demo.invalid", username="n", office="maintainer"))


def test_both_models_answer_side_by_side(web, asked):
    """The running one first; what comes back is escaped."""
    html = web.post("/desk/tryout/say", {"text": "merhaba", "model": "aanspraak-2.tar.gz", "talk": "t"}).content.decode()
    models, talk, text, lang = asked[0]
    assert (models, text, lang) == (("aanspraak-1.tar.gz", "aanspraak-2.tar.gz"), "merhaba", "tr")
    assert talk.endswith(":t")
    assert html.count("utter_greet (RulePolicy)") == 2
    assert "area = &lt;3061&gt;" in html


def test_while_models_load_the_page_asks_again(web, asked, monkeypatch):
    """By POST: what was typed stands in no address."""
    monkeypatch.setattr(trying, "answer", lambda number, seconds=0: None)
    html = web.post("/desk/tryout/say", {"text": "<b>hoi</b>", "talk": "t", "lang": "nl"}).content.decode()
    assert 'hx-post="/desk/tryout/answered"' in html
    assert "&lt;b&gt;hoi&lt;/b&gt;" in html
    assert web.get("/desk/tryout/answered").status_code == 405


def test_a_process_that_ended_is_said_kindly(web, asked, monkeypatch):
    """Try once more."""

    def gone(number, seconds=0):
        raise LookupError(number)

    monkeypatch.setattr(trying, "answer", gone)
    assert "Probeer het nog eens" in web.post("/desk/tryout/say", {"text": "hoi"}).content.decode()


def test_only_maintainers_try(asked):
    """It is no part of others' work."""
    web = client_of(make_helper(make_team(), coordinator=True).user)
    assert web.get("/desk/tryout/").status_code == 403
    assert web.post("/desk/tryout/say", {"text": "hoi"}).status_code == 403
    assert asked == []
