"""No promise before the handover is stored: every effect with its action down, hanging, and refused by the database."""

import os
import signal
import time
from contextlib import contextmanager

import pytest

from bot.language.review import texts_in
from bot.language.wording import lint_text
from tests.conversations.desk import Desk
from tests.conversations.words import TAGS, title

PERSON = {
    "nl": "ik wil met een mens praten",
    "en": "i want to talk to a person",
    "tr": "bir insanla konuşmak istiyorum",
    "ar": "بدي احكي مع انسان",
}


@contextmanager
def actions_down(system):
    """The action server is dead, and the supervisor that would start it again is stopped meanwhile."""
    os.kill(system.process.pid, signal.SIGSTOP)
    try:
        os.kill(system.pid("actions"), signal.SIGKILL)
        yield
    finally:
        os.kill(system.process.pid, signal.SIGCONT)
        # The old answer of readiness may live a moment longer than the process.
        time.sleep(1)
        system.wait_ready()  # each time it dies the supervisor waits longer


@contextmanager
def actions_hang(system):
    """The action server takes connections and answers nobody."""
    pid = system.pid("actions")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def storing_refused(system):
    """The action raises: the database takes no handover."""
    desk = Desk(system, "")
    desk.refuse_storing(True)
    try:
        yield
    finally:
        desk.refuse_storing(False)


def previewed(system, tag):
    """A resident who has the preview before them."""
    resident = system.resident()
    resident.write(PERSON[tag])
    for dutch in ("Maakt niet uit", "Zeg ik niet"):
        resident.tap(title(dutch, tag))
    return resident


def assert_nothing_passed_on(system, resident, replies, tag):
    """Said honestly, in the resident's language; nothing stored, nothing promised."""
    state = Desk(system, resident.token).state()
    keys = {m["id"]: m["key"] for m in state["messages"]}
    assert state["handovers"] == []
    assert [keys[m["id"]] for m in replies] == ["handover.not_stored"]
    assert [m["lang"] for m in replies] == [tag]
    assert not any(key.startswith(("handover.stored", "handover.accepted")) for key in keys.values())


@pytest.mark.parametrize("tag", TAGS)
def test_no_utterance_promises_anything(tag):
    """Rasa goes on after a failed action and would say it all the same."""
    said = [(key, text) for key, text in texts_in(tag) if key.startswith("utter_")]
    assert len(said) > 60
    hits = [(key, hit.match) for key, text in said for hit in lint_text(text, tag, key) if hit.tier == "promise"]
    assert hits == []


@pytest.mark.parametrize("tag", TAGS)
def test_a_yes_while_the_action_server_is_down_is_no_promise(system, tag):
    """The button and Rasa work, the effect does not: nothing was passed on, and that is said."""
    resident = previewed(system, tag)
    with actions_down(system):
        replies = resident.tap(title("Ja, geef door", tag))
        assert_nothing_passed_on(system, resident, replies, tag)


def test_a_typed_yes_while_the_action_server_is_down_is_no_promise(system):
    """The same for words."""
    resident = previewed(system, "nl")
    with actions_down(system):
        assert_nothing_passed_on(system, resident, resident.write("ja"), "nl")


def test_every_step_of_the_road_is_honest_while_the_action_server_is_down(system):
    """The wish itself: an honest answer in the resident's language, never silence."""
    resident = system.resident()
    with actions_down(system):
        [reply] = resident.write(PERSON["tr"])
    assert reply["lang"] == "tr"
    assert Desk(system, resident.token).state()["messages"][-1]["key"] == "turn.no_answer"
    assert resident.write(PERSON["tr"])[-1]["buttons"][0]["title"] == title("Maakt niet uit", "tr")


@pytest.mark.parametrize("tag", TAGS)
def test_a_yes_that_the_database_refuses_is_no_promise(system, tag):
    """The action raises in the middle of its transaction."""
    resident = previewed(system, tag)
    with storing_refused(system):
        replies = resident.tap(title("Ja, geef door", tag))
        assert_nothing_passed_on(system, resident, replies, tag)


def test_after_a_refusal_the_same_wish_leads_to_a_stored_handover(system):
    """The draft is kept: "once more" shows the preview again, and a yes stores it once."""
    resident = previewed(system, "en")
    with storing_refused(system):
        resident.tap(title("Ja, geef door", "en"))
    [preview] = resident.tap(title("Nog eens", "en"))
    assert PERSON["en"] in preview["text"]
    resident.tap(title("Ja, geef door", "en"))
    state = Desk(system, resident.token).state()
    assert [h["state"] for h in state["handovers"]] == ["open"]
    assert sum(m["key"].startswith("handover.stored") for m in state["messages"]) == 1


def test_a_yes_while_the_action_server_hangs_is_promised_once_it_is_stored_and_only_once(system):
    """Nothing is said while nobody knows; then one handover and one promise."""
    resident = previewed(system, "nl")
    with actions_hang(system):
        asked = resident.post({"payload": resident.messages()[-1]["buttons"][0]["payload"]}).json()["id"]
        time.sleep(2)
        assert resident.messages(asked) == []
    resident.wait(asked)
    state = Desk(system, resident.token).state()
    assert len(state["handovers"]) == 1
    assert [m["key"].startswith("handover.stored") for m in state["messages"] if m["id"] > asked] == [True]


def test_two_quick_yeses_store_one_handover(system):
    """A double tap is one wish."""
    resident = previewed(system, "nl")
    payload = resident.messages()[-1]["buttons"][0]["payload"]
    _, second = [resident.post({"payload": payload}).json()["id"] for _ in range(2)]
    resident.wait(second)
    deadline = time.monotonic() + 10
    while len(resident.messages(second)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    state = Desk(system, resident.token).state()
    assert len(state["handovers"]) == 1
    assert sum(m["key"].startswith("handover.stored") for m in state["messages"]) == 1
