"""Models on disk: which one a start uses, what a comparison says, and what may be promoted."""

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bot import settings, training
from bot.learning import promotion, results, shelf
from bot.learning.comparing import Measured, compare, evaluation_rows, measure
from bot.learning.comparison_page import page
from bot.learning.evaluation import Row
from bot.training import Inputs, TrainingFailed, ensure_model

NOW = Inputs("data-2", "program-1")


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty shelf, inputs that say NOW, and a training that writes a file at once."""
    monkeypatch.setattr(shelf, "MODELS", tmp_path / "models")
    monkeypatch.setattr(settings, "VAR", tmp_path / "var")
    monkeypatch.setattr(training, "inputs", lambda: NOW)
    monkeypatch.setattr(promotion, "inputs", lambda: NOW)
    monkeypatch.setattr(training, "train", lambda var, progress: make(NOW))
    return shelf.MODELS


def make(inputs, content=b"a model"):
    shelf.MODELS.mkdir(exist_ok=True)
    made = shelf.MODELS / "made"
    made.write_bytes(content)
    return shelf.put(made, inputs.name, inputs.data, inputs.program, 1.5)


def promoted(inputs, content=b"the one before"):
    name = make(inputs, content).name
    shelf.set_promoted(name, inputs.whole)
    shelf.record("promoted", name, by="start")
    return name


def start(demo=True):
    said = []
    return ensure_model(settings.VAR, demo=demo, say=said.append).name, "\n".join(said)


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


# --- comparing ---------------------------------------------------------------------------------------------------

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


# --- promoting ---------------------------------------------------------------------------------------------------

GOOD, BAD = {"blockers": []}, {"blockers": ["crises heard, all: 99.0% → 98.0%"]}


@pytest.fixture
def rasa(monkeypatch):
    """The model endpoint of a Rasa: what it was asked, and the status it answers with."""
    asked, status = [], [200]

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"])
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(settings, "RASA_URL", f"http://127.0.0.1:{server.server_port}")
    yield asked, status
    server.shutdown()
    server.server_close()


def test_a_promotion_switches_the_running_rasa_and_is_written_down(models, rasa):
    """Who, what, instead of what."""
    before, new = promoted(Inputs("data-1", "program-1")), make(NOW).name
    assert promotion.promote(new, GOOD, "Mark") is True
    assert (rasa[0], shelf.promoted()) == ([new], new)
    assert {"did": "promoted", "model": new, "by": "Mark", "before": before}.items() <= shelf.history()[0].items()


def test_a_model_that_rasa_refuses_is_not_promoted(models, rasa):
    """All stays as it was."""
    before, new = promoted(Inputs("data-1", "program-1")), make(NOW).name
    rasa[1][0] = 409
    with pytest.raises(promotion.CannotPromote, match="refused"):
        promotion.promote(new, GOOD, "Mark")
    assert shelf.promoted() == before


def test_of_several_rasa_all_switch_or_none(models, rasa, monkeypatch):
    """One that does not run takes it at its start; one that refuses leaves the others as they were."""
    before, new = promoted(Inputs("data-1", "program-1")), make(NOW).name
    monkeypatch.setattr(settings, "RASA_URL", f"{settings.RASA_URL}, http://127.0.0.1:9,{settings.RASA_URL}")
    assert promotion.promote(new, GOOD, "Mark") is True
    assert rasa[0] == [new, new]
    answers = iter([200, 409, 200])
    monkeypatch.setattr(promotion, "_put", lambda address, name: rasa[0].append(name) or next(answers))
    rasa[0].clear()
    with pytest.raises(promotion.CannotPromote, match="refused"):
        promotion.rollback("Mark")
    assert (rasa[0], shelf.promoted()) == ([before, before, new], new)


def test_a_worse_model_needs_a_reason_which_is_kept(models, rasa):
    """Spaces are no reason."""
    promoted(Inputs("data-1", "program-1"))
    new = make(NOW).name
    with pytest.raises(promotion.ReasonNeeded, match=r"98\.0%"):
        promotion.promote(new, BAD, "Mark", "  ")
    assert promotion.promote(new, BAD, "Mark", "the lost message is no crisis") is True
    assert shelf.history()[0]["reason"] == "the lost message is no crisis"
    assert shelf.history()[0]["blockers"] == BAD["blockers"]


def test_a_damaged_candidate_is_not_promoted(models, rasa):
    """Rasa is not even asked."""
    promoted(Inputs("data-1", "program-1"))
    new = make(NOW)
    new.path.write_bytes(b"")
    with pytest.raises(promotion.CannotPromote, match="damaged"):
        promotion.promote(new.name, GOOD, "Mark")
    assert rasa[0] == []


def test_without_a_running_rasa_the_next_start_uses_it(models, monkeypatch):
    """And the command says so."""
    monkeypatch.setattr(settings, "RASA_URL", "http://127.0.0.1:9")
    promoted(Inputs("data-1", "program-1"))
    assert promotion.promote(make(NOW).name, GOOD, "Mark") is False
    assert start()[0] == NOW.name


def test_rolling_back_needs_a_model_that_ran_before(models, rasa):
    """The first one has none."""
    promoted(NOW)
    with pytest.raises(promotion.CannotPromote, match="No model ran before"):
        promotion.rollback("Mark")


def test_rolling_back_skips_a_damaged_one(models, rasa):
    """To the last that is whole."""
    first, second = promoted(Inputs("1", "program-1")), promoted(Inputs("2", "program-1"))
    promoted(NOW)
    (models / second).unlink()
    assert promotion.rollback("Mark", "worse on Friday") == first
    assert rasa[0] == [first]


def test_rolling_back_again_never_returns_to_what_was_rejected(models, rasa):
    """The second click brought back the model that a maintainer had just taken away from residents."""
    first, second, third = (promoted(Inputs(data, "program-1")) for data in "123")
    assert [promotion.rollback("Mark"), promotion.rollback("Mark")] == [second, first]
    with pytest.raises(promotion.CannotPromote, match="No model ran before"):
        promotion.rollback("Mark")
    promotion.promote(third, GOOD, "Mark", "mended meanwhile")
    assert (shelf.was_promoted(), promotion.back_to()) == ([first], first)


def test_a_model_taken_a_second_time_goes_back_to_what_it_replaced(models, rasa):
    """Not to what ran before it the first time."""
    first, _, third = (promoted(Inputs(data, "program-1")) for data in "123")
    promotion.promote(first, GOOD, "Mark")
    assert promotion.rollback("Mark") == third


def test_going_back_to_another_versions_model_needs_a_reason_too(models, rasa):
    """Its rules may not fit the program that runs: residents would be asked the wrong things."""
    before = promoted(Inputs("data-1", "program-0"))
    promoted(NOW)
    with pytest.raises(promotion.ReasonNeeded, match="another version"):
        promotion.rollback("Mark", " ")
    assert (shelf.promoted(), rasa[0]) == (NOW.name, [])
    assert promotion.rollback("Mark", "this one hears no Turkish") == before


@pytest.mark.parametrize("stopped_at", ["the second", "the notes"])
def test_who_stops_a_promotion_half_way_leaves_one_model(models, rasa, monkeypatch, stopped_at):
    """Of two Rasas one answered with a model that nobody had written down, until somebody restarted it."""
    before, new = promoted(Inputs("data-1", "program-1")), make(NOW).name
    answering = {"one": before, "two": before}

    def put(address, name):
        answering[address] = name
        if (address, name, stopped_at) == ("two", new, "the second"):
            raise KeyboardInterrupt
        return 200

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(promotion, "rasa_addresses", lambda: list(answering))
    monkeypatch.setattr(promotion, "_put", put)
    if stopped_at == "the notes":
        monkeypatch.setattr(shelf, "set_promoted", stop)
    with pytest.raises(KeyboardInterrupt):
        promotion.promote(new, GOOD, "Mark")
    assert (answering, shelf.promoted()) == ({"one": before, "two": before}, before)


# --- a Rasa that was loading meanwhile ---------------------------------------------------------------------------


def test_a_rasa_that_came_up_during_a_promotion_is_told_too(models, monkeypatch):
    """It had read the old name before the change, and nobody asked it twice."""
    promoted(Inputs("data-1", "program-1"))
    new, loading = make(NOW).name, iter([None, 200])
    monkeypatch.setattr(promotion, "rasa_addresses", lambda: ["one"])
    monkeypatch.setattr(promotion, "_put", lambda address, name: next(loading))
    assert promotion.promote(new, GOOD, "Mark") is True


# In a process of its own: importing Rasa warns about what it is built on, and a warning is an error here.
_CATCH_UP = """
import asyncio, sys
from types import SimpleNamespace as Some
from bot.dialogue import channel

async def prepared(model):
    return Some(model_name=model.name, lock_store=None)

channel.prepared = prepared
app = Some(ctx=Some(agent=Some(model_name=sys.argv[1], lock_store="locks")))
asyncio.run(channel.catch_up(app))
print("answers with", app.ctx.agent.model_name, app.ctx.agent.lock_store)
"""


@pytest.mark.parametrize("rehearsed", [True, False])
def test_a_rasa_that_loaded_the_model_of_before_takes_the_promoted_one(models, monkeypatch, rehearsed):
    """A promotion while it started was said to have worked, and it answered residents with the old one until its next start."""
    before = promoted(Inputs("data-1", "program-1"))
    promoted(NOW)
    env = {**training.quiet_environment(), "AANSPRAAK_MODELS": str(models), "PYTHONPATH": str(training.ROOT)}
    env = {**env, "AANSPRAAK_MODEL": before} if rehearsed else env
    done = subprocess.run([sys.executable, "-c", _CATCH_UP, before], capture_output=True, text=True, env=env, check=False)
    assert f"answers with {before if rehearsed else NOW.name} locks" in done.stdout, done.stderr
