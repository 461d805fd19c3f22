"""The buttons of a handover's page: pressed twice, too late, without a choice or from a stale page."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re
import uuid

import pytest

from bot.conversations.models import Message
from bot.conversations.outbox import public_messages
from bot.handover import service, withdrawal
from bot.handover.models import Handover, HandoverEvent
from tests.integration.desk_helpers import HTMX, handover, held, ingrid, page, signed_in, url, web  # noqa: F401
from tests.integration.handover_helpers import conversation, mark, says, team  # noqa: F401

pytestmark = pytest.mark.django_db


def test_who_accepts_second_is_told_and_loses_nothing(web, handover, ingrid, mark):
    """One holder; the page of the other says whose it is now."""
    assert signed_in(ingrid).post(url("accept", handover)).status_code == 302
    answer = web.post(url("accept", handover))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Een collega was net iets eerder" in html
    assert "Ingrid heeft dit aangenomen" in html
    assert Handover.objects.get().holder == ingrid


def test_every_button_pressed_twice_is_pressed_once(web, handover, conversation):
    """The second click of a double click is no error and does nothing."""
    for name in ("accept", "hand_back", "accept", "close", "reopen"):
        for _ in range(2):
            assert web.post(url(name, handover), {"outcome": "helped"}).status_code == 302
    kinds = list(HandoverEvent.objects.exclude(kind="read").values_list("kind", flat=True))
    assert kinds == ["stored", "accepted", "handed_back", "accepted", "closed", "reopened"]


def test_what_a_helper_writes_is_the_residents_next_message(web, held, conversation):
    """Once, however often the button was pressed; the answer has the conversation and an empty box."""
    sent = {"text": "Hallo, wat ligt er?\r\nGroet", "client_id": str(uuid.uuid4())}
    for _ in range(2):
        answer = web.post(url("write", held), sent, headers=HTMX)
        html = answer.content.decode()
        assert answer.status_code == 200
        assert "data-sent" in html
        assert "Hallo, wat ligt er?" in html
        assert re.search(r"<textarea[^>]*></textarea>", html)
    said = [m for m in public_messages(conversation.pk) if m["author"] == "helper"]
    assert [m["text"] for m in said] == ["Hallo, wat ligt er?\nGroet"]
    assert Handover.objects.get().state == "contacted"


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_text_that_could_not_be_sent_comes_back(web, held, conversation, headers):
    """Empty, too long, or taken back meanwhile: the words stay in the box and the page says why."""
    long = "a" * 4001
    answer = web.post(url("write", held), {"text": long}, headers=headers)
    assert (answer.status_code, answer.content.count(long.encode())) == (422, 1)
    assert "Er staat nog geen tekst" in web.post(url("write", held), {"text": "  "}, headers=headers).content.decode()
    service.hand_back(held.pk, held.holder)
    answer = web.post(url("write", held), {"text": "mijn lange antwoord"}, headers=headers)
    assert answer.status_code == 409
    assert "mijn lange antwoord</textarea>" in answer.content.decode()
    assert "niet (meer) op jouw naam" in answer.content.decode()
    assert not Message.objects.filter(author="helper").exists()


def test_closing_takes_an_outcome_and_shows_it(web, held):
    """Without a choice the page asks for one."""
    assert web.post(url("close", held), {"outcome": "zomaar"}).status_code == 422
    web.post(url("close", held), {"outcome": "referred"})
    assert (Handover.objects.get().state, Handover.objects.get().outcome) == ("closed", "referred")
    assert "doorverwezen" in page(web, held)


def test_a_page_gone_stale_says_that_it_ended(web, held, conversation):
    """Closing what the resident took back meanwhile."""
    withdrawal.withdraw(conversation, says(conversation, "toch niet"))
    answer = web.post(url("close", held), {"outcome": "contact"})
    assert answer.status_code == 409
    assert "al afgelopen" in answer.content.decode()
    assert Handover.objects.get().state == "withdrawn"


def test_a_note_is_for_the_team_and_is_kept_once(web, held, conversation):
    """A double click is one note; the resident hears nothing."""
    before = Message.objects.count()
    for _ in range(2):
        web.post(url("note", held), {"text": "Belde om 10 uur, nam niet op"})
    assert HandoverEvent.objects.filter(kind="note").count() == 1
    assert "nam niet op" in page(web, held)
    assert Message.objects.count() == before


def test_a_post_without_a_token_is_refused_in_plain_dutch(handover, mark):
    """A page from before a new sign-in: nothing changes, and the page says what to do."""
    answer = signed_in(mark, enforce_csrf_checks=True).post(url("accept", handover))
    assert answer.status_code == 403
    assert "verouderd" in answer.content.decode()
    assert Handover.objects.get().state == "open"


@pytest.mark.parametrize("name", ["accept", "write", "note", "close", "hand_back", "reopen"])
def test_looking_at_a_buttons_address_does_nothing(web, handover, name):
    """Only POST acts."""
    assert web.get(url(name, handover)).status_code == 405
