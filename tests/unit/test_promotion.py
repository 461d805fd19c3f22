"""What may be promoted and rolled back, and that every Rasa follows."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bot import settings, training
from bot.learning import promotion, shelf
from bot.training import Inputs
from tests.unit.model_helpers import NOW, make, models, promoted, start  # noqa: F401

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
