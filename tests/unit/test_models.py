"""Models on disk: which one a start uses, and which ones are kept."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest

from bot import training
from bot.learning import promotion, shelf
from bot.training import Inputs, TrainingFailed
from tests.unit.model_helpers import NOW, make, models, promoted, start  # noqa: F401


def test_a_first_start_trains_and_promotes(models):
    """As before there was a shelf: nothing to say, nothing to do."""
    assert start() == (NOW.name, "")
    assert shelf.promoted() == NOW.name
    assert [row["did"] for row in shelf.history()] == ["promoted", "trained"]
    assert shelf.kept(NOW.name).data == "data-2"


def test_the_demo_trains_when_examples_changed(models):
    """Whoever tries it out sees the change at the next start."""
    promoted(Inputs("data-1", "program-1"))
    assert start()[0] == NOW.name


def test_in_production_changed_examples_wait_for_a_promotion(models):
    """The model that residents know stays, and the start says what to do."""
    before = promoted(Inputs("data-1", "program-1"))
    name, said = start(demo=False)
    assert name == before
    assert "aanspraak train, compare and promote" in said


def test_a_changed_program_is_trained_for_in_production_too(models):
    """Rules of another version would not fit."""
    promoted(Inputs("data-1", "program-0"))
    assert start(demo=False)[0] == NOW.name


def test_a_choice_made_for_these_inputs_stays(models):
    """After a rollback the next start does not undo it, not even in the demo."""
    before = promoted(Inputs("data-1", "program-1"))
    assert start()[0] == NOW.name
    assert promotion.rollback("Mark") == before
    assert start() == (before, "")


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_without_its_model_a_start_goes_on_with_the_one_before(models, damage):
    """With one clear line, and written down."""
    before = promoted(Inputs("data-1", "program-1"))
    path = models / promoted(NOW)
    path.unlink() if damage == "missing" else path.write_bytes(b"half a mod")
    name, said = start()
    assert name == before
    assert f"is {damage}. Going on with the one before" in said
    assert shelf.history()[0]["did"] == "fell back"


def test_a_damaged_model_without_a_predecessor_is_trained_anew(models):
    """The first model there ever was."""
    (models / promoted(NOW)).write_bytes(b"")
    name, said = start()
    assert (name, (models / name).read_bytes()) == (NOW.name, b"a model")
    assert "Training a new one" in said


def test_a_training_that_fails_leaves_everything(models, monkeypatch):
    """The promoted model is still the promoted one, and whole."""

    def fails(var, progress):
        raise TrainingFailed

    before = promoted(Inputs("data-1", "program-1"))
    monkeypatch.setattr(training, "train", fails)
    with pytest.raises(TrainingFailed):
        start()
    assert shelf.promoted() == before
    assert shelf.is_whole(before)


def test_old_models_go_but_never_the_promoted_one_and_its_predecessor(models):
    """Four of the newest are kept besides."""
    first, second = promoted(Inputs("a", "1")), promoted(Inputs("b", "1"))
    later = [make(Inputs(str(n), "2")).name for n in range(6)]
    shelf.forget_old()
    left = {model.name for model in shelf.candidates()}
    assert {first, second} < left
    assert len(left & set(later)) == 4


def test_a_word_of_the_bot_needs_no_training():
    """What a response says is in no model; which responses there are is."""
    domain = "intents: [greet]\nresponses:\n  utter_a:\n  - text: {}\n"
    assert training._skeleton(domain.format("Hoi")) == training._skeleton(domain.format("Dag"))
    assert training._skeleton(domain.format("Hoi")) != training._skeleton(domain.replace("utter_a", "utter_b"))


def test_a_history_cut_off_in_the_middle_is_still_read(models):
    """A machine that lost its power."""
    promoted(NOW)
    with (models / "history.jsonl").open("a") as file:
        file.write('{"at": "2026')
    assert shelf.history()[0]["did"] == "promoted"
