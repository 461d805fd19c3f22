"""Two models compared: what got better, what got worse, and what stands in the way."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

from bot import settings
from bot.learning import results
from bot.learning.comparing import Measured, compare, evaluation_rows, measure
from bot.learning.comparison_page import page
from bot.learning.evaluation import Row
from tests.unit.model_helpers import models  # noqa: F401

ROWS = [
    Row("nl", "greet", "hoi"),
    Row("nl", "crisis_violence", "hij slaat mij"),
    Row("tr", "greet", "merhaba"),
    Row("tr", "deny", "hayır"),
]


def answers(model, *intents, safety=None):
    found = [
        {"intent": {"name": name, "confidence": 0.9}, "language": {"code": row.lang}, "safety": None}
        for row, name in zip(ROWS, intents)
    ]
    if safety:
        found[1]["safety"] = {"kind": safety, "level": "ask", "who": "self"}
    return Measured(model, found, 5.0, 9.0)


OLD = answers("old", "greet", "crisis_violence", "greet", "deny")


def test_the_same_answers_stand_in_nobodys_way():
    """Nothing better, nothing worse."""
    found = compare(ROWS, OLD, OLD, ("nl", "tr"))
    assert (found["better"], found["worse"], found["blockers"]) == ([], [], [])


def test_a_crisis_no_longer_heard_blocks_and_is_named_first():
    """In every count it belongs to."""
    found = compare(ROWS, OLD, answers("new", "greet", "greet", "affirm", "deny"), ())
    assert [(line["text"], line["new"]) for line in found["worse"]] == [("hij slaat mij", "greet"), ("merhaba", "affirm")]
    assert [line.split(":")[0] for line in found["blockers"]] == ["crises heard, all", "crises heard, crisis_violence"]


def test_a_check_question_counts_as_heard():
    """A crisis is answered either way."""
    found = compare(ROWS, OLD, answers("new", "greet", "greet", "greet", "deny", safety="crisis_violence"), ("nl", "tr"))
    assert found["crises"]["all"]["change"] == 0


def test_a_released_language_that_falls_blocks_and_another_does_not():
    """More than two points of macro-F1."""
    worse = answers("new", "greet", "crisis_violence", "deny", "deny")
    assert [line.split(":")[0] for line in compare(ROWS, OLD, worse, ("nl", "tr"))["blockers"]] == ["tr"]
    assert compare(ROWS, OLD, worse, ("nl",))["blockers"] == []


def test_with_the_database_stopped_every_language_counts(monkeypatch, django_db_blocker):
    """A promotion on a stopped system looked at Dutch alone: Turkish could get worse without anybody's reason."""
    from django.db import connection

    from bot.conversations import languages

    nowhere = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": "9"}
    monkeypatch.setattr(languages.settings, "DEMO", False)
    monkeypatch.setattr(languages, "_kept", (0.0, {}))
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setattr(connection, "settings_dict", nowhere)
        assert results._released() == settings.LANGUAGES_ON_OFFER


def test_the_report_shows_what_got_worse_and_escapes_it():
    """Messages are other people's words."""
    rows = [Row("nl", "greet", "<script>alert(1)</script>"), *ROWS[1:]]
    html = page(compare(rows, OLD, answers("new", "deny", "crisis_violence", "greet", "deny"), ("nl",)))
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert html.count("<svg") == 5
    assert "Promoting needs a recorded reason" in html


def test_a_model_is_asked_once(models):
    """The second comparison reads what it answered the first time."""
    asked = []

    def parse(texts, model, progress):
        asked.append(model.name)
        return [progress(n) or {**answer, "entities": []} for n, answer in enumerate(OLD.answers, 1)]

    first, second = (measure("aanspraak-1.tar.gz", ROWS, "basis", parse) for _ in range(2))
    assert (asked, first.answers) == (["aanspraak-1.tar.gz"], second.answers)
    assert measure("aanspraak-1.tar.gz", ROWS, "another basis", parse).answers == first.answers
    assert len(asked) == 2


def test_there_are_held_out_messages_in_every_language():
    """What the comparison stands on."""
    assert len({row.lang for row in evaluation_rows()}) == 13
