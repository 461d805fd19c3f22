"""Into the data: only lines are added, nothing twice, one in five held out, and the message itself is forgotten."""

import json
import random
import shutil
import uuid
from datetime import timedelta

import pytest
import yaml
from django.utils import timezone

from bot.language import examples as data
from bot.learning import writing
from bot.learning.data_checks import conflicts, data_problems
from bot.learning.exceptions import CannotWrite
from bot.learning.models import Sample
from bot.learning.writing import HELD_OUT, Line, is_held_out, plan, write_accepted
from bot.neighbourhood.models import User

pytestmark = pytest.mark.django_db
NEW = ("wie kan er met me meekijken naar het puntje van de fiets", "zeventien appels en dan nog een klein dingetje erbij")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A copy of the Dutch and Turkish data and an evaluation folder: a test never touches the real ones."""
    for tag in ("nl", "tr"):
        shutil.copytree(data.DATA / tag, tmp_path / "nlu" / tag)
    evaluation = tmp_path / "evaluation"
    evaluation.mkdir()
    monkeypatch.setattr(data, "DATA", tmp_path / "nlu")
    monkeypatch.setattr(writing, "ROOT", tmp_path)
    return tmp_path / "nlu", evaluation


def accepted(text, intent="rent_worry", language="nl", **more):
    return Sample.objects.create(
        text=text, language=language, intent=intent, decided_intent=intent, state="accepted", group=uuid.uuid4(), confidence=0.2,
        why="unsure", expires_at=timezone.localdate() + timedelta(days=9), **more,
    )  # fmt: skip


def sides(count=40):
    """Texts that nobody has, as many as wanted, of both sides of the rule and unlike one another."""
    chance = random.Random(7)
    word = lambda: "".join(chance.choice(pair) for pair in ("bdkvzpt", "aeiou", "lmnrs", "aeiou", "gkt"))  # noqa: E731
    return [" ".join(word() for _ in range(5)) for _ in range(count)]


def test_a_line_is_added_behind_its_intent_and_every_other_byte_stays(folders):
    """Comments, order, odd indents and hand edits too."""
    path = folders[0] / "nl" / "home.yml"
    before = path.read_text(encoding="utf-8").replace("- intent: rent_worry\n", "# by hand\n- intent: rent_worry  # mine\n")
    path.write_text(before, encoding="utf-8")
    text = next(t for t in sides() if not is_held_out(t))
    change = plan([Line("nl", "rent_worry", text)], folders[1])
    added = [x for x in change.diff().splitlines() if x[0] in "+-" and not x.startswith(("+++", "---"))]
    assert added == [f"+    - {text}"]
    after = change.files[path]
    assert after.replace(f"    - {text}\n", "", 1) == before
    block = next(b for b in yaml.safe_load(after)["nlu"] if b["intent"] == "rent_worry")
    assert block["examples"].splitlines()[-1] == f"- {text}"


def test_the_order_is_the_same_however_they_come(folders):
    """Two people who write the same lines make the same change."""
    lines = [Line("nl", "rent_worry", text) for text in sides(12)] + [Line("nl", "energy_bill", t[::-1]) for t in sides(12)]
    assert plan(lines, folders[1]).diff() == plan(reversed(lines), folders[1]).diff()


def test_about_one_in_five_is_held_out_by_the_text_alone(folders):
    """Capitals and signs change nothing; a line never stands on both sides."""
    texts = [f"voorbeeld nummer {n}" for n in range(2000)]
    share = sum(map(is_held_out, texts)) / len(texts)
    assert abs(share - 1 / HELD_OUT) < 0.03
    assert all(is_held_out(t) == is_held_out(t.upper() + "!") for t in texts[:50])
    change = plan([Line("nl", "rent_worry", text) for text in sides()], folders[1])
    assert {is_held_out(x.text) for x in change.held_out} == {True}
    assert {is_held_out(x.text) for x in change.trained} == {False}
    rows = [json.loads(row) for row in change.files[folders[1] / "nl.jsonl"].splitlines()]
    assert [set(row) for row in rows] == [{"lang", "intent", "text"}] * len(change.held_out)


def test_what_the_data_have_is_left_out(folders):
    """Doubles of any language, near-copies, of what is held out too; and what could not be read."""
    known = next(row for row in data.examples("nl") if row.intent == "rent_worry" and len(row.text) > 30)
    turkish = next(row for row in data.examples("tr") if row.intent == "rent_worry")
    held = next(t for t in sides() if is_held_out(t))
    (folders[1] / "nl.jsonl").write_text(json.dumps({"lang": "nl", "intent": "rent_worry", "text": held}) + "\n")
    texts = [known.text.upper(), f"{known.text} nu", turkish.text, held, "/deny", "mijn [naam]", "bel ⟨phone⟩", "{x}"]
    change = plan([*(Line("nl", "energy_bill", text) for text in texts), Line("nl", "no_such_intent", NEW[0])], folders[1])
    assert (change.files, len(change.left_out)) == ({}, len(texts) + 1)


def test_two_accepted_near_copies_become_one_line(folders):
    """Many residents say the same."""
    change = plan([Line("nl", "rent_worry", NEW[1]), Line("nl", "rent_worry", NEW[1] + "!")], folders[1])
    assert len(change.trained) + len(change.held_out) == 1


def test_an_intent_or_a_file_that_is_not_there_yet_is_made(folders):
    """A language that has few examples gets its first ones."""
    path = folders[0] / "tr" / "home.yml"
    path.unlink()
    text = next(t for t in sides() if not is_held_out(t))
    change = plan([Line("tr", "rent_worry", text), Line("tr", "energy_bill", NEW[0])], folders[1])
    found = yaml.safe_load(change.files[path])
    assert found["version"] == "3.1"
    assert {b["intent"]: b["examples"] for b in found["nlu"]}["rent_worry"] == f"- {text}\n"


def test_written_forgotten_and_clean_afterwards(folders):
    """The files say it, the rows are gone, the data's own check has nothing to say, and a second time changes nothing."""
    for text in sides(25):
        accepted(text)
    accepted("pek ne dersiniz kapkacak", decided_language="tr")
    waiting = Sample.objects.create(
        text="x", language="nl", group=uuid.uuid4(), confidence=0, why="unsure", expires_at=timezone.localdate()
    )
    change = write_accepted(folders[1])
    assert len(change.trained) + len(change.held_out) == 26
    assert list(Sample.objects.all()) == [waiting]
    assert {"nl", "tr"} == {line.tag for line in [*change.trained, *change.held_out]}
    held = [json.loads(row) for path in folders[1].glob("*.jsonl") for row in path.read_text(encoding="utf-8").splitlines()]
    written = {row.text for row in data.examples()} | {row["text"] for row in held}
    assert set(sides(25)) <= written
    assert [*data_problems("nl"), *data_problems("tr"), *conflicts()] == []
    assert write_accepted(folders[1]).files == {}


def test_corrected_wishes_are_kept_for_who_writes_patterns(folders):
    """In a folder of their own, once."""
    for _ in range(2):
        accepted("liefst een mevrouw erbij ja", "set_helper_preference", decided_wishes={"helper_gender": "woman"})
    write_accepted(folders[1])
    rows = [json.loads(row) for row in (folders[1] / "wishes" / "nl.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == [{"lang": "nl", "text": "liefst een mevrouw erbij ja", "wishes": {"helper_gender": "woman"}}]


@pytest.mark.parametrize("trouble", ["cannot write", "odd form"])
def test_when_writing_fails_nothing_is_lost(folders, monkeypatch, trouble):
    """The files are as before and the messages still wait."""
    texts = [next(t for t in sides() if is_held_out(t) is side) for side in (True, False)]
    for text in texts:
        accepted(text)
    path = folders[0] / "nl" / "home.yml"
    if trouble == "odd form":
        path.write_text('version: "3.1"\nnlu:\n- {intent: rent_worry, examples: "- a\\n- b\\n"}\n', encoding="utf-8")
    else:
        replace, tried = writing.os.replace, []

        def fails_second(source, target):
            tried.append(target)
            if len(tried) == 2:
                raise OSError(28, "No space left on device", str(target))
            return replace(source, target)

        monkeypatch.setattr(writing.os, "replace", fails_second)
    before = {p: p.read_text(encoding="utf-8") for p in folders[0].parent.rglob("*.*l")}
    with pytest.raises(CannotWrite):
        write_accepted(folders[1])
    after = {p: p.read_text(encoding="utf-8") for p in folders[0].parent.rglob("*.*l") if p.read_text(encoding="utf-8")}
    assert after == before
    assert not list(folders[0].rglob(".home*"))
    assert Sample.objects.count() == 2


def test_a_maintainer_sees_the_change_before_it_is_written(folders, client):
    """A page with the diff; a button writes it."""
    user = User.objects.create(email="mia@example.nl", username="mia", office="maintainer")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "nog niets om te schrijven" in client.get("/desk/learning/write").content.decode()
    text = next(t for t in sides() if not is_held_out(t))
    accepted(text)
    html = client.get("/desk/learning/write").content.decode()
    assert f"+    - {text}" in html
    assert Sample.objects.count() == 1, "looking writes nothing"
    html = client.post("/desk/learning/write").content.decode()
    assert "Geschreven" in html
    assert Sample.objects.count() == 0
    assert text in (folders[0] / "nl" / "home.yml").read_text(encoding="utf-8")
