"""The web chat's contract: sessions, messages, the stream, and everything that is refused."""

import json

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import Client
from django.utils import timezone

from bot.channels.webchat import limits, stream
from bot.conversations import inbox, outbox
from bot.conversations.models import Conversation, Message
from bot.language.catalogue import known_key
from bot.live import Hub, read
from tests.integration.streams import opened

pytestmark = pytest.mark.django_db
# A stream reads in other threads: it sees only what is committed.
committed = pytest.mark.django_db(transaction=True)
OUTSIDE = "203.0.113.9"


@pytest.fixture(autouse=True)
def _fresh_limits():
    limits.messages.clear()
    limits.sessions.clear()
    limits.reading.clear()


@pytest.fixture
def web():
    return Client(headers={"accept-language": "nl"})


def _open(client, **extra):
    answer = client.post("/chat/api/sessions", "{}", content_type="application/json", **extra)
    assert answer.status_code == 201, answer.content
    return answer.json()["session"]


def _send(client, body, **extra):
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post("/chat/api/messages", raw, content_type="application/json", **extra)


def _refused(answer, status, code):
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"]


def _bot_says(token, text="Waar kan ik mee helpen?", buttons=(("Iets te doen", "/neighbourhood_activity"),)):
    conversation = inbox.find_conversation("webchat", token)
    return outbox.post(conversation, [outbox.Reply(text, tuple(buttons))])[0]


# --- sessions ----------------------------------------------------------------------------------------------------


def test_a_session_is_a_token_in_the_body_and_in_a_cookie_scripts_cannot_read(web):
    """201 with the token; the cookie is HttpOnly, SameSite=Lax and only for /chat/."""
    token = _open(web)
    cookie = web.cookies["aanspraak_chat"]
    assert cookie.value == token
    assert len(token) >= 43
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/chat/", "")


def test_the_cookie_is_secure_where_residents_come(web, settings):
    """With a public address the cookie travels only over https."""
    settings.PUBLIC_BASE_URL = "https://chat.example.nl"
    _open(web)
    assert web.cookies["aanspraak_chat"]["secure"] is True


def test_a_token_is_stored_only_as_a_keyed_hash(web):
    """Nothing in the conversation's row holds the token."""
    token = _open(web)
    row = Conversation.objects.values().get()
    assert token not in str(row)
    assert row["address"] == ""


def test_a_session_needs_no_body(web):
    """A program may open one with an empty POST."""
    assert web.generic("POST", "/chat/api/sessions").status_code == 201


def test_a_session_remembers_the_link_and_the_pages_language(web):
    """``start`` is kept with the conversation; ``language`` is where it begins."""
    web.post("/chat/api/sessions", json.dumps({"language": "tr", "start": "poster7"}), content_type="application/json")
    conversation = Conversation.objects.get()
    assert (conversation.language, conversation.start_param) == ("tr", "poster7")


# --- messages ----------------------------------------------------------------------------------------------------


def test_a_message_is_taken_in_and_read_back(web):
    """202 with its position; GET gives the contract's fields."""
    _open(web)
    answer = _send(web, {"text": "merhaba"})
    assert (answer.status_code, answer.json()) == (202, {"id": 1})
    [message] = web.get("/chat/api/messages?after=0").json()
    assert set(message) == {"id", "author", "text", "buttons", "dir", "lang", "at"}
    assert (message["id"], message["author"], message["text"]) == (1, "resident", "merhaba")
    assert web.get("/chat/api/messages?after=1").json() == []


def test_a_bearer_token_does_what_the_cookie_does(web):
    """A program without cookies sends Authorization: Bearer."""
    token = _open(web)
    bare = Client(headers={"authorization": f"Bearer {token}"})
    assert _send(bare, {"text": "hoi"}).status_code == 202
    assert len(bare.get("/chat/api/messages").json()) == 1


def test_a_token_in_the_address_counts_for_nothing(web):
    """Addresses end up in logs and histories."""
    token = _open(web)
    _refused(Client().get(f"/chat/api/messages?session={token}&token={token}"), 401, "unknown_session")


def test_the_same_client_id_twice_is_one_message(web):
    """A repeat gets the same 202 and stores nothing."""
    _open(web)
    first, again = (_send(web, {"text": "hoi", "id": "a1"}) for _ in range(2))
    assert first.json() == again.json() == {"id": 1}
    assert Message.objects.count() == 1


def test_two_sessions_may_use_the_same_client_id(web):
    """Ids belong to the session that gave them."""
    _open(web)
    other = Client()
    _open(other)
    assert [_send(client, {"text": "hoi", "id": 1}).status_code for client in (web, other)] == [202, 202]
    assert Message.objects.count() == 2


def test_a_tap_is_stored_as_the_buttons_title(web):
    """The payload is the id of a button offered in this conversation."""
    _bot_says(_open(web))
    [offered] = web.get("/chat/api/messages").json()
    payload = offered["buttons"][0]["payload"]
    assert not payload.startswith("/")
    assert _send(web, {"payload": payload}).json() == {"id": 2}
    assert web.get("/chat/api/messages?after=1").json()[0]["text"] == "Iets te doen"


@pytest.mark.parametrize("payload", ["/want_human", "9.9", "1.7", "💥", "x" * 5000, "1.0; DROP TABLE"])
def test_a_forged_button_is_refused_and_stores_nothing(web, payload):
    """409 unknown_button."""
    _bot_says(_open(web))
    _refused(_send(web, {"payload": payload}), 409, "unknown_button")
    assert Message.objects.filter(author="resident").count() == 0


def test_a_button_of_another_conversation_is_refused(web):
    """Positions are the same everywhere: an offer counts only where it was made."""
    _bot_says(_open(web))
    other = Client()
    _open(other)
    _refused(_send(other, {"payload": "1.0"}), 409, "unknown_button")


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
    _open(web)
    assert _send(web, {"text": text}).status_code == 202
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
    _open(web)
    _refused(_send(web, body), status, code)
    assert _send(web, {"text": "hoi"}).json() == {"id": 1}


def test_only_json_is_taken(web):
    """A form, which another site could send, is 415."""
    _open(web)
    _refused(web.post("/chat/api/messages", {"text": "hoi"}), 415, "not_json")
    _refused(web.post("/chat/api/messages", '{"text":"hoi"}', content_type="text/plain"), 415, "not_json")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://["])
def test_another_sites_page_is_refused(web, origin):
    """The Origin must be our own."""
    _open(web)
    _refused(_send(web, {"text": "hoi"}, headers={"origin": origin}), 403, "foreign_origin")
    _refused(web.get("/chat/api/messages", headers={"origin": origin}), 403, "foreign_origin")


def test_our_own_page_is_let_in(web):
    """The Origin of the page itself."""
    _open(web)
    assert _send(web, {"text": "hoi"}, headers={"origin": "http://testserver"}).status_code == 202


def test_a_cross_site_request_without_an_origin_is_refused(web):
    """Browsers say so in Sec-Fetch-Site."""
    _open(web)
    _refused(web.get("/chat/api/messages", headers={"sec-fetch-site": "cross-site"}), 403, "foreign_origin")


@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000, "a b", "é" * 20])
def test_an_unknown_session_is_told_so_kindly(token):
    """401 on every endpoint, with a sentence in the browser's language."""
    client = Client(headers={"accept-language": "nl"})
    client.cookies["aanspraak_chat"] = token
    for answer in (
        _send(client, {"text": "hoi"}),
        client.get("/chat/api/messages"),
        client.post("/chat/api/language", '{"language":"tr"}', content_type="application/json"),
    ):
        _refused(answer, 401, "unknown_session")


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "٣", "9" * 21, "0x1"])
def test_a_strange_position_is_refused(web, after):
    """422, never a crash in the database."""
    _open(web)
    _refused(web.get("/chat/api/messages", {"after": after}), 422, "wrong_shape")


def test_a_position_beyond_any_message_gives_nothing(web):
    """Also one larger than the database can hold."""
    _open(web)
    assert web.get("/chat/api/messages", {"after": "9" * 19}).json() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("put", "messages"), ("delete", "messages"), ("get", "sessions"), ("get", "language"), ("patch", "language")],
)
def test_a_wrong_method_is_405(web, method, path):
    """With the methods that are known."""
    answer = getattr(web, method)(f"/chat/api/{path}")
    _refused(answer, 405, "wrong_method")
    assert answer.headers["Allow"]


# --- language, looking, limits ------------------------------------------------------------------------------------


def test_a_language_choice_is_stored_as_the_residents_own(web):
    """POST language is an explicit choice; one that is not on offer is 422."""
    _open(web)
    assert web.post("/chat/api/language", '{"language":"ar"}', content_type="application/json").json() == {"language": "ar"}
    conversation = Conversation.objects.get()
    assert (conversation.language, conversation.language_chosen) == ("ar", True)
    for body, code in (('{"language":"xx"}', "unknown_language"), ("{}", "wrong_shape"), ('{"language":1}', "wrong_shape")):
        _refused(web.post("/chat/api/language", body, content_type="application/json"), 422, code)


def test_reading_says_when_the_resident_last_looked_at_most_every_half_minute(web):
    """A second look at once writes nothing."""
    _open(web)
    assert Conversation.objects.get().seen_at is None
    web.get("/chat/api/messages")
    first = Conversation.objects.get().seen_at
    assert first is not None
    web.get("/chat/api/messages")
    assert Conversation.objects.get().seen_at == first
    Conversation.objects.update(seen_at=first - timezone.timedelta(seconds=31))
    web.get("/chat/api/messages")
    assert Conversation.objects.get().seen_at >= first


def test_a_flood_in_one_session_is_slowed(web):
    """The 31st message in a minute is 429 with Retry-After; another session writes on."""
    _open(web, REMOTE_ADDR=OUTSIDE)
    assert {_send(web, {"text": "hoi"}, REMOTE_ADDR=OUTSIDE).status_code for _ in range(30)} == {202}
    answer = _send(web, {"text": "hoi"}, REMOTE_ADDR=OUTSIDE)
    _refused(answer, 429, "too_fast")
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    other = Client()
    _open(other, REMOTE_ADDR=OUTSIDE)
    assert _send(other, {"text": "hoi"}, REMOTE_ADDR=OUTSIDE).status_code == 202


def test_a_flood_of_reading_is_slowed_and_writing_goes_on(web):
    """The 121st look in a minute is 429; what the resident writes still counts."""
    _open(web, REMOTE_ADDR=OUTSIDE)
    assert {web.get("/chat/api/messages", REMOTE_ADDR=OUTSIDE).status_code for _ in range(120)} == {200}
    _refused(web.get("/chat/api/messages", REMOTE_ADDR=OUTSIDE), 429, "too_fast")
    assert _send(web, {"text": "hoi"}, REMOTE_ADDR=OUTSIDE).status_code == 202


def test_a_flood_of_sessions_from_one_address_is_slowed(web):
    """The 21st in an hour is 429; this machine itself is not counted."""
    for _ in range(20):
        _open(web, REMOTE_ADDR=OUTSIDE)
    _refused(web.generic("POST", "/chat/api/sessions", REMOTE_ADDR=OUTSIDE), 429, "too_fast")
    _open(web)
    _open(web, REMOTE_ADDR="203.0.113.10")


def test_a_limit_ends_with_its_time():
    """Events older than the window are forgotten."""
    now = [0.0]
    window = limits.Window(1, 60, clock=lambda: now[0])
    window.take("a")
    with pytest.raises(limits.TooFast):
        window.take("a")
    now[0] = 60.5
    window.take("a")


# --- the stream --------------------------------------------------------------------------------------------------


async def _session():
    token = "stream-token"
    conversation = await read(inbox.open_conversation, "webchat", token)
    return conversation.pk, token, {"authorization": f"Bearer {token}"}


async def _says(token, text):
    await read(_bot_says, token, text)


@committed
async def test_the_stream_sends_what_is_there_and_then_what_comes():
    """``id`` is the position, ``event`` is message, ``data`` is the message of the contract."""
    _, token, headers = await _session()
    await _says(token, "een")
    async with opened(**headers) as live:
        assert live.status == 200
        assert live.headers["content-type"].startswith("text/event-stream")
        assert await live.block() == "retry: 2000"
        name, position, data = await live.event()
        assert (name, position, data["text"], data["author"]) == ("message", "1", "een", "bot")
        await _says(token, "twee")
        assert (await live.event())[2]["text"] == "twee"


@committed
async def test_a_lost_stream_goes_on_after_the_last_event():
    """Last-Event-ID wins over the address, which the browser repeats; nothing is lost or doubled."""
    _, token, headers = await _session()
    for text in ("een", "twee", "drie"):
        await _says(token, text)
    async with opened(query="after=0", last_event_id="2", **headers) as live:
        assert (await live.event())[1] == "3"
    async with opened(query="after=1", **headers) as live:
        assert [(await live.event())[1] for _ in range(2)] == ["2", "3"]


@committed
async def test_a_quiet_stream_shows_that_it_is_alive(monkeypatch):
    """A comment comes when nothing else does."""
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    _, _, headers = await _session()
    async with opened(**headers) as live:
        assert await live.block() == "retry: 2000"
        assert (await live.block()).startswith(":")


@committed
async def test_a_wipe_is_told_and_ends_the_stream():
    """``event: wiped`` carries the last words, which stand in no database."""
    pk, _, headers = await _session()
    async with opened(**headers) as live:
        await live.block()
        await read(_wipe, pk)
        name, position, data = await live.event()
        assert (name, position) == ("wiped", None)
        assert data["text"]
        assert await live.event() is None


def _wipe(pk):
    from django.db import transaction

    with transaction.atomic():
        Conversation.objects.get(pk=pk).resident.delete()
        outbox.announce(f"conversation:{pk}:wiped")


@committed
async def test_a_stream_without_a_session_is_refused_as_json():
    """401, not an empty stream that a browser would open again and again."""
    async with opened(authorization="Bearer nobody") as live:
        assert live.status == 401


@committed
async def test_too_many_streams_of_one_session_are_refused(monkeypatch):
    """429 with Retry-After; the others go on."""
    monkeypatch.setattr("bot.channels.webchat.views.hub", small := Hub(per_key=1))
    monkeypatch.setattr("bot.channels.webchat.stream.hub", small)
    _, _, headers = await _session()
    async with opened(**headers) as first:
        await first.block()
        async with opened(**headers) as second:
            assert second.status == 429
            assert "retry-after" in second.headers


# --- the page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "cookie", "accepts", "tag"),
    [
        ("", "", "", "nl"),
        ("", "", "tr-TR,tr;q=0.9,en;q=0.8", "tr"),
        ("", "", "fr-FR, ar-MA;q=0.9", "ar"),
        ("", "ar", "en", "ar"),
        ("?lang=en", "ar", "tr", "en"),
        ("?lang=xx", "", "en", "en"),
        ("", "<script>", "de", "nl"),
    ],
)
def test_the_page_speaks_the_residents_language(query, cookie, accepts, tag):
    """The address, else the choice before, else the browser's preference, else Dutch."""
    client = Client(headers={"accept-language": accepts})
    if cookie:
        client.cookies["aanspraak_language"] = cookie
    page = client.get(f"/chat/{query}").content.decode()
    direction = "rtl" if tag == "ar" else "ltr"
    assert f'<html lang="{tag}" dir="{direction}">' in page


def test_a_choice_in_the_address_is_remembered(web):
    """The next visit needs no choice."""
    web.get("/chat/?lang=tr")
    assert '<html lang="tr"' in web.get("/chat/").content.decode()


def test_the_page_holds_no_inline_script_or_style_and_nothing_from_elsewhere(web):
    """What the content policy forbids is not there either; the tab shows only the neutral name."""
    answer = web.get("/chat/")
    page = answer.content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "onclick" not in page
    assert page.count("<script") == page.count('<script type="module" src="/static/') == 1
    assert "http://" not in page
    assert "https://" not in page
    assert f"<title>{settings.BOT_NAME}</title>" in page
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Permissions-Policy" in answer.headers


def test_conversations_are_kept_by_no_cache(web):
    """Not by a proxy, and not by the Back button of a shared phone."""
    _open(web)
    for path in ("/chat/", "/chat/hidden", "/chat/api/messages"):
        assert web.get(path).headers["Cache-Control"] == "no-store"


def test_what_a_link_carried_is_escaped(web):
    """``?start=`` is data, never markup."""
    page = web.get("/chat/", {"start": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


def test_the_neutral_page_says_nothing_about_the_chat(web):
    """Its title and words are neutral, and it names no assistant."""
    page = web.get("/chat/hidden").content.decode()
    assert settings.BOT_NAME not in page
    assert "/chat/api" not in page


def test_the_hide_button_may_lead_elsewhere(web, settings):
    """QUICK_HIDE_URL names another page; a wrong one stops the start with a hint."""
    settings.QUICK_HIDE_URL = "https://weer.example.nl/"
    assert 'data-hide="https://weer.example.nl/"' in web.get("/chat/").content.decode()
    assert not run_checks(tags=["webchat"])
    for wrong in ("http://weer.example.nl", "/chat/", "javascript:alert(1)"):
        settings.QUICK_HIDE_URL = wrong
        [found] = run_checks(tags=["webchat"])
        assert found.id == "webchat.E001"
        assert "QUICK_HIDE_URL" in found.hint


def test_every_word_of_the_page_and_of_a_refusal_has_a_text():
    """The system check finds none missing."""
    assert not run_checks(tags=["webchat"])
    assert known_key("chat.error.too_long")
