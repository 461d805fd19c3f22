"""Models at the desk: maintainers see what answers, what would change, and switch; the work is done by a process of its own."""

import json

import pytest
from django.test import Client

from bot import model_commands, training
from bot import settings as ours
from bot.desk.views import models as page
from bot.learning import results, shelf, work
from bot.learning.comparing import Measured, compare
from bot.learning.evaluation import Row
from bot.neighbourhood.models import User
from bot.training import Inputs
from tests.integration.handover_helpers import make_helper, make_team

pytestmark = pytest.mark.django_db
NOW = Inputs("data-2", "program-1")


def account(office):
    return User.objects.create(email=f"{office}@demo.invalid", username=office, office=office)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def web(tmp_path, monkeypatch):
    """A maintainer, an empty shelf and a folder for what is written."""
    monkeypatch.setattr(shelf, "MODELS", tmp_path / "models")
    monkeypatch.setattr(ours, "VAR", tmp_path)
    monkeypatch.setattr(training, "inputs", lambda: NOW)
    monkeypatch.setattr(page, "inputs", lambda: NOW)
    return signed_in(account("maintainer"))


@pytest.fixture
def queued(monkeypatch):
    """What was put in the queue."""
    from bot.learning.tasks import work as job

    found = []
    monkeypatch.setattr(job, "defer", lambda **what: found.append(what))
    return found


def put(inputs):
    shelf.MODELS.mkdir(exist_ok=True)
    made = shelf.MODELS / "made"
    made.write_bytes(inputs.name.encode())
    return shelf.put(made, inputs.name, inputs.data, inputs.program, 200).name


def two_models(lost=False):
    """The promoted one and a candidate, compared; returns the candidate's name."""
    old, new = put(Inputs("data-1", "program-1")), put(NOW)
    shelf.set_promoted(old, "")
    row = Row("nl", "crisis_violence", "hij slaat <b>mij</b>")
    heard, unheard = ({"intent": {"name": name}, "language": {"code": "nl"}, "safety": None} for name in (row.intent, "greet"))
    before, after = Measured(old, [{**heard, "intent": {**heard["intent"], "confidence": 1}}], 5, 9), Measured(new, [], 5, 9)
    after.answers.append({**(unheard if lost else heard), "intent": {"name": "greet" if lost else row.intent, "confidence": 1}})
    found = {**compare([row], before, after, ("nl",)), "basis": training.reading_fingerprint()}
    path = results.place(old, new, ".json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found))
    return new


@pytest.mark.parametrize("address", ["/desk/models/", "/desk/models/progress", "/desk/models/report/abc"])
def test_only_maintainers_see_models(address):
    """Not even a coordinator: it is no part of their work."""
    helper = make_helper(make_team(), coordinator=True)
    for user in (helper.user, account("administrator")):
        assert signed_in(user).get(address).status_code == 403


def test_the_page_says_what_answers_and_what_a_candidate_would_change(web):
    """With a link to the report, whose messages are escaped."""
    short = two_models(lost=True).removeprefix("aanspraak-").removesuffix(".tar.gz")
    html = web.get("/desk/models/").content.decode()
    assert "in gebruik" in html
    assert "crises heard, all: 100.0% → 0.0%" in html
    assert 'name="reason" maxlength="300" required' in html
    report = web.get(f"/desk/models/report/{short}").content.decode()
    assert "hij slaat &lt;b&gt;mij&lt;/b&gt;" in report
    assert report.count("<svg") == 5


def test_a_report_that_was_never_made_is_not_found(web):
    """A model nobody compared, and one that does not exist."""
    shelf.set_promoted(put(NOW), "")
    assert web.get("/desk/models/report/nothing").status_code == 404


def test_a_promotion_is_put_in_the_queue_with_name_and_reason(web, queued):
    """The web process itself changes nothing."""
    new = two_models()
    web.post("/desk/models/begin/promote", {"model": new, "reason": "beter in het Turks"})
    asked = {"kind": "promote", "by": "maintainer@demo.invalid", "arguments": [new, "--reason=beter in het Turks"]}
    assert queued == [asked]
    assert shelf.promoted() != new


def test_the_way_back_names_its_model_and_asks_why_where_it_may_not_fit(web):
    """Whoever presses it knows what will answer residents."""
    before = put(Inputs("data-1", "program-0"))
    for name in (before, put(NOW)):
        shelf.set_promoted(name, "")
        shelf.record("promoted", name)
    html = web.get("/desk/models/").content.decode()
    short = before.removeprefix("aanspraak-").removesuffix(".tar.gz")
    form = html[html.index("/desk/models/begin/rollback") :].split("</form>")[0]
    assert f"Terug naar het vorige model ({short})" in form
    assert "required" in form


def test_nothing_from_the_form_becomes_another_command(web, queued):
    """A model is one that lies on the shelf; a reason cannot become an option."""
    new = two_models()
    assert web.post("/desk/models/begin/promote", {"model": "../../etc/passwd"}).status_code == 404
    assert web.post("/desk/models/begin/wipe", {}).status_code == 404
    web.post("/desk/models/begin/promote", {"model": new, "reason": "--by=somebody else"})
    assert queued[0]["arguments"] == [new, "--reason=--by=somebody else"]


def test_one_thing_at_a_time(web, queued):
    """A second training waits for somebody to ask again."""
    web.post("/desk/models/begin/train")
    html = web.post("/desk/models/begin/train", follow=True).content.decode()
    assert len(queued) == 1
    assert "Er loopt al iets" in html
    assert "disabled" in html


def test_progress_is_shown_and_the_page_is_read_again_at_the_end(web, queued):
    """The bar asks every two seconds while something runs."""
    begun = work.begin("train", "Noor")
    assert 'hx-trigger="every 2s"' in web.get("/desk/models/progress?watched=1").content.decode()
    work._write(work.Work("train", "done", "Noor", message="Ready", began=begun.began))
    answer = web.get("/desk/models/progress?watched=1")
    assert answer.headers["HX-Refresh"] == "true"
    assert "Ready" in answer.content.decode()


def test_work_that_fell_silent_has_failed(web, queued, monkeypatch):
    """A machine that was switched off meanwhile: the next training may begin."""
    work.begin("train", "Noor")
    monkeypatch.setattr(work, "_SILENT_SECONDS", -1)
    assert work.now().state == "failed"
    assert work.begin("train", "Noor").state == "waiting"


def test_the_job_runs_the_command_and_keeps_what_it_said(web, monkeypatch):
    """A real process: rolling back where nothing ran before fails with the command's own words."""
    monkeypatch.setenv("AANSPRAAK_MODELS", str(shelf.MODELS))
    found = work.carry_out("rollback", "Noor", [])
    assert found.state == "failed"
    assert "No model ran before this one" in found.message
    assert work.now() == found


_BLOCKED = [f"crises heard, {number}: 100.0% → 0.0%" for number in range(12)]


def test_a_comparison_with_many_reasons_has_worked(web, monkeypatch, capfd):
    """The page said "mislukt" where the candidate was worse in eight places: the line of the report had scrolled away."""
    new = two_models()

    def compared(old, new, plain, conversations):
        half = {"old": 1, "new": 1, "median_ms": 1}
        found = {"crises": {"all": half}, "mean": half, "old": half, "new": half, "languages": {}, "better": [], "worse": []}
        return {**found, "messages": 1, "blockers": _BLOCKED}

    def in_this_process(under_way, command, low, high):
        with pytest.raises(SystemExit) as ended:
            model_commands.compare(*command[1:3], conversations=False, out=None, plain=True)
        return ended.value.code, "\n".join(capfd.readouterr().out.splitlines()[-8:])

    monkeypatch.setattr(model_commands, "compared", compared)
    monkeypatch.setattr(work, "_command", in_this_process)
    assert work.carry_out("compare", "Noor", [shelf.promoted(), new]).state == "done"


@pytest.mark.parametrize(
    ("code", "promoted", "compared"),
    [(0, True, ["aanspraak-new1.tar.gz"]), (0, False, []), (work.UNCHANGED, True, [])],
)
def test_a_training_is_followed_by_its_own_comparison(web, monkeypatch, code, promoted, compared):
    """Of the model just made, not of the newest file; with nothing to compare the training has worked all the same."""
    run = []
    if promoted:
        shelf.set_promoted(put(NOW), "")

    def ran(under_way, command, low, high):
        run.append(command)
        return (code, "aanspraak-new1.tar.gz") if command[0] == "train" else (3, "worse")

    monkeypatch.setattr(work, "_command", ran)
    assert work.carry_out("train", "Noor", []).state == "done"
    assert [command[1:3] for command in run[1:]] == [[NOW.name, name] for name in compared]


@pytest.mark.parametrize(("plain", "code"), [(True, work.UNCHANGED), (False, 0)])
def test_a_training_with_nothing_new_says_so_to_programs_by_its_code(web, capsys, plain, code):
    """A maintainer's shell, and ``./test``, go on; nothing reads the words."""
    put(NOW)
    with pytest.raises(SystemExit) as ended:
        model_commands.train(plain=plain)
    assert ended.value.code == code
    assert "Nothing has changed" in capsys.readouterr().out
