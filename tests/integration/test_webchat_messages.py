"""Messages of the web chat: what is taken in, and everything that is refused."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest
from django.test import Client

from bot.conversations.models import Message
from tests.integration.webchat_helpers import bot_says, fresh_limits, open_session, refused, send, web  # noqa: F401

pytestmark = pytest.mark.django_db


def test_a_message_is_taken_in_and_read_back(web):
    """202 with its position; GET gives the contract's fields."""
    open_session(web)
    answer = send(web, {"text": "merhaba"})
    assert (answer.status_code, answer.json()) == (202, {"id": 1})
    [message] = web.get("/chat/api/messages?after=0").json()
    assert set(message) == {"id", "author", "text", "buttons", "dir", "lang", "at"}
    assert (message["id"], message["author"], message["text"]) == (1, "resident", "merhaba")
    assert web.get("/chat/api/messages?after=1").json() == []


def test_the_same_client_id_twice_is_one_message(web):
    """A repeat gets the same 202 and stores nothing."""
    open_session(web)
    first, again = (send(web, {"text": "hoi", "id": "a1"}) for _ in range(2))
    assert first.json() == again.json() == {"id": 1}
    assert Message.objects.count() == 1


def test_two_sessions_may_use_the_same_client_id(web):
    """Ids belong to the session that gave them."""
    open_session(web)
    other = Client()
    open_session(other)
    assert [send(client, {"text": "hoi", "id": 1}).status_code for client in (web, other)] == [202, 202]
    assert Message.objects.count() == 2


def test_a_tap_is_stored_as_the_buttons_title(web):
    """The payload is the id of a button offered in this conversation."""
    bot_says(open_session(web))
    [offered] = web.get("/chat/api/messages").json()
    payload = offered["buttons"][0]["payload"]
    assert not payload.startswith("/")
    assert send(web, {"payload": payload}).json() == {"id": 2}
    assert web.get("/chat/api/messages?after=1").json()[0]["text"] == "Iets te doen"


@pytest.mark.parametrize("payload", ["/want_human", "9.9", "1.7", "💥", "x" * 5000, "1.0; DROP TABLE"])
def test_a_forged_button_is_refused_and_stores_nothing(web, payload):
    """409 unknown_button."""
    bot_says(open_session(web))
    refused(send(web, {"payload": payload}), 409, "unknown_button")
    assert Message.objects.filter(author="resident").count() == 0


def test_a_button_of_another_conversation_is_refused(web):
    """Positions are the same everywhere: an offer counts only where it was made."""
    bot_says(open_session(web))
    other = Client()
    open_session(other)
    refused(send(other, {"payload": "1.0"}), 409, "unknown_button")


@pytest.mark.parametrize(
    "text",
    [
        "😀",
        "😀😀😀👨\u200d👩\u200d👧",
        "/want_human",
        "/restart",
        "a" * 10_000,
        "ho\x00i\x07",
        "\ud800 half",
        "\u202eomgekeerd",
        "<b>x</b>",
        "{bot_name} %s",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_odd_text_is_text(web, text):
    """Emoji, commands, control characters, broken surrogates and markup are taken in as words."""
    open_session(web)
    assert send(web, {"text": text}).status_code == 202
    [message] = web.get("/chat/api/messages").json()
    assert not {"\x00", "\x07"} & set(message["text"])


BAD_BODIES = [
    ("not json", "{", 400, "invalid_json"),
    ("broken utf-8", b'{"text": "\xff"}', 400, "invalid_json"),
    ("very deep", "[" * 60_000, 400, "invalid_json"),
    ("a list", [], 422, "wrong_shape"),
    ("a string", '"hoi"', 422, "wrong_shape"),
    ("nothing", "", 422, "wrong_shape"),
    ("neither", {}, 422, "wrong_shape"),
    ("both", {"text": "a", "payload": "1.0"}, 422, "wrong_shape"),
    ("a number as text", {"text": 7}, 422, "wrong_shape"),
    ("a list as text", {"text": ["a"]}, 422, "wrong_shape"),
    ("an object as payload", {"payload": {}}, 422, "wrong_shape"),
    ("a list as id", {"text": "a", "id": []}, 422, "wrong_shape"),
    ("true as id", {"text": "a", "id": True}, 422, "wrong_shape"),
    ("a long id", {"text": "a", "id": "x" * 101}, 422, "wrong_shape"),
    ("empty", {"text": ""}, 422, "empty"),
    ("only space", {"text": " \n\t\u200b "}, 422, "empty"),
    ("only control characters", {"text": "\x00\x01\x1b"}, 422, "empty"),
    ("empty payload", {"payload": ""}, 422, "empty"),
    ("too long", {"text": "a" * 10_001}, 413, "too_long"),
    ("too big", {"text": "a" * 70_000}, 413, "too_long"),
]


@pytest.mark.parametrize(("body", "status", "code"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES])
def test_a_bad_body_gets_a_clear_refusal_and_loses_nothing(web, body, status, code):
    """Never a 5xx; the next good message is taken in."""
    open_session(web)
    refused(send(web, body), status, code)
    assert send(web, {"text": "hoi"}).json() == {"id": 1}


def test_only_json_is_taken(web):
    """A form, which another site could send, is 415."""
    open_session(web)
    refused(web.post("/chat/api/messages", {"text": "hoi"}), 415, "not_json")
    refused(web.post("/chat/api/messages", '{"text":"hoi"}', content_type="text/plain"), 415, "not_json")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://["])
def test_another_sites_page_is_refused(web, origin):
    """The Origin must be our own."""
    open_session(web)
    refused(send(web, {"text": "hoi"}, headers={"origin": origin}), 403, "foreign_origin")
    refused(web.get("/chat/api/messages", headers={"origin": origin}), 403, "foreign_origin")


def test_our_own_page_is_let_in(web):
    """The Origin of the page itself."""
    open_session(web)
    assert send(web, {"text": "hoi"}, headers={"origin": "http://testserver"}).status_code == 202


def test_a_cross_site_request_without_an_origin_is_refused(web):
    """Browsers say so in Sec-Fetch-Site."""
    open_session(web)
    refused(web.get("/chat/api/messages", headers={"sec-fetch-site": "cross-site"}), 403, "foreign_origin")


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "٣", "9" * 21, "0x1"])
def test_a_strange_position_is_refused(web, after):
    """422, never a crash in the database."""
    open_session(web)
    refused(web.get("/chat/api/messages", {"after": after}), 422, "wrong_shape")


@pytest.mark.parametrize(
    "odd", [-1, 2**31, 2**63, 2**64, 10**30, 10**4000, "9" * 5000, 1.5, "٣", "²"], ids=lambda odd: ascii(odd)[:16]
)
def test_a_number_beyond_all_bounds_is_refused_or_taken_and_never_an_error(web, odd):
    """As an id, a button, a position or the number of a voice."""
    open_session(web)
    answers = [
        send(web, {"text": "hoi", "id": odd}),
        send(web, {"payload": f"{odd}.0"}),
        send(web, f'{{"text": "hoi", "id": {"9" * 5000}}}'),
        web.get("/chat/api/messages", {"after": str(odd)}),
        web.get(f"/chat/api/voices/{odd}"),
    ]
    assert {answer.status_code for answer in answers} <= {200, 202, 400, 404, 409, 422}


def test_a_position_beyond_any_message_gives_nothing(web):
    """Also one larger than the database can hold."""
    open_session(web)
    assert web.get("/chat/api/messages", {"after": "9" * 19}).json() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("put", "messages"), ("delete", "messages"), ("get", "sessions"), ("get", "language"), ("patch", "language")],
)
def test_a_wrong_method_is_405(web, method, path):
    """With the methods that are known."""
    answer = getattr(web, method)(f"/chat/api/{path}")
    refused(answer, 405, "wrong_method")
    assert answer.headers["Allow"]
