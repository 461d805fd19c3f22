"""A session of the web chat: its token, who is known by it, and what is kept with it."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bot.channels.webchat import session
from bot.conversations import inbox
from bot.conversations.models import Conversation, Resident
from bot.handover.models import Handover
from bot.neighbourhood.demo import load_demo
from bot.neighbourhood.models import Team
from bot.privacy.wipe import wipe_resident
from tests.integration.webchat_helpers import fresh_limits, open_session, refused, send, web  # noqa: F401

pytestmark = pytest.mark.django_db


def test_a_session_is_a_token_in_the_body_and_in_a_cookie_scripts_cannot_read(web):
    """201 with the token; the cookie is HttpOnly, SameSite=Lax and only for /chat/."""
    token = open_session(web)
    cookie = web.cookies["aanspraak_chat"]
    assert cookie.value == token
    assert len(token) >= 43
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/chat/", "")


def test_the_cookie_is_secure_where_residents_come(web, settings):
    """With a public address the cookie travels only over https."""
    settings.PUBLIC_BASE_URL = "https://chat.example.nl"
    open_session(web)
    assert web.cookies["aanspraak_chat"]["secure"] is True


def _max_age(client, answer):
    """Of the cookie this very answer brought; None where it brought none."""
    cookie = answer.cookies.get("aanspraak_chat")
    return cookie and (cookie.value == client.cookies["aanspraak_chat"].value, cookie["max-age"] / 86_400, cookie["httponly"])


def _hand_over(state, **more):
    load_demo()
    conversation, now = Conversation.objects.get(), timezone.now()
    resident, team = conversation.resident, Team.objects.first()
    Handover.objects.create(conversation=conversation, resident=resident, team=team, state=state, due_at=now, **more)


@pytest.mark.parametrize(
    ("state", "closed_days_ago", "days"),
    [(None, 0, 30), ("open", None, 365), ("accepted", None, 365), ("closed", 1, 365), ("closed", 366, 30), ("withdrawn", 1, 30)],
)
def test_the_cookie_lives_as_long_as_what_it_opens(web, state, closed_days_ago, days):
    """Renewed by looking and by writing: on day 31 a running handover's answers went to a page that nobody could open."""
    open_session(web)
    if state:
        _hand_over(state, closed_at=closed_days_ago and timezone.now() - timedelta(days=closed_days_ago))
    assert _max_age(web, send(web, {"text": "hoi"})) == (True, days, True)
    assert _max_age(web, web.get("/chat/api/messages")) == (True, days, True)


def test_on_a_phone_that_others_read_the_cookie_lives_no_longer(web):
    """Nothing in the browser says that there is a handover."""
    open_session(web)
    _hand_over("accepted")
    Resident.objects.update(discreet=True)
    assert _max_age(web, web.get("/chat/api/messages")) == (True, 30, True)


def test_a_program_with_a_token_of_its_own_gets_no_cookie(web):
    """Nor does a refusal renew anything."""
    token = open_session(web)
    bare = Client(headers={"authorization": f"Bearer {token}"})
    assert "aanspraak_chat" not in bare.get("/chat/api/messages").cookies
    assert "aanspraak_chat" not in send(bare, {"text": "hoi"}).cookies
    wrong = Client()
    wrong.cookies["aanspraak_chat"] = "unknown"
    assert "aanspraak_chat" not in wrong.get("/chat/api/messages").cookies


def test_a_token_is_stored_only_as_a_keyed_hash(web):
    """Nothing in the conversation's row holds the token."""
    token = open_session(web)
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


def test_a_bearer_token_does_what_the_cookie_does(web):
    """A program without cookies sends Authorization: Bearer."""
    token = open_session(web)
    bare = Client(headers={"authorization": f"Bearer {token}"})
    assert send(bare, {"text": "hoi"}).status_code == 202
    assert len(bare.get("/chat/api/messages").json()) == 1


def test_a_token_in_the_address_counts_for_nothing(web):
    """Addresses end up in logs and histories."""
    token = open_session(web)
    refused(Client().get(f"/chat/api/messages?session={token}&token={token}"), 401, "unknown_session")


@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000, "a b", "é" * 20])
def test_an_unknown_session_is_told_so_kindly(token):
    """401 on every endpoint, with a sentence in the browser's language."""
    client = Client(headers={"accept-language": "nl"})
    client.cookies["aanspraak_chat"] = token
    for answer in (
        send(client, {"text": "hoi"}),
        client.get("/chat/api/messages"),
        client.post("/chat/api/language", '{"language":"tr"}', content_type="application/json"),
    ):
        refused(answer, 401, "unknown_session")


def test_a_language_choice_is_stored_as_the_residents_own(web):
    """POST language is an explicit choice; one that is not on offer is 422."""
    open_session(web)
    assert web.post("/chat/api/language", '{"language":"ar"}', content_type="application/json").json() == {"language": "ar"}
    conversation = Conversation.objects.get()
    assert (conversation.language, conversation.language_chosen) == ("ar", True)
    for body, code in (('{"language":"xx"}', "unknown_language"), ("{}", "wrong_shape"), ('{"language":1}', "wrong_shape")):
        refused(web.post("/chat/api/language", body, content_type="application/json"), 422, code)


def test_reading_says_when_the_resident_last_looked_at_most_every_half_minute(web):
    """A second look at once writes nothing."""
    open_session(web)
    assert Conversation.objects.get().seen_at is None
    web.get("/chat/api/messages")
    first = Conversation.objects.get().seen_at
    assert first is not None
    web.get("/chat/api/messages")
    assert Conversation.objects.get().seen_at == first
    Conversation.objects.update(seen_at=first - timezone.timedelta(seconds=31))
    web.get("/chat/api/messages")
    assert Conversation.objects.get().seen_at >= first


def test_a_wipe_between_two_questions_to_the_database_is_no_error(web, monkeypatch):
    """A page that reads while another turn wipes finds nothing more, and is told so; once a 500 under load."""
    find = session.conversation_of

    def find_and_wipe(token):
        found = find(token)
        wipe_resident(Resident.objects.get())
        return found

    monkeypatch.setattr(session, "conversation_of", find_and_wipe)
    token = open_session(web)
    assert web.get("/chat/api/messages").json() == []
    inbox.open_conversation("webchat", token)
    assert web.post("/chat/api/typing", "{}", content_type="application/json").status_code == 202
    inbox.open_conversation("webchat", token)
    refused(web.post("/chat/api/language", '{"language":"tr"}', content_type="application/json"), 401, "unknown_session")
