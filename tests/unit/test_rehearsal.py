"""Conversation tests played with a candidate: what breaks is a reason against it."""

import pytest

from bot import settings, training
from bot.learning import comparing, rehearsal, results, shelf
from bot.learning.rehearsal import NoConversations, Played, broken, rehearse
from bot.training import ModelMissing, current_model, ensure_model

_CONVERSATIONS = """
import os, pytest

@pytest.mark.parametrize("name", ["tr: a letter", "nl: rent"])
def test_conversation(name):
    assert "weak" not in os.environ["AANSPRAAK_MODEL"] or name != "nl: rent"
"""


@pytest.fixture
def conversations(tmp_path, monkeypatch):
    """Two conversations; any model that is called weak spoils one."""
    tests = tmp_path / "test_played.py"
    tests.write_text(_CONVERSATIONS)
    monkeypatch.setattr(settings, "VAR", tmp_path / "var")
    monkeypatch.setattr(rehearsal, "_TESTS", tests)
    return tests


def test_what_breaks_with_the_new_one_is_a_reason(conversations):
    """Each model in a system of its own; both progress and names come through."""
    seen = []
    old = rehearse("strong.tar.gz", "basis", seen.append)
    new = rehearse("weak.tar.gz", "basis")
    assert old == Played(2, [])
    assert seen[-1] == 1.0
    assert new.passed == 1
    (reason,) = broken(old, new)
    assert "nl: rent" in reason
    assert broken(new, new) == []


def test_it_is_played_once_for_the_same_program(conversations):
    """Minutes each time would keep people from comparing."""
    first = rehearse("strong.tar.gz", "basis")
    conversations.unlink()
    assert rehearse("strong.tar.gz", "basis") == first
    with pytest.raises(NoConversations, match="checkout"):
        rehearse("strong.tar.gz", "another basis")


def test_a_system_that_does_not_start_says_nothing_of_the_model(conversations):
    """With the old model it was kept as "none went as written", for good: nothing that a new one broke stood in its way."""
    conversations.write_text(f"import pytest\n@pytest.fixture(autouse=True)\ndef system():\n    assert False\n{_CONVERSATIONS}")
    with pytest.raises(NoConversations, match="could not be played"):
        rehearse("strong.tar.gz", "basis")
    conversations.write_text(_CONVERSATIONS)
    assert rehearse("strong.tar.gz", "basis") == Played(2, [])


@pytest.mark.parametrize(
    "changed", ["tests/conversations/dialogues/nl.yml", "actions/a.py", "domain.yml", "locales/nl/bot.po", "bot/handover/a.py"]
)
def test_what_a_conversation_hangs_on_makes_it_be_played_again(tmp_path, monkeypatch, changed):
    """After a dialogue was mended the comparison went on saying that it breaks."""
    monkeypatch.setattr(training, "ROOT", tmp_path)
    before = training.playing_fingerprint()
    (tmp_path / changed).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / changed).write_text("mended")
    assert training.playing_fingerprint() != before


def test_the_comparison_plays_again_when_a_conversation_changed(monkeypatch):
    """And not only when the held-out messages did."""
    asked = []
    monkeypatch.setattr(results, "rehearse", lambda model, basis, progress: asked.append(basis) or Played(1, []))
    for basis in ("before", "after"):
        monkeypatch.setattr(results, "playing_fingerprint", lambda basis=basis: basis)
        results._rehearsed("old", "new", lambda step, done: None)
    assert asked == ["before", "before", "after", "after"]


def test_the_comparison_keeps_what_was_played(conversations, monkeypatch):
    """Promoting compares once more, without playing: the reason stands."""
    monkeypatch.setattr(shelf, "MODELS", conversations.parent / "models")
    monkeypatch.setattr(results, "reading_fingerprint", lambda: "basis")
    monkeypatch.setattr(results, "_released", lambda: ("nl",))
    rows = comparing.evaluation_rows()[:20]
    monkeypatch.setattr(results, "evaluation_rows", lambda: rows)

    def parse(texts, model, progress):
        answers = [{"intent": {"name": row.intent, "confidence": 0.9}, "language": {"code": row.lang}} for row in rows]
        for done, _ in enumerate(answers, start=1):
            progress(done)
        return answers

    silent = lambda step, done: None  # noqa: E731
    plain = results.make_comparison("strong.tar.gz", "weak.tar.gz", parse, silent)
    assert "conversations" not in plain
    played = results.make_comparison("strong.tar.gz", "weak.tar.gz", parse, silent, conversations=True)
    assert any("nl: rent" in line for line in played["blockers"])
    later = results.make_comparison("strong.tar.gz", "weak.tar.gz", parse, silent)
    assert later["blockers"] == played["blockers"]
    report = results.place("strong.tar.gz", "weak.tar.gz", ".html").read_text()
    assert "2 of 2" in report
    assert "1 of 2" in report


def test_a_rehearsal_starts_with_that_model_and_promotes_nothing(tmp_path, monkeypatch):
    """Nor does it train; a name that is not there is one clear line."""
    monkeypatch.setattr(shelf, "MODELS", tmp_path / "models")
    monkeypatch.setattr(training, "train", lambda *_: pytest.fail("it trained"))
    shelf.MODELS.mkdir()
    made = shelf.MODELS / "made"
    made.write_bytes(b"a model")
    shelf.put(made, "aanspraak-candidate.tar.gz", "data", "program", 1.0)
    monkeypatch.setenv("AANSPRAAK_MODEL", "aanspraak-candidate.tar.gz")
    assert ensure_model(tmp_path / "var").name == "aanspraak-candidate.tar.gz"
    assert current_model().name == "aanspraak-candidate.tar.gz"
    assert shelf.promoted() is None
    monkeypatch.setenv("AANSPRAAK_MODEL", "aanspraak-nowhere.tar.gz")
    with pytest.raises(ModelMissing, match="aanspraak models"):
        ensure_model(tmp_path / "var")
