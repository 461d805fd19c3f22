"""Floods in the web chat: slowed for who makes them, and for nobody else."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest
from django.test import Client

from bot.channels.webchat import limits
from tests.integration.webchat_helpers import fresh_limits, open_session, refused, send, web  # noqa: F401

pytestmark = pytest.mark.django_db
OUTSIDE = "203.0.113.9"


def test_a_flood_in_one_session_is_slowed(web):
    """The 31st message in a minute is 429 with Retry-After; another session writes on."""
    open_session(web, REMOTE_ADDR=OUTSIDE)
    assert {send(web, {"text": "hoi"}, REMOTE_ADDR=OUTSIDE).status_code for _ in range(30)} == {202}
    answer = send(web, {"text": "hoi"}, REMOTE_ADDR=OUTSIDE)
    refused(answer, 429, "too_fast")
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    other = Client()
    open_session(other, REMOTE_ADDR=OUTSIDE)
    assert send(other, {"text": "hoi"}, REMOTE_ADDR=OUTSIDE).status_code == 202


def test_a_flood_of_reading_is_slowed_and_writing_goes_on(web):
    """The 121st look in a minute is 429; what the resident writes still counts."""
    open_session(web, REMOTE_ADDR=OUTSIDE)
    assert {web.get("/chat/api/messages", REMOTE_ADDR=OUTSIDE).status_code for _ in range(120)} == {200}
    refused(web.get("/chat/api/messages", REMOTE_ADDR=OUTSIDE), 429, "too_fast")
    assert send(web, {"text": "hoi"}, REMOTE_ADDR=OUTSIDE).status_code == 202


def test_a_flood_of_sessions_from_one_address_is_slowed(web):
    """The 21st in an hour is 429; this machine itself is not counted."""
    for _ in range(20):
        open_session(web, REMOTE_ADDR=OUTSIDE)
    refused(web.generic("POST", "/chat/api/sessions", REMOTE_ADDR=OUTSIDE), 429, "too_fast")
    open_session(web)
    open_session(web, REMOTE_ADDR="203.0.113.10")


def test_a_limit_ends_with_its_time():
    """Events older than the window are forgotten."""
    now = [0.0]
    window = limits.Window(1, 60, clock=lambda: now[0])
    window.take("a")
    with pytest.raises(limits.TooFast):
        window.take("a")
    now[0] = 60.5
    window.take("a")
