"""Under a check for danger half an answer is never a no: "I don't know" brings help, and no cheerful line."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest

from bot.conversations import crisis, rights, turns, without_rasa
from bot.conversations.inbox import Incoming, find_conversation, receive
from bot.conversations.models import Conversation
from bot.conversations.outbox import from_key, post
from bot.language.catalogue import translate
from bot.language.sources import BUTTON
from bot.language.tags import ON_OFFER
from bot.safety import SafetyHit, declines, read_answer
from bot.safety.patterns import load_all
from tests.integration.handover_helpers import conversation, make_conversation, says, team  # noqa: F401
from tests.integration.test_turns import said, tap, write

pytestmark = pytest.mark.django_db(transaction=True)

HELP, NO = ["utter_crisis_suicidal"], ["utter_check_no"]


def fresh(conversation):
    return Conversation.objects.select_related("resident").get(pk=conversation.pk)


def ask(conversation, kind="crisis_suicidal", who="self", by=None):
    """The check question stands."""
    post(conversation, crisis.answer(conversation, says(conversation, "..."), SafetyHit(kind, "ask", who, by)))


def answer(conversation, text):
    """The keys of what is answered without Rasa; None when the message is left to Rasa."""
    chat, message = fresh(conversation), says(conversation, text)
    replies = without_rasa.replies_to(chat, message)
    if replies is not None:
        post(chat, replies, message)
    return None if replies is None else [reply.key for reply in replies]


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("nl", "ik weet het niet"), ("nl", "ja daar denk ik best vaak aan ja"), ("nl", "soms wel als ik alleen ben in de nacht"),
        ("nl", "nee, soms"), ("nl", "liever niet"), ("nl", "wat bedoel je"), ("nl", "😢"), ("nl", "nog niet"),
        ("en", "yes for a few weeks now to be honest"), ("en", "I'd rather not say"), ("en", "no idea"), ("en", "not now"),
        ("es", "sí la verdad es que casi todos los días"), ("es", "no sé"), ("es", "no puedo dejar de pensarlo"),
        ("pl", "nie wiem"), ("pl", "nie mogę przestać o tym myśleć"), ("uk", "не знаю"), ("ar", "لا أعرف"),
        ("tr", "bilmiyorum"), ("tr", "söylemek istemiyorum"), ("ti", "ኣይፈለጥኩን"), ("nl", "ik kan niet meer"),
        ("nl", "ik wil met iemand praten"), ("es", "no quiero hablar con nadie"),
    ],
)  # fmt: skip
def test_a_yes_and_anything_unclear_bring_help_at_once(team, tag, text):
    """To "do you think of suicide?"; the numbers stand before anything else."""
    chat = make_conversation(tag, "webchat")
    ask(chat)
    assert answer(chat, text) == HELP
    assert fresh(chat).pending == ""


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("nl", "nee"), ("nl", "Nee!"), ("nl", "nee hoor, ik bedoelde dat ik geen zin heb in de afwas"),
        ("nl", "nee echt niet joh"),
        ("en", "no I just meant I am tired of all the paperwork"), ("en", "no, not at all"), ("en", "no i am not suicidal"),
        ("nl", "nee ik wil niet dood"), ("es", "no, tranquilo, lo digo por los papeles"), ("es", "solo cansada"),
        ("pl", "nie"), ("uk", "ні, я просто втомилась від усього"), ("tr", "hayır sadece çok yoruldum"), ("so", "maya walaal"),
    ],
)  # fmt: skip
def test_a_plain_no_stays_a_no(team, tag, text):
    """Nobody is punished for more words than one."""
    chat = make_conversation(tag, "webchat")
    ask(chat)
    assert answer(chat, text) == NO


def test_rights_and_languages_are_carried_out_under_a_check(conversation):
    """What they may always do comes first; in the other language the question stands again."""
    ask(conversation)
    assert answer(conversation, "verwijder alles") == ["rights.wipe_confirm"]
    ask(conversation)
    assert answer(conversation, "english please") == ["utter_check_suicidal"]
    assert fresh(conversation).language == "en"
    assert answer(conversation, "maybe") == HELP


def test_the_same_danger_said_again_is_an_answer(conversation):
    """The question would only come back; a denial is a no."""
    ask(conversation, "crisis_energy_cutoff")
    assert answer(conversation, "volgende week sluiten ze ons misschien af van het gas") == ["utter_crisis_energy_cutoff"]


def test_what_stands_on_a_button_may_be_typed_while_a_helper_holds_the_chat(conversation):
    """ "Soms" is a "sometimes", and the helper is told."""
    told = []
    rights._crisis_hooks.append(lambda chat, message, kind: told.append(kind))
    try:
        for text in ("soms", "weet niet zo goed eigenlijk"):
            Conversation.objects.filter(pk=conversation.pk).update(held_by="Mark")
            chat = fresh(conversation)
            ask(chat)
            assert answer(chat, text) == ["held.safety_intro", *HELP, "held.safety_notice"]
    finally:
        rights._crisis_hooks.pop()
    assert told == ["crisis_suicidal"] * 2


def test_to_a_helper_who_wrote_since_it_answers_no_check(conversation):
    """Then the words are the helper's."""
    ask(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(held_by="Mark")
    post(fresh(conversation), [from_key(conversation, "turn.emoji")])
    assert answer(conversation, "soms") == []


@pytest.mark.parametrize("tag", ON_OFFER)
@pytest.mark.parametrize("title", ["Soms", "Weet ik niet", "Misschien", "Een beetje"])
def test_the_titles_between_yes_and_no_bring_help_in_every_language(team, tag, title):
    """Also where the question's own buttons say another of them."""
    chat = make_conversation(tag, "webchat")
    ask(chat)
    assert answer(chat, translate(BUTTON, title, tag)) == HELP
    ask(chat, "crisis_energy_cutoff")
    assert answer(chat, translate(BUTTON, title, tag).lower() + " ...")[0] in (
        "utter_crisis_energy_cutoff",
        "safety.energy_closed",
    )


def test_after_a_question_of_rasas_the_answer_is_read_too(conversation):
    """ "Are you afraid of them?" comes from the dialogue, which leaves nothing pending."""
    for text, key in (("ja best wel eigenlijk", "utter_crisis_violence_lender"), ("nee hoor", "utter_check_no")):
        post(conversation, [from_key(conversation, "utter_family_loan_pressure")])
        assert answer(conversation, text) == [key]


@pytest.mark.parametrize("tag", ON_OFFER)
def test_rather_not_say_is_its_button_and_nothing_else(team, tag):
    """On a phone that others read it brings no number: the dialogue answers as to the tap."""
    title = translate(BUTTON, "Zeg ik liever niet", tag)
    for key in ("utter_phone_read", "utter_family_loan_pressure"):
        chat = make_conversation(tag, "webchat")
        if key == "utter_phone_read":
            post(chat, rights.phone_read(chat, says(chat, "...")))
        else:
            post(chat, [from_key(chat, key)])
        assert answer(chat, title) is None
        last = chat.messages.filter(author="resident").last()
        assert (last.kind, last.payload) == ("tap", "/not_now")
        assert fresh(chat).pending == ""
    chat = make_conversation(tag, "webchat")
    ask(chat)
    assert answer(chat, title) == HELP


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ja", ["utter_phone_read_safe"]), ("nee", ["utter_crisis_violence"]), ("ik ben nu veilig", ["utter_phone_read_safe"]),
        ("nee, hij kan elk moment thuiskomen en dan leest hij alles", ["utter_crisis_violence"]),
        ("weet ik niet", ["utter_phone_read"]), ("dat zeg ik liever niet", None),
    ],
)  # fmt: skip
def test_are_you_safe_is_asked_the_other_way_round(conversation, text, keys):
    """A no is danger; what is unclear is asked once more, and then left."""
    post(conversation, rights.phone_read(conversation, says(conversation, "...")))
    assert answer(conversation, text) == keys
    if keys == ["utter_phone_read"]:
        assert answer(conversation, "geen idee") is None


def test_an_unclear_answer_about_money_is_asked_once_more_and_then_goes_on(conversation):
    """Milder than about a life; a longer message is about what it says."""
    ask(conversation, "crisis_eviction_soon")
    assert answer(conversation, "hoezo dan") == ["utter_check_eviction_soon"]
    assert answer(conversation, "hoezo dan") is None
    ask(conversation, "crisis_eviction_soon")
    assert answer(conversation, "nee hoor, maar ik heb een brief van de belasting die ik niet snap") is None
    assert fresh(conversation).pending == ""
    ask(conversation, "crisis_eviction_soon")
    assert answer(conversation, "ja dat heeft de verhuurder ons vorige week aan de deur verteld")[0].startswith(
        ("utter_crisis_eviction_soon", "safety.eviction")
    )


@pytest.mark.parametrize("reply", ["sí", "Sí", "no sé"])
def test_a_check_in_a_language_that_is_off_is_answered_in_it(settings, rasa, reply):
    """Asked in Spanish where only Dutch is on: "sí" is a yes, tapped or typed, and the help is Spanish too."""
    settings.DEMO = False
    chat = write("quisiera dormir y no despertar nunca más")
    assert (said(chat)[-1].key, said(chat)[-1].language) == ("utter_check_suicidal", "es")
    if reply == "Sí":
        tap(chat, reply)
    else:
        write(reply)
    assert (said(chat)[-1].key, said(chat)[-1].language) == ("utter_crisis_suicidal", "es")
    assert find_conversation("webchat", "a").language == "nl"


@pytest.mark.parametrize(
    ("what", "line"), [("sticker", "turn.emoji"), ("voice", "turn.voice"), ("image", "turn.media"), ("empty", "turn.empty")]
)
def test_under_what_is_said_of_a_sticker_or_a_voice_the_check_stands_again(rasa, what, line):
    """It would be lost: the "soms" below went to the dialogue."""
    write("ik wil slapen en nooit meer wakker worden", channel="telegram")
    for _ in range(2):
        chat = write("", channel="telegram", kind="media", what=what)
        assert [m.key for m in said(chat)][-2:] == [line, "utter_check_suicidal"]
    assert said(write("soms", channel="telegram"))[-1].key == "utter_crisis_suicidal"


def test_the_check_stands_again_in_the_language_it_was_asked_in(settings, rasa):
    """Also one that is switched off."""
    settings.DEMO = False
    write("quisiera dormir y no despertar nunca más", channel="telegram")
    chat = write("", channel="telegram", kind="media", what="voice")
    assert [(m.key, m.language) for m in said(chat)][-2:] == [("turn.voice", "es"), ("utter_check_suicidal", "es")]


def test_while_a_helper_holds_the_chat_a_check_is_said_again_only_under_a_line_that_covers_it(conversation, monkeypatch):
    """The helper sees the sticker; outside their hours a line of the computer's would stand between."""
    Conversation.objects.filter(pk=conversation.pk).update(held_by="Mark")
    ask(fresh(conversation))
    lines = []
    monkeypatch.setitem(rights._hooks, "held", lambda chat, message: [from_key(chat, key) for key in lines])
    for expected in ([], ["turn.slow", "held.safety_intro", "utter_check_suicidal"]):
        message = says(conversation, "", kind="media")
        replies = without_rasa.replies_to(fresh(conversation), message)
        assert [reply.key for reply in replies] == expected
        lines.append("turn.slow")
    assert answer(conversation, "soms") == ["held.safety_intro", *HELP, "held.safety_notice"]


@pytest.mark.parametrize(("text", "keys"), [("liever niet", None), ("niet nu", None), ("nee", NO), ("ik ben nu veilig", NO)])
def test_rather_not_right_under_help_is_no_word_that_it_is_well(conversation, text, keys):
    """ "Thank you for telling, good" to somebody who would rather not call closed a door."""
    post(conversation, [from_key(conversation, "utter_crisis_suicidal")])
    assert answer(conversation, text) == keys


def test_who_is_afraid_of_a_partner_who_gambles_hears_of_veilig_thuis(rasa):
    """ "Ik ben bang" under "my husband gambles" is about the home, not about a lender."""
    chat = write("hoi")
    post(chat, [from_key(chat, "utter_gambling_worry_other")])
    tap(chat, "Ik ben bang")
    assert said(chat)[-1].key == "utter_check_violence"
    tap(chat, "Ja")
    assert said(chat)[-1].key == "utter_crisis_violence"
    assert "0800-2000" in said(chat)[-1].text.replace(" ", "")


def test_what_declines_to_answer_is_a_no_to_anything_else():
    """``unsaid`` is a part of ``no`` in every file."""
    for file in load_all():
        assert file.unsaid
        assert file.unsaid <= file.no
    assert (read_answer("zeg ik liever niet", "nl"), declines("Zeg ik liever niet", "nl")) == (False, True)
    assert not declines("nee hoor", "nl")


ASLEEP = "ik wil slapen en nooit meer wakker worden"


def test_what_waited_for_rasa_does_not_cover_a_check_that_was_asked_meanwhile(settings, rasa):
    """Its answer came below the question, and the "soms" was lost to a classifier."""
    url, settings.RASA_URL = settings.RASA_URL, "http://127.0.0.1:9"
    write("de huur is hoog")
    chat = write(ASLEEP)
    settings.RASA_URL = url
    turns.drain(chat.pk)
    assert [m.key for m in said(chat)] == ["utter_check_suicidal", "", "utter_check_suicidal"]
    assert said(write("soms"))[-1].key == HELP[0]


@pytest.mark.parametrize("before", [(), ("hoi",)])
def test_two_messages_at_once_do_not_lose_the_check_of_the_first(rasa, before):
    """The second was written before the question stood there: it is no answer to it."""
    for text in before:
        write(text)
    for text in (ASLEEP, "de huur is hoog"):
        received = receive(Incoming("webchat", "a", text=text))
    turns.drain(received.conversation_id)
    chat = find_conversation("webchat", "a")
    assert [m.key for m in said(chat)][-3:] == ["utter_check_suicidal", "", "utter_check_suicidal"]
    assert said(write("weet ik niet"))[-1].key == HELP[0]


@pytest.mark.parametrize(("text", "keys"), [("soms", HELP), ("weet niet", HELP), ("ja", HELP), ("nee", NO)])
def test_news_of_a_request_does_not_cover_a_check(conversation, text, keys):
    """A helper takes the request, or it is late, while somebody looks at the question about dying."""
    ask(conversation)
    post(conversation, [from_key(conversation, "handover.late_unread")])
    assert answer(conversation, text) == keys


def test_what_stands_on_a_button_of_the_news_is_that_button(team):
    """Typed; and an unclear answer about money brings its own question again, not the news."""
    chat = make_conversation("nl", "webchat")
    ask(chat)
    news = post(chat, [from_key(chat, "handover.late_unread")])[0]
    assert answer(chat, news.buttons[1]["title"]) not in (HELP, NO)
    ask(chat, "crisis_eviction_soon")
    post(chat, [from_key(chat, "handover.late_unread")])
    assert answer(chat, "hoezo dan") == ["utter_check_eviction_soon"]
