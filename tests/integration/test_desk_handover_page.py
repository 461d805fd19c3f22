"""The page of one handover: what it shows to whom, and what nobody ever sees."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from bot.conversations.models import Conversation, Delivery
from bot.handover import service, withdrawal
from bot.handover.models import HandoverEvent
from bot.neighbourhood.models import Helper
from tests.integration.desk_helpers import (  # noqa: F401
    HTMX,
    handover,
    held,
    ingrid,
    order_of,
    page,
    signed_in,
    url,
    web,
)
from tests.integration.handover_helpers import (  # noqa: F401
    ADDRESS,
    conversation,
    drawer,
    make_conversation,
    make_helper,
    make_team,
    mark,
    says,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def test_a_handover_shows_the_ticket_person_first_and_the_words_in_their_language(web, team):
    """Dutch labels; the resident's text with its language and direction."""
    handover = stored(make_conversation("ar"), text="أريد أن أتكلم", helper_gender="woman")
    html = page(web, handover)
    assert html.index("العربية") < html.index("een vrouw") < html.index("أريد أن أتكلم")
    assert re.search(r'lang="ar" dir="rtl">أريد أن أتكلم<', html)


def test_what_a_resident_types_is_text_never_markup(web, mark, conversation):
    """In the ticket, in the conversation and in the part that refreshes."""
    handover = stored(conversation, text='<script>alert(1)</script> "><img src=x onerror=alert(2)>')
    service.accept(handover.pk, mark)
    says(conversation, "<b onclick=x>later</b>")
    for html in (page(web, handover), web.get(url("live", handover) + "?phase=mine", headers=HTMX).content.decode()):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "&lt;b onclick=x&gt;" in html
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "<b onclick" not in html


def test_pages_hold_no_inline_script_or_style(web, held):
    """The Content-Security-Policy allows none."""
    for html in (page(web, held), web.get("/desk/").content.decode(), Client().get("/accounts/login/").content.decode()):
        assert not re.search(r"<script(?![^>]*(?:\bsrc=|application/json))|<style|\sstyle=|\son\w+=", html)


def test_the_address_of_a_resident_is_in_no_answer(web, mark, team):
    """Every page, piece and error, in every state; also the drawer's number that was not agreed to."""
    conversation = make_conversation("tr", channel="telegram")
    Conversation.objects.filter(pk=conversation.pk).update(start_param="poster-geheim")
    drawer(conversation)
    handover, found = stored(conversation, text="merhaba"), []
    secrets = (ADDRESS, conversation.address_hash, "poster-geheim", "31687654321", str(conversation.resident_id))

    def look():
        for tab in ("open", "mine", "team", "closed"):
            found.append(web.get(f"/desk/?tab={tab}"))
        for name in ("handover", "live"):
            found.append(web.get(url(name, handover) + "?phase=mine", headers=HTMX))

    look()
    for name, data in (
        ("accept", {}), ("write", {"text": "Merhaba"}), ("write", {"text": ""}), ("note", {"text": "gebeld"}),
        ("hand_back", {}), ("write", {"text": "te laat"}), ("accept", {}), ("close", {"outcome": "contact"}), ("reopen", {}),
    ):  # fmt: skip
        found.append(web.post(url(name, handover), data))
        look()
    for answer in found:
        everything = f"{answer.headers} {answer.cookies} {answer.content.decode()}"
        assert not [secret for secret in secrets if secret in everything]
    assert len(found) == 69


def test_another_teams_handover_and_a_wrong_id_look_alike(web, handover):
    """404 for both, and nothing is noted or changed."""
    elsewhere = signed_in(make_helper(make_team("Buurtteam Het Baken", ["3063"]), "Yusuf"))
    assert order_of(elsewhere, [handover]) == []
    wrong = elsewhere.get(f"/desk/handovers/{uuid.uuid4()}/")
    for method, name in (("get", "handover"), ("get", "live"), *(("post", n) for n in ("accept", "write", "note", "close"))):
        answer = getattr(elsewhere, method)(url(name, handover), {"text": "x", "outcome": "contact"})
        assert (answer.status_code, answer.content.count(b"Deze overdracht is er niet")) == (404, 1)
    assert wrong.status_code == 404
    assert not HandoverEvent.objects.filter(kind="read").exists()


def test_reading_is_noted_once_and_a_refresh_is_no_second_time(web, handover, mark):
    """The resident can ask who has read it."""
    for _ in range(3):
        page(web, handover)
    web.get(url("live", handover) + "?phase=open", headers=HTMX)
    assert [e.actor_id for e in HandoverEvent.objects.filter(kind="read")] == [mark.user_id]


def test_a_key_person_sees_a_card_without_words_before_accepting(team):
    """They may know the resident: no word is read, and so no reading is noted; with accepting it opens."""
    fatma = make_helper(team, "Fatma", kind="key_person")
    handover, client = stored(make_conversation("tr"), text="gizli kelimeler", helper_gender="woman"), signed_in(fatma)
    html = page(client, handover)
    assert "een vrouw" in html
    assert "gizli" not in html
    assert client.post(url("note", handover), {"text": "ken ik"}).status_code == 422
    assert not HandoverEvent.objects.filter(kind__in=("read", "note")).exists()
    client.post(url("accept", handover))
    assert "gizli" in page(client, handover)


def test_the_conversation_is_for_who_holds_it(handover, mark, ingrid, conversation):
    """A colleague reads the ticket of the team, not what is said since; the coordinator does."""
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "geheim antwoord")
    colleague = page(signed_in(ingrid), handover)
    assert "geef me gewoon een mens" in colleague
    assert "geheim antwoord" not in colleague
    Helper.objects.filter(pk=ingrid.pk).update(coordinator=True)
    assert "geheim antwoord" in page(signed_in(ingrid), handover)


def test_a_withdrawn_handover_says_so_and_holds_no_words(web, held, conversation):
    """Also no notes, which may repeat them."""
    web.post(url("note", held), {"text": "vertelde over de brief"})
    withdrawal.withdraw(conversation, says(conversation, "toch niet"))
    html = page(web, held)
    assert "ingetrokken" in html
    for gone in ("geef me gewoon een mens", "vertelde over de brief", "<textarea"):
        assert gone not in html


def test_the_state_of_delivery_is_in_plain_words(web, held, mark):
    """What the provider said about a helper's message."""
    message = service.write(held.pk, mark, "Hallo")
    for state, words in (("pending", "onderweg"), ("failed", "niet aangekomen"), ("read", "gelezen")):
        Delivery.objects.filter(message=message).update(state=state)
        assert re.search(rf'class="delivery[^"]*">{words}<', page(web, held))


def test_the_web_chat_tells_when_the_resident_last_looked(web, mark, team):
    """A closed tab hears nothing: the helper must know."""
    conversation = make_conversation(channel="webchat")
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    assert "heeft nog niet gekeken" in page(web, handover)
    Conversation.objects.filter(pk=conversation.pk).update(seen_at=timezone.now())
    assert "keek het laatst: vandaag" in page(web, handover)
