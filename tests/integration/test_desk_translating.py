"""A colleague translates inside the desk: after the resident's yes, for the team's eyes, gone with the message."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re

import pytest
from django.utils import timezone

from bot.conversations.models import Message
from bot.desk.models import Translation
from bot.handover import service
from bot.handover.models import Handover
from bot.privacy.wipe import wipe_resident
from tests.integration.desk_helpers import signed_in, url
from tests.integration.handover_helpers import button, make_conversation, make_helper, mark, says, stored, team  # noqa: F401
from tests.integration.test_desk_steps import taps

pytestmark = pytest.mark.django_db


@pytest.fixture
def fatma(team):
    return make_helper(team, "Fatma", languages=["tr", "nl"], gender="woman")


@pytest.fixture
def talk():
    return make_conversation("tr", channel="webchat")


@pytest.fixture
def held(team, mark, talk):
    """Mark, who reads no Turkish, is in conversation."""
    handover = stored(talk, text="bir mektup aldım")
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Hallo")
    says(talk, "kiramı ödeyemiyorum")
    return Handover.objects.get(pk=handover.pk)


def page(helper, handover):
    return signed_in(helper).get(url("handover", handover)).content.decode()


def send(helper, handover, **texts):
    data = {name.replace("_", "-"): text for name, text in texts.items()}
    return signed_in(helper).post(url("translate", handover), data)


def join(mark, fatma, held, talk):
    html = page(mark, held)
    assert "Vraag de bewoner of Fatma mag meelezen en vertalen" in html
    signed_in(mark).post(url("ask_second", held), {"colleague": fatma.pk})
    assert "mag meelezen en vertalen" not in page(mark, held), "asked once"
    assert send(fatma, held, t_1="x").status_code == 409, "not before the yes"
    talk.refresh_from_db()
    taps(talk, button(talk, '"yes"'))
    signed_in(fatma).post(url("join", held))


def test_a_named_colleague_translates_after_the_yes(mark, fatma, held, talk):
    """The holder reads it under the message with the name; the resident is sent nothing; numbers are masked."""
    join(mark, fatma, held, talk)
    said = Message.objects.get(conversation=talk, position__gt=2, author="resident", kind="text")
    before = Message.objects.count()
    html = page(fatma, held)
    assert ("Vertalen voor je collega" in html, f'name="t-{said.position}"' in html) == (True, True)
    assert "Vertalen voor je collega" not in page(mark, held)
    answer = send(fatma, held, **{f"t_{said.position}": "Ik kan de huur niet betalen, bel 0612345678"})
    assert answer.status_code == 302
    html = page(mark, held)
    assert "Ik kan de huur niet betalen" in html
    assert "vertaald door Fatma" in html
    assert "0612345678" not in html
    assert Message.objects.count() == before
    assert f'name="t-{said.position}"' not in page(fatma, held), "done"


def test_only_what_may_be_seen_is_translated(mark, fatma, held, talk):
    """Not a helper's line, not a number of elsewhere, not nothing, not by who does not read the language."""
    join(mark, fatma, held, talk)
    send(fatma, held, t_999="x", t_2="x", t_="x", **{"t_٣": "x"})
    position = Message.objects.filter(conversation=talk, author="resident", kind="text").latest("position").position
    send(fatma, held, **{f"t_{position}": "   "})
    assert not Translation.objects.exists()
    assert send(mark, held, **{f"t_{position}": "geraden"}).status_code == 409


def boxes(html):
    return [int(n) for n in re.findall(r'name="t-(\d+)"', html)]


def test_what_the_page_offered_is_kept_also_when_more_was_written_meanwhile(mark, fatma, held, talk):
    """Ten boxes; the two oldest were dropped behind a "kept" when the resident wrote two more messages."""
    join(mark, fatma, held, talk)
    for number in range(12):
        says(talk, f"söz {number}")
    offered = boxes(page(fatma, held))
    assert len(offered) == 10
    says(talk, "bir şey daha")
    says(talk, "ve bir şey daha")
    assert send(fatma, held, **{f"t_{n}": f"Vertaald {n}" for n in offered}).status_code == 302
    assert sorted(t.message.position for t in Translation.objects.select_related("message")) == sorted(offered)


def test_who_comes_second_gets_their_text_back_and_the_first_stays(mark, fatma, held, talk):
    """The rest is kept; the same text sent twice is no second."""
    join(mark, fatma, held, talk)
    says(talk, "bir mektup daha")
    old, new = boxes(page(fatma, held))[-2:]
    elif_ = make_helper(held.team, "Elif", languages=["tr"])
    about = Message.objects.get(conversation=talk, position=old)
    Translation.objects.create(message=about, handover=held, text="Van Elif", author=elif_)
    answer = send(fatma, held, **{f"t_{old}": "Van Fatma", f"t_{new}": "Nog een brief"})
    html = answer.content.decode()
    assert (answer.status_code, "Een collega was je voor" in html, "Van Fatma" in html) == (409, True, True)
    assert set(Translation.objects.values_list("message__position", flat=True)) == {old, new}
    assert Translation.objects.get(message=about).text == "Van Elif"
    assert send(fatma, held, **{f"t_{new}": "Nog een brief"}).status_code == 302


def test_what_was_typed_comes_back_when_nothing_may_be_kept(mark, fatma, held, talk):
    """Mark handed back or closed while Fatma typed; what the resident took back is nobody's any more."""
    join(mark, fatma, held, talk)
    (position,) = boxes(page(fatma, held))[-1:]
    service.close(held.pk, mark, "contact")
    answer = send(fatma, held, **{f"t_{position}": "Ik kan de huur niet betalen"})
    html = answer.content.decode()
    assert (answer.status_code, "Ik kan de huur niet betalen" in html) == (409, True)
    Handover.objects.filter(pk=held.pk).update(state="withdrawn")
    answer = send(fatma, held, **{f"t_{position}": "Ik kan de huur niet betalen"})
    assert (answer.status_code, "de huur niet" in answer.content.decode()) == (409, False)


def test_a_translation_goes_when_its_message_changes_or_goes(mark, fatma, held, talk):
    """It would say what is no longer said."""
    join(mark, fatma, held, talk)
    said = Message.objects.filter(conversation=talk, author="resident", kind="text").latest("position")
    send(fatma, held, **{f"t_{said.position}": "Ik kan de huur niet betalen"})
    assert "Ik kan de huur" in page(mark, held)
    for change in ({"edited_at": timezone.now()}, {"edited_at": None, "withdrawn_at": timezone.now()}):
        Message.objects.filter(pk=said.pk).update(**change)
        assert "Ik kan de huur" not in page(mark, held)
    Message.objects.filter(pk=said.pk).update(withdrawn_at=None)
    Handover.objects.filter(pk=held.pk).update(state="withdrawn", closed_at=timezone.now())
    assert "Ik kan de huur" not in page(mark, held)
    wipe_resident(talk.resident)
    assert not Translation.objects.exists()


def test_the_interpreters_card_names_number_code_and_language(mark, held):
    """And the phrase that tells the resident when it will be read."""
    html = page(mark, held)
    assert "nog niet ingevuld" in html
    type(held.team).objects.update(interpreter_number="088 255 52 22", interpreter_code="4711")
    html = page(mark, held)
    assert ("088 255 52 22" in html, "4711" in html, "Vraag om: Turks" in html) == (True, True, True)
    assert 'value="phrase.interpreter' in html
