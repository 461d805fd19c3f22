"""What the web chat's tests share: a browser that opens sessions and writes, and limits that no other test has used up."""

import json

import pytest
from django.test import Client

from bot.channels.webchat import limits
from bot.conversations import inbox, outbox


@pytest.fixture(autouse=True)
def fresh_limits():
    limits.messages.clear()
    limits.sessions.clear()
    limits.reading.clear()


@pytest.fixture
def web():
    return Client(headers={"accept-language": "nl"})


def open_session(client, **extra):
    answer = client.post("/chat/api/sessions", "{}", content_type="application/json", **extra)
    assert answer.status_code == 201, answer.content
    return answer.json()["session"]


def send(client, body, **extra):
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post("/chat/api/messages", raw, content_type="application/json", **extra)


def refused(answer, status, code):
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"]


def bot_says(token, text="Waar kan ik mee helpen?", buttons=(("Iets te doen", "/neighbourhood_activity"),)):
    conversation = inbox.find_conversation("webchat", token)
    return outbox.post(conversation, [outbox.Reply(text, tuple(buttons))])[0]
