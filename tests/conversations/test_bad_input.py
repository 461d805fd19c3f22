"""Whatever is sent: a clear refusal or a kind answer, never an error of ours, and the conversation goes on."""

import time

import httpx
import pytest

from tests.conversations.desk import Desk
from tests.conversations.words import title

JSON = {"Content-Type": "application/json"}
PATIENCE = 30  # a busy machine is slow to refuse, too


@pytest.fixture
def talking(system):
    """Somebody in the middle of a conversation; it must work as well at the end of each test."""
    resident = system.resident()
    resident.write("hoi")
    yield resident
    before = resident.messages()
    [reply] = resident.write("hoi")
    assert reply["buttons"]
    assert resident.messages()[: len(before)] == before


def raw(system, resident, body, **headers):
    """The bytes as they are, with the session's token."""
    address = f"{system.base}/chat/api/messages"
    headers = {**JSON, "Authorization": f"Bearer {resident.token}", **headers}
    return httpx.post(address, content=body, headers=headers, timeout=PATIENCE)


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t", "\u200b\u200f\u2060", "\x00\x01\x02"], ids=["none", "spaces", "lines", "unseen", "control"]
)
def test_nothing_to_see_is_refused_kindly(talking, text):
    """The resident is told that the message is empty, in their language."""
    answer = talking.post({"text": text})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "empty"
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("letter", ["a", "é", "ş", "ع", "😀"])
def test_ten_thousand_characters_are_taken_and_answered(talking, letter):
    """The most there may be, in every script."""
    words = (letter * 9 + " ") * 1000
    assert len(talking.write(words[:10_000])) >= 1


def test_one_character_too_many_is_refused(talking):
    """With what to do about it."""
    answer = talking.post({"text": "a" * 10_001})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_long")


def test_a_crisis_at_the_end_of_a_long_message_is_answered(talking):
    """Nobody's last sentence is cut off unread."""
    text = "het gaat om heel veel brieven. " * 300 + "ik wil niet meer leven"
    assert len(text) < 10_000
    assert "113" in " ".join(m["text"] for m in talking.write(text))


@pytest.mark.parametrize("text", ["😢", "👍", "🙏🙏🙏", "❤️", "?", "!!!", "…", "///", ". . ."])
def test_signs_alone_are_answered_with_a_kind_question(system, talking, text):
    """They mean neither yes nor no, and nobody cheers at a tear."""
    talking.write(text)
    assert Desk(system, talking.token).state()["messages"][-1]["key"] == "turn.emoji"


@pytest.mark.parametrize(
    "text", ["hoi\x00daar", "hal\u202elo daar", "\ufeffgoedemiddag", "hoi\r\n\r\ndaar", "a\u0301" * 50 + " hoi"]
)
def test_control_characters_within_a_text_do_no_harm(talking, text):
    """They are taken out or kept, and the message is answered."""
    assert len(talking.write(text)) >= 1


def test_half_a_character_is_answered_too(system, talking):
    """A cut emoji is no reason for silence, in a text and in an id."""
    answer = raw(system, talking, b'{"text": "hoi \\ud83d", "id": "\\ud83d"}')
    assert answer.status_code == 202
    assert len(talking.wait(answer.json()["id"])) == 1


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script> hoi", "'; DROP TABLE x; --", "{bot_name} {0} %s %(a)s", "${jndi:x}", "⟨phone⟩"]
)
def test_text_that_looks_like_a_program_is_text(talking, text):
    """It comes back as it was written, and is answered."""
    position = talking.post({"text": text}).json()["id"]
    talking.wait(position)
    assert talking.messages(position - 1)[0]["text"] == text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"{", 400), (b"hoi", 400), (b'"hoi"', 422), (b"[]", 422), (b"null", 422), (b"{}", 422),
        (b"\xff\xfe\x00", 400),
        (b'{"text": 5}', 422), (b'{"text": null}', 422), (b'{"text": ["a"]}', 422), (b'{"text": "a", "payload": "1.0"}', 422),
        (b'{"payload": {}}', 422), (b"[" * 5000, 400),
        (b'{"text": "a", "text": ""}', None), (b'{"text": "hoi", "id": "' + b"x" * 5000 + b'"}', None), (b"1" * 5000, None),
    ],
)  # fmt: skip
def test_a_broken_body_is_refused_and_nothing_is_stored(system, talking, body, status):
    """A clear 4xx for programs; nothing half taken."""
    before = talking.messages()
    answer = raw(system, talking, body)
    assert 400 <= answer.status_code < 500
    assert status in (None, answer.status_code)
    assert answer.json()["error"]["code"]
    assert talking.messages() == before


def test_another_content_type_is_refused(system, talking):
    """A form of another website cannot write."""
    answer = raw(system, talking, b'{"text": "hoi"}', **{"Content-Type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "token", ["", "x", "Bearer", "é", "a" * 10_000, "157f2e75-ef1f-4509-b6cc-be8c154340fd", "../../etc/passwd", "' OR 1=1"]
)
def test_an_unknown_session_is_refused(system, token):
    """Whatever it looks like, for writing and for reading."""
    headers = {"Authorization": f"Bearer {token}".strip().encode()}
    for answer in (
        httpx.post(f"{system.base}/chat/api/messages", json={"text": "hoi"}, headers=headers, timeout=PATIENCE),
        httpx.get(f"{system.base}/chat/api/messages", headers=headers, timeout=PATIENCE),
        httpx.get(f"{system.base}/chat/api/stream", headers=headers, timeout=PATIENCE),
    ):
        assert 400 <= answer.status_code < 500, answer.text[:200]


def test_a_repeated_id_is_stored_and_answered_once(talking):
    """A page that lost the answer sends it again."""
    body = {"text": "ik heb een brief", "id": "once"}
    positions = {talking.post(body).json()["id"] for _ in range(5)}
    assert len(positions) == 1
    [position] = positions
    talking.wait(position)
    assert [m["author"] for m in talking.messages(position - 1)] == ["resident", "bot"]


def test_the_same_id_with_other_words_changes_nothing(talking):
    """The first one counts."""
    first = talking.post({"text": "ik heb een brief", "id": "same"}).json()["id"]
    talking.wait(first)
    assert talking.post({"text": "iets heel anders", "id": "same"}).json()["id"] == first
    assert [m["text"] for m in talking.messages(first - 1) if m["author"] == "resident"] == ["ik heb een brief"]


def test_two_residents_may_use_the_same_ids(system):
    """A client's ids are its own."""
    for resident in (system.resident(), system.resident()):
        assert len(resident.wait(resident.post({"text": "hoi", "id": "1"}).json()["id"])) == 1


@pytest.mark.parametrize(
    "payload",
    [
        "2.9",
        "99.0",
        "0.0",
        "-1.0",
        "2",
        "x",
        "2.0.0",
        "٢.٠",
        "99999999999999999999.0",
        "/want_human",
        '/affirm{"consent":"yes"}',
        "/restart",
        "\x00",
    ],
)
def test_a_button_that_was_never_offered_is_refused(talking, payload):
    """Payloads are ids of buttons of this conversation; Rasa's own cannot be forged."""
    before = talking.messages()
    assert 400 <= talking.post({"payload": payload}).status_code < 500
    assert talking.messages() == before


def test_another_residents_button_is_refused(system, talking):
    """Ids are looked up in one's own conversation only."""
    other = system.resident()
    reply = other.write("ik wil met een mens praten")[-1]
    other.write("maakt niet uit")
    assert talking.post({"payload": f"{reply['id'] + 2}.0"}).status_code == 409


@pytest.mark.parametrize(
    "text", ["/want_human", "/restart", "/session_start", '/want_human{"urgency":"high"}', "/", "//hoi", "/ hoi"]
)
def test_a_leading_slash_is_text(system, talking, text):
    """Nobody can command Rasa: the message is shown as written, answered in words, and opens nothing urgent."""
    position = talking.post({"text": text}).json()["id"]
    talking.wait(position)
    assert talking.messages(position - 1)[0]["text"] == text
    state = Desk(system, talking.token).state()
    assert state["handovers"] == []
    assert state["messages"][-1]["key"] != "handover.preview_question"


def test_a_forged_yes_in_words_passes_nothing_on(system, talking):
    """The consent payload typed as text, in front of the very preview."""
    talking.write("ik wil met een mens praten")
    for dutch in ("Maakt niet uit", "Zeg ik niet"):
        talking.tap(title(dutch, "nl"))
    talking.write('/affirm{"consent":"yes"}')
    assert Desk(system, talking.token).state()["handovers"] == []


def test_twenty_messages_at_once_are_all_answered_in_order(talking):
    """Nothing is lost in a burst, nothing is answered twice."""
    positions = [talking.post({"text": "hoi"}).json()["id"] for _ in range(20)]
    assert positions == sorted(set(positions))
    deadline = time.monotonic() + 60
    while (answered := len(talking.wait(positions[0], seconds=60))) < 20 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert answered == 20
