"""Writing to a resident: phrases in their language, kinder words, answers read in Dutch, tips, help with a language."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re
import string
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Message
from bot.desk.hints import hints
from bot.desk.phrases import GROUPS, is_reviewed
from bot.handover import service
from bot.handover.models import Handover, HandoverEvent
from bot.language.sources import load_phrases, load_sources
from bot.language.tags import ON_OFFER
from bot.language.wording import lint_text
from bot.neighbourhood.models import Place
from tests.integration.desk_helpers import signed_in, url, web  # noqa: F401
from tests.integration.handover_helpers import make_conversation, make_helper, mark, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db
_QUESTIONS = 40
# Alone behind a colon, or a name: no language has to bend these.
BEHIND_A_COLON = {"when", "place", "number", "paper"}


@pytest.fixture
def turkish(team):
    return make_conversation("tr", channel="webchat")


@pytest.fixture
def held(turkish, mark):
    return service.accept(stored(turkish, text="kiramı ödeyemiyorum").pk, mark)


# --- the library -------------------------------------------------------------------------------------------------


def test_there_are_sixty_phrases_in_known_groups_with_placeholders_that_no_language_bends():
    """A time, a place, a number and a paper stand behind a colon, in every language."""
    found = load_phrases()
    assert len(found) >= 60
    assert set(found.values()) == set(GROUPS)
    from bot.language.catalogue import translate

    for key in found:
        (variation,) = load_sources()[key]
        names = {n for _, n, _, _ in string.Formatter().parse(variation.text) if n} & BEHIND_A_COLON
        for tag in ON_OFFER:
            text = translate(key, variation.text, tag)
            assert text, (key, tag)
            for name in names:
                assert re.search(r"[:፦] ?\{" + name + r"\}", text), (key, tag)


def test_a_phrase_is_shown_in_both_languages_before_it_is_sent(web, held):
    """With its fields first; the date as the resident's language writes it; a draft is marked."""
    asked = {"key": "phrase.appointment.propose"}
    assert "Vul in" in web.get(url("phrase", held), asked).content.decode()
    html = web.get(url("phrase", held), {**asked, "day": "2027-03-04", "time": "14:30"}).content.decode()
    assert "donderdag 4 maart om 14:30 uur" in html
    assert re.search(r'lang="tr" dir="ltr">Konuşalım mı\? Önerim: [^<]*4 Mart', html)
    assert "Evet" in html
    assert ("Nog niet nagelezen" in html) == (not is_reviewed("tr"))
    assert not Message.objects.filter(author="helper").exists(), "looking sends nothing"


def test_a_phrase_is_sent_once_in_the_residents_language_with_answers(web, held, turkish):
    """The helper signs it; the buttons are real; the thread shows the Dutch beside it."""
    data = {"key": "phrase.appointment.propose", "day": "2027-03-04", "time": "14:30", "client_id": str(uuid.uuid4())}
    for _ in range(2):
        assert web.post(url("phrase", held), data).status_code == 302
    message = Message.objects.get(author="helper")
    assert (message.language, message.key, [b["title"] for b in message.buttons]) == (
        "tr", "phrase.appointment.propose", ["Evet", "Başka bir şekilde", "Şimdi değil"],
    )  # fmt: skip
    turkish.refresh_from_db()
    assert turkish.held_by == "Mark"
    html = web.get(url("handover", held)).content.decode()
    assert "Zullen we elkaar spreken? Mijn voorstel: …." in html


def test_a_tapped_answer_is_read_in_dutch_and_the_computer_keeps_silent(web, held, turkish, rasa):
    """The button's own words above, the Dutch below; nothing is answered while a person holds the chat."""
    from bot.conversations.turns import drain

    service.write_phrase(held.pk, held.holder, "phrase.step.how", lambda tag: {})
    offered = Message.objects.get(author="helper")
    incoming = Incoming(channel="webchat", address="x", kind="tap", text="", button_id=offered.buttons[2]["id"])
    before = Message.objects.filter(author="bot").count()
    Conversation.objects.filter(pk=turkish.pk).update(address_hash=_hash(incoming))
    receive(incoming)
    drain(turkish.pk)
    html = web.get(url("handover", held)).content.decode()
    assert ("İyi değil" in html, '<p class="dutch" lang="nl">Niet goed</p>' in html) == (True, True)
    assert Message.objects.filter(author="bot").count() == before


def _hash(incoming):
    from bot.privacy.keys import keyed_hash

    return keyed_hash("address", f"{incoming.channel}:{incoming.address}")


def test_a_phrase_that_lacks_something_is_not_sent(web, held):
    """Unknown key, missing day, a place that is gone: nothing reaches the resident."""
    gone = Place.objects.create(name="Dicht", active=False)
    for data in ({"key": "handover.closed"}, {"key": ""}, {"key": "phrase.appointment.propose", "day": "x", "time": "14:30"},
                 {"key": "phrase.place.find", "place": gone.pk}):  # fmt: skip
        assert web.post(url("phrase", held), data).status_code in (200, 404, 422)
    assert not Message.objects.filter(author="helper").exists()


def test_a_phrase_after_handing_back_is_refused_with_a_reason(web, held, mark):
    """A stale page."""
    service.hand_back(held.pk, mark)
    answer = web.post(url("phrase", held), {"key": "phrase.intro.hello"})
    assert (answer.status_code, "niet (meer) op jouw naam" in answer.content.decode()) == (409, True)


# --- kinder words ------------------------------------------------------------------------------------------------


def test_a_hint_names_the_word_and_something_kinder_in_both_languages():
    """Dutch and the resident's own; a kind text has none; the same word once; three at most."""
    assert [h.word for h in hints("Over jouw schulden. jouw schulden", "nl")] == ["jouw schulden"]
    assert "brief" in hints("Over jouw schulden", "tr")[0].instead
    turkish = "Borçlarınız hakkında"
    assert hints(turkish, "tr") or not lint_text(turkish, "tr")
    assert hints("Fijn dat je schrijft. We kijken er samen naar.", "nl") == []
    assert len(hints("jouw schulden, armoede, allochtonen, kwetsbaar, liefdadigheid", "nl")) == 3


def test_every_word_on_a_list_has_a_kinder_proposal():
    """A concept that is added without one fails here."""
    import yaml

    from bot.desk.hints import _proposals
    from bot.language.wording import FOLDER

    lists = yaml.safe_load((FOLDER / "nl.yml").read_text(encoding="utf-8"))
    for tier in ("label", "warn"):
        assert set(lists[tier]["concepts"]) <= set(_proposals()[tier])
    assert _proposals()["paper"]
    assert _proposals()["naming"]


def test_a_hint_keeps_nothing(web, held):
    """No row changes, nothing is sent, and the page says that nobody counts."""
    before = (HandoverEvent.objects.count(), Message.objects.count())
    html = web.post(url("hint", held), {"text": "Over jouw schulden <script>"}).content.decode()
    assert "jouw schulden" in html
    assert "Niemand telt dit" in html
    assert (HandoverEvent.objects.count(), Message.objects.count()) == before
    assert web.post(url("hint", held), {"text": "x" * 100_000}).status_code == 200


# --- around the chat ---------------------------------------------------------------------------------------------


def test_in_the_web_chat_a_message_is_seen_once_the_resident_looked(web, held, mark):
    """In plain words."""
    service.write(held.pk, mark, "Hallo")
    assert "staat klaar in de chat" in web.get(url("handover", held)).content.decode()
    Conversation.objects.update(seen_at=timezone.now())
    assert re.search(r'class="delivery">gezien<', web.get(url("handover", held)).content.decode())


def test_who_does_not_read_the_language_sees_what_to_do(web, held, team, mark):
    """The interpreter's number and code, colleagues who read it; not for who reads it."""
    make_helper(team, "Elif", languages=["tr"])
    team.interpreter_number, team.interpreter_code = "088-1234567", "K-77"
    team.save()
    html = web.get(url("handover", held)).content.decode()
    for shown in ("Ik lees deze taal niet", "088-1234567", "K-77", "Elif"):
        assert shown in html
    mark.languages = ["nl", "tr"]
    mark.save()
    assert "Ik lees deze taal niet" not in web.get(url("handover", held)).content.decode()


def test_tips_follow_wishes_and_words_and_never_a_language(web, mark):
    """The same wishes in two languages: the same tips."""
    found = {}
    for tag in ("nl", "ar"):
        handover = service.accept(stored(make_conversation(tag), interpreter="wanted").pk, mark)
        html = web.get(url("handover", handover)).content.decode()
        found[tag] = re.findall(r"<h3>([^<]+)</h3><p>", html)
    assert found["nl"] == found["ar"]
    assert "Met een tolk" in found["nl"]
    plain = service.accept(stored(make_conversation("nl")).pk, mark)
    assert "Met een tolk" not in web.get(url("handover", plain)).content.decode()
    Message.objects.filter(handovers=plain).update(intent="family_loan")
    assert "Lenen van familie" in web.get(url("handover", plain)).content.decode()


def test_of_two_hundred_messages_the_last_are_shown_first_and_all_on_request(web, held, turkish):
    """Asked for at once, not one by one. How long the page takes is a bench's affair."""
    turkish.refresh_from_db()
    start = turkish.last_position
    Message.objects.bulk_create(
        Message(
            conversation=turkish, position=start + n, author=("resident", "helper")[n % 2], text="Merhaba " * 20, language="tr",
            channel="webchat",
        )
        for n in range(1, 201)
    )  # fmt: skip
    pages = {}
    for address in (url("handover", held), url("handover", held) + "?whole=1"):
        with CaptureQueriesContext(connection) as asked:
            pages[address] = web.get(address).content.decode()
        assert len(asked) < _QUESTIONS
    last, whole = pages.values()
    shown, hidden = last.count('class="message '), whole.count('class="message ') - last.count('class="message ')
    assert (shown, hidden >= 140) == (60, True)
    assert f"Toon nog {hidden} eerdere berichten" in last
    assert "eerdere berichten" not in whole
    # What refreshes the page by itself keeps to the choice, and counts what is not shown.
    assert "&amp;whole=1" in whole
    assert re.findall(r'data-said="(\d+)"', last) == re.findall(r'data-said="(\d+)"', whole) != ["0"]


def test_a_very_long_word_and_direction_marks_stay_inside_their_bubble(web, mark):
    """Isolated by dir and bdi; the page escapes what it must."""
    handover = stored(make_conversation("nl"), text="\u202egevaarlijk " + "a" * 9000)
    service.accept(handover.pk, mark)
    html = web.get(url("handover", handover)).content.decode()
    assert re.search(r'<blockquote lang="nl" dir="ltr">', html)
    assert Handover.objects.get().state == "accepted"
