"""What a resident may always ask, in four languages, also as the very first words."""

import time

import pytest

from tests.conversations.desk import Desk
from tests.conversations.words import TAGS, title

HELLO = {"nl": "goedemiddag, ik heb een vraag", "en": "good afternoon, i have a question",
         "tr": "iyi günler, bir sorum var", "ar": "مرحبا، عندي سؤال"}  # fmt: skip
WIPE = {"nl": "wis alles", "en": "delete everything", "tr": "her şeyi sil", "ar": "امسح كل شي"}
KNOW = {"nl": "wat weet je van mij", "en": "what do you know about me", "tr": "hakkımda ne biliyorsun", "ar": "شو بتعرف عني"}
STOP = {"nl": "geef het niet door", "en": "do not pass it on", "tr": "kimseye iletme", "ar": "لا تبعتو شي لحدا"}
PERSON = {"nl": "ik wil een mens spreken", "en": "i want to speak to a person", "tr": "biriyle konuşmak istiyorum",
          "ar": "اريد اتحدث مع انسان"}  # fmt: skip
YES = {"nl": "ja", "en": "yes", "tr": "evet", "ar": "نعم"}
NO = {"nl": "nee", "en": "no", "tr": "hayır", "ar": "لا"}
SWITCH = {"en": "can we speak english", "tr": "türkçe konuşalım", "ar": "ممكن نحكي عربي", "nl": "kan het in het nederlands"}


def keys(system, resident):
    """The catalogue keys of what the bot said, in order."""
    return [m["key"] for m in Desk(system, resident.token).state()["messages"] if m["author"] == "bot"]


@pytest.mark.parametrize("tag", TAGS)
def test_a_person_can_be_asked_for_with_the_very_first_words(system, tag):
    """No greeting is needed, and the road leads to a stored handover."""
    resident = system.resident()
    reply = resident.write(PERSON[tag])[-1]
    assert reply["lang"] == tag
    for dutch in ("Maakt niet uit", "Zeg ik niet", "Ja, geef door"):
        resident.tap(title(dutch, tag))
    [handover] = Desk(system, resident.token).state()["handovers"]
    assert handover["words"] == [PERSON[tag]]


@pytest.mark.parametrize("tag", TAGS)
def test_wiping_asks_once_and_leaves_nothing(system, tag):
    """After the yes only the farewell is left, in the resident's language."""
    resident = system.resident()
    resident.write(HELLO[tag])
    [question] = resident.write(WIPE[tag])
    assert [b["title"] for b in question["buttons"]] == [title("Ja, wis alles", tag), title("Nee", tag)]
    resident.write(YES[tag])
    [farewell] = resident.messages()
    assert (farewell["author"], farewell["lang"]) == ("bot", tag)
    assert keys(system, resident) == ["rights.wiped_webchat"]
    assert len(resident.write(HELLO[tag])) == 1


@pytest.mark.parametrize("tag", TAGS)
def test_a_no_to_wiping_keeps_everything(system, tag):
    """And says so."""
    resident = system.resident()
    resident.write(WIPE[tag])
    resident.write(NO[tag])
    assert keys(system, resident) == ["rights.wipe_confirm", "rights.wipe_cancelled"]
    assert len(resident.messages()) == 4


@pytest.mark.parametrize("tag", TAGS)
def test_what_do_you_know_about_me_counts_first_and_then_shows(system, tag):
    """ "Look whether you are alone" before anything stands on the screen."""
    resident = system.resident()
    [counts] = resident.write(KNOW[tag])
    assert counts["lang"] == tag
    assert "1" in counts["text"] or tag == "ar"  # Arabic says "one message" in words
    assert KNOW[tag] not in counts["text"]
    shown, kept = resident.tap(title("Laat zien", tag))
    assert f"• {KNOW[tag]}" in shown["text"]
    assert "30" in kept["text"]
    assert keys(system, resident) == ["rights.show_first", "rights.show_messages", "rights.show_kept"]


@pytest.mark.parametrize("tag", TAGS)
def test_stop_takes_back_what_was_passed_on(system, tag):
    """No reason is asked; the desk sees nothing of it any more."""
    resident = system.resident()
    resident.write(PERSON[tag])
    for dutch in ("Maakt niet uit", "Zeg ik niet", "Ja, geef door"):
        resident.tap(title(dutch, tag))
    [reply] = resident.write(STOP[tag])
    [handover] = Desk(system, resident.token).state()["handovers"]
    assert (reply["lang"], handover["state"], handover["wishes"], handover["words"]) == (tag, "withdrawn", {}, [])
    assert keys(system, resident)[-1] == "handover.withdrawn"


@pytest.mark.parametrize("tag", TAGS)
def test_stop_with_nothing_passed_on_says_so(system, tag):
    """Also as the very first words: honest, and in the resident's language."""
    resident = system.resident()
    [reply] = resident.write(STOP[tag])
    assert (reply["lang"], keys(system, resident)) == (tag, ["handover.nothing_to_withdraw"])


@pytest.mark.parametrize("tag", TAGS)
def test_the_one_word_stop_keeps_the_language(system, tag):
    """The same word in four languages: it is carried out, and switches nothing."""
    resident = system.resident()
    resident.write(HELLO[tag])
    [reply] = resident.write("stop")
    assert (reply["lang"], keys(system, resident)[-1]) == (tag, "handover.nothing_to_withdraw")


@pytest.mark.parametrize("tag", TAGS)
def test_rights_are_carried_out_while_a_person_holds_the_chat(system, tag):
    """The bot chats no more, but wiping does not wait for a helper."""
    resident = system.resident()
    resident.write(PERSON[tag])
    for dutch in ("Maakt niet uit", "Zeg ik niet", "Ja, geef door"):
        resident.tap(title(dutch, tag))
    desk = Desk(system, resident.token)
    desk.accept()
    desk.write("Hallo, ik ben Mark.")
    resident.write(KNOW[tag])
    resident.post({"text": NO[tag]})
    while not all(m["handled"] for m in desk.state()["messages"] if m["author"] == "resident"):
        time.sleep(0.05)  # outside office hours one line answers it, and must not stand behind the next question
    resident.write(WIPE[tag])
    resident.write(YES[tag])
    assert keys(system, resident) == ["rights.wiped_webchat"]


@pytest.mark.parametrize(("before", "after"), [("nl", "en"), ("en", "tr"), ("tr", "ar"), ("ar", "nl")])
def test_a_language_that_is_asked_for_is_spoken_from_then_on(system, before, after):
    """An explicit choice always wins, and one loose word of another language does not undo it."""
    resident = system.resident()
    assert resident.write(HELLO[before])[0]["lang"] == before
    assert resident.write(SWITCH[after])[0]["lang"] == after
    assert resident.write("ok")[0]["lang"] == after
    assert resident.tap(title("Iets anders", after))[0]["lang"] == after if _offered(resident, after) else True


def _offered(resident, tag):
    return any(b["title"] == title("Iets anders", tag) for m in resident.messages() for b in m["buttons"])


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("nl", "kan het in het Roemeens?"),
        ("en", "can we speak Romanian?"),
        ("tr", "rumence konuşabilir miyiz"),
        ("ar", "ممكن نحكي روماني"),
    ],
)
def test_a_language_we_do_not_have_is_answered_with_those_we_have(system, tag, text):
    """Kindly, each by its own name, and the conversation goes on."""
    resident = system.resident()
    resident.write(HELLO[tag])
    [reply] = resident.write(text)
    assert keys(system, resident)[-1] == "utter_language_unsupported"
    assert all(name in reply["text"] for name in ("Nederlands", "English", "Türkçe", "العربية"))
    assert reply["lang"] == tag
    assert len(resident.write(HELLO[tag])) == 1


def test_a_wish_for_another_language_that_names_none_is_asked_back(system):
    """The four on offer as buttons; a tap switches."""
    resident = system.resident()
    resident.write(HELLO["nl"])
    [question] = resident.write("kan het in een andere taal")
    assert [b["title"] for b in question["buttons"]] == ["Nederlands", "English", "Türkçe", "العربية"]
    assert resident.tap("Türkçe")[0]["lang"] == "tr"
