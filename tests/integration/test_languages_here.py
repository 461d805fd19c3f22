"""Which languages are on here: free text, buttons and a person, or off; help and rights are heard in every one."""

import pytest
from django.test import Client

from bot.conversations import languages, turns
from bot.conversations.inbox import find_conversation
from bot.conversations.languages import State, UnknownLanguage, decide, on_offer, state_of
from bot.conversations.models import LanguageDecision, Message
from bot.language.tags import ON_OFFER
from bot.learning.readiness import NotReady, readiness, release
from bot.neighbourhood.models import User
from tests.integration.handover_helpers import make_helper, make_team
from tests.integration.test_turns import said, tap, write

pytestmark = pytest.mark.django_db(transaction=True)

GREETING = "merhaba, bu mektubu hiç anlamıyorum bana yardım eder misiniz"
DANGER = {"tr": "kocam beni dövüyor", "so": "ninkaygu wuu i garaacaa", "nl": "mijn man slaat mij"}


@pytest.fixture
def production(settings):
    settings.DEMO = False


def keys(conversation):
    return [message.key for message in said(conversation)]


# --- what is on --------------------------------------------------------------------------------------------------


def test_in_the_demo_every_language_is_on():
    """Nobody has to decide anything to try it out."""
    assert on_offer() == ON_OFFER


def test_in_production_only_dutch_is_on_until_somebody_decides(production):
    """Each decision says who and when, and the earlier ones stay."""
    assert on_offer() == ("nl",)
    decide("tr", "buttons", "ingrid@demo.invalid")
    decide("tr", "on", "ingrid@demo.invalid", "Fatma heeft alles gelezen")
    assert (state_of("tr"), on_offer()) == ("on", ("nl", "tr"))
    assert [row.state for row in LanguageDecision.objects.order_by("pk")] == ["buttons", "on"]


def test_what_is_no_language_or_no_state_is_refused():
    """Dutch cannot go: everything falls back to it."""
    for tag, state in (("xx", "on"), ("tr", "maybe"), ("nl", "off")):
        with pytest.raises(UnknownLanguage):
            decide(tag, state, "Mark")
    assert not LanguageDecision.objects.exists()


# --- off ---------------------------------------------------------------------------------------------------------


def test_off_is_said_kindly_in_the_residents_own_language(production, rasa):
    """With the languages that are on, and a person."""
    decide("pl", "on", "Mark")
    languages.forget()
    conversation = write(GREETING)
    answer = said(conversation)[0]
    assert (answer.key, answer.language) == ("utter_language_unsupported", "tr")
    assert "Nederlands" in answer.text
    assert "Polski" in answer.text
    assert "Türkçe" not in answer.text
    assert "/want_human" in [button["payload"] for button in answer.buttons]
    assert rasa.calls == []


@pytest.mark.parametrize("tag", ["tr", "so"])
def test_danger_is_heard_and_answered_in_a_language_that_is_off(production, rasa, tag):
    """In that language: Dutch would help nobody."""
    answer = said(write(DANGER[tag]))[0]
    assert (answer.key, answer.language) == ("utter_crisis_violence", tag)


def test_rights_are_carried_out_in_a_language_that_is_off(production, rasa):
    """Wiping asks first, in the resident's words."""
    answer = said(write("her şeyi sil"))[0]
    assert (answer.key, answer.language) == ("rights.wipe_confirm", "tr")


def test_a_language_switched_off_later_says_so_in_it(settings, rasa):
    """A conversation that had begun is not left without a word."""
    conversation = write(GREETING)
    assert find_conversation("webchat", "a").language == "tr"
    decide("tr", "off", "Mark")
    conversation = write("peki teşekkürler ne yapmam gerekiyor şimdi")
    assert (keys(conversation)[-1], said(conversation)[-1].language) == ("utter_language_unsupported", "tr")


# --- buttons and a person ----------------------------------------------------------------------------------------


@pytest.fixture
def buttons(rasa):
    decide("tr", "buttons", "Mark")
    return rasa


def test_typed_words_lead_kindly_to_buttons(buttons):
    """Who has just come is greeted first; Rasa takes no turn."""
    conversation = write(GREETING)
    assert keys(conversation) == ["utter_greet", "language.buttons_only"]
    assert {message.language for message in said(conversation)} == {"tr"}
    write("faturam var")
    assert keys(conversation)[2:] == ["language.buttons_only"]
    assert buttons.calls == []


def test_a_tap_goes_to_the_dialogue(buttons):
    """Buttons are what is on offer."""
    conversation = write(GREETING)
    tap(conversation, "Bir mektup")
    assert [call["text"] for call in buttons.calls] == ["/letter_not_understood"]


def test_what_stands_on_a_button_may_be_typed(buttons):
    """It is the same as a tap."""
    write(GREETING)
    write("bir mektup")
    assert [call["text"] for call in buttons.calls] == ["/letter_not_understood"]


def test_a_wish_for_a_person_may_be_typed(buttons):
    """A person is what is on offer."""
    buttons.parse = lambda text: {"intent": {"name": "want_human"}, "safety": None}
    write("bir insanla konuşmak istiyorum")
    assert len(buttons.calls) == 1


def test_danger_is_heard_by_patterns(buttons):
    """At once, before anything is asked of Rasa."""
    assert keys(write(DANGER["tr"])) == ["utter_crisis_violence"]


def test_danger_that_only_the_classifier_hears_gets_its_question(buttons):
    """The second reader reads here too."""
    buttons.parse = lambda text: {"intent": {"name": "x"}, "safety": {"kind": "crisis_violence", "level": "ask", "who": "self"}}
    assert keys(write("evde durum çok kötü artık")) == ["utter_check_violence"]


def test_rights_are_carried_out_with_buttons_only(buttons):
    """Typed, as everywhere."""
    assert keys(write("her şeyi sil")) == ["rights.wipe_confirm"]


def test_without_rasa_the_buttons_are_shown_all_the_same(settings, buttons):
    """Nobody waits for what is not needed."""
    settings.RASA_URL = "http://127.0.0.1:9"
    assert keys(write(GREETING)) == ["utter_greet", "language.buttons_only"]


def test_every_message_that_waits_gets_the_buttons(settings, buttons):
    """Also behind another one, once each; afterwards they are heard without a second answer."""
    url, settings.RASA_URL = settings.RASA_URL, "http://127.0.0.1:9"
    write(GREETING)
    conversation = write("faturam var")
    turns.drain(conversation.pk)
    assert keys(conversation) == ["utter_greet", "language.buttons_only", "language.buttons_only"]
    assert [message.reply_to.position for message in said(conversation)] == [1, 1, 4]
    settings.RASA_URL = url
    turns.drain(conversation.pk)
    assert len(keys(conversation)) == 3


def test_in_a_language_that_is_on_a_message_behind_another_gets_no_buttons(settings, rasa):
    """It waits in its order."""
    settings.RASA_URL = "http://127.0.0.1:9"
    write("hoi, ik heb een brief gekregen")
    assert keys(write("en een boete")) == []


@pytest.mark.parametrize("outage", ["away", "bad answer"])
def test_danger_written_while_rasa_is_away_is_heard_once_it_is_back(settings, buttons, outage):
    """Buttons at once, and only once; the message itself is not used up unread."""
    url, said_of_it = settings.RASA_URL, {"intent": {"name": "x"}, "safety": {"kind": "crisis_violence", "who": "self"}}
    settings.RASA_URL = "http://127.0.0.1:9" if outage == "away" else url
    buttons.parse = lambda text: []
    conversation = write("evde durum çok kötü artık")
    turns.drain(conversation.pk)
    assert keys(conversation) == ["utter_greet", "language.buttons_only"]
    settings.RASA_URL, buttons.parse = url, lambda text: said_of_it
    turns.drain(conversation.pk)
    assert keys(conversation)[2:] == ["utter_check_violence"]


def test_what_was_no_danger_needs_no_second_answer_once_rasa_is_back(settings, buttons):
    """The buttons stand there already."""
    url, settings.RASA_URL = settings.RASA_URL, "http://127.0.0.1:9"
    conversation = write(GREETING)
    settings.RASA_URL = url
    turns.drain(conversation.pk)
    assert keys(conversation) == ["utter_greet", "language.buttons_only"]
    assert not Message.objects.filter(conversation=conversation, author="resident", handled_at=None).exists()


def test_another_language_is_not_limited(buttons):
    """Only Turkish is."""
    write("hoi, ik heb een brief gekregen", address="b")
    assert len(buttons.calls) == 1


# --- advice and deciding -----------------------------------------------------------------------------------------


def test_nobody_has_read_the_drafts_so_buttons_are_advised():
    """All texts are there; a native speaker's name is not."""
    found = {row.tag: row for row in readiness()}
    assert set(found) == set(ON_OFFER)
    assert all("reviewed" in row.missing and row.advice == "buttons" for row in found.values())


def test_going_further_than_advised_needs_a_reason():
    """It is kept with the decision."""
    with pytest.raises(NotReady, match="reviewed"):
        release("tr", "on", "Ingrid")
    release("tr", "buttons", "Ingrid")
    release("tr", "on", "Ingrid", "proef met twee sleutelpersonen")
    assert LanguageDecision.objects.get(state="on").reason == "proef met twee sleutelpersonen"


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_coordinator_decides_at_the_desk():
    """And reads who decided what."""
    ingrid = make_helper(make_team(), "Ingrid", coordinator=True)
    web = client_of(ingrid.user)
    assert "Concept: nog niet nagelezen" in web.get("/desk/languages/").content.decode()
    html = web.post("/desk/languages/", {"tag": "tr", "state": "on"}, follow=True).content.decode()
    assert "Dit gaat verder dan het advies" in html
    assert not LanguageDecision.objects.exists()
    html = web.post("/desk/languages/", {"tag": "tr", "state": "off"}, follow=True).content.decode()
    assert state_of("tr") == State.OFF
    assert ingrid.user.email in html


def test_others_do_not_decide():
    """A maintainer looks; a worker has another page."""
    maintainer = User.objects.create(email="n@demo.invalid", username="n", office="maintainer")
    web = client_of(maintainer)
    html = web.get("/desk/languages/").content.decode()
    assert "<select" not in html
    assert web.post("/desk/languages/", {"tag": "tr", "state": "off"}).status_code == 403
    assert client_of(make_helper(make_team()).user).get("/desk/languages/").status_code == 403
    assert state_of("tr") == State.ON


def test_the_doctor_names_what_nobody_has_decided(production, monkeypatch):
    """Only where real residents write."""
    from bot import doctor
    from bot import settings as ours

    monkeypatch.setattr(ours, "DEMO", False)
    decide("tr", "on", "Mark", "proef")
    found = [finding.what for finding in doctor._released()]
    assert "Polski is off: nobody has decided on it." in found
    assert "Türkçe is on and no native speaker has read it." in found


def test_the_chat_page_offers_what_is_on(production, client):
    """A language that is off is not on the list."""
    decide("pl", "on", "Mark")
    html = client.get("/chat/").content.decode()
    assert 'lang="pl"' in html
    assert 'lang="tr"' not in html
