"""From a greeting to a person and back, on the running system: nothing is a stand-in."""

import random
import time

import pytest

from bot.language.catalogue import render
from bot.language.wording import FIRST_TURNS, lint_text
from bot.testing.telegram import FakeTelegram
from tests.conversations.desk import Desk
from tests.conversations.words import TAGS, promises, title
from tests.environment import VAR
from tests.running import running

GREETING = {"nl": "hoi", "en": "hello", "tr": "merhaba", "ar": "مرحبا"}
PERSON = {
    "nl": "ik wil met een mens praten",
    "en": "i want to talk to a person",
    "tr": "bir insanla konuşmak istiyorum",
    "ar": "بدي احكي مع انسان",
}
CRISIS = {"nl": "ik wil niet meer leven", "en": "i want to end my life", "tr": "yaşamak istemiyorum", "ar": "بدي موت"}
ORDINARY = {
    "nl": ["dankjewel dat je schrijft", "het gaat over een brief"],
    "en": ["thank you for writing", "it is about a letter"],
    "tr": ["yazdığınız için teşekkürler", "bir mektup hakkında"],
    "ar": ["شكرا لانك كتبت", "الموضوع عن رسالة"],
}
CHOICES = {
    "Ik kies": {"helper_choice": "choose"},
    "Iemand uit de buurt": {"helper_kind": "key_person"},
    "Een vrouw": {"helper_gender": "woman"},
    "Ja, mijn taal": {"helper_language": "own"},
    "Die mij niet kent": {"circle": "outside"},
    "Hier in de app": {"contact_how": "chat"},
    "Ochtend": {"contact_when": "morning"},
    "Zeg ik niet": {"area": "none"},
}
CHAT = random.randrange(10**6, 10**9)  # a chat that was used with the folder before would be repeating itself


def walk(resident, tag, *titles):
    """Tap one button after the other; the last reply."""
    return [resident.tap(title(dutch, tag))[-1] for dutch in titles][-1]


def ask_for_a_person(resident, tag):
    """Up to the preview, without a choice of one's own."""
    resident.write(GREETING[tag])
    resident.write(PERSON[tag])
    return walk(resident, tag, "Maakt niet uit", "Zeg ik niet")


@pytest.mark.parametrize("tag", TAGS)
def test_a_greeting_is_answered_in_its_language_with_doors(system, tag):
    """Merhaba gets Turkish: a computer, doors as buttons, and no money word."""
    [reply] = system.resident().write(GREETING[tag])
    assert (reply["lang"], reply["dir"]) == (tag, "rtl" if tag == "ar" else "ltr")
    offered = [button["title"] for button in reply["buttons"]]
    assert offered == [title(dutch, tag) for dutch in ("Iets te doen", "Een brief", "Thuis en gezin", "Iets anders")]
    assert lint_text(" ".join([reply["text"], *offered]), tag, FIRST_TURNS[0]) == []


@pytest.mark.parametrize("tag", TAGS)
def test_the_preview_shows_what_was_said_and_nothing_is_stored_before_the_yes(system, tag):
    """Two small taps after the wish: the literal ticket in the resident's language and in Dutch."""
    resident = system.resident()
    preview = ask_for_a_person(resident, tag)
    assert preview["lang"] == tag
    assert preview["text"].count(PERSON[tag]) == (1 if tag == "nl" else 2)
    assert [b["title"] for b in preview["buttons"]] == [
        title(dutch, tag) for dutch in ("Ja, geef door", "Iets weghalen", "Niet doorgeven")
    ]
    state = Desk(system, resident.token).state()
    assert (state["draft"], state["handovers"]) == (True, [])
    said = [m for m in resident.messages() if m["author"] == "bot"]
    assert [promises(m["text"], tag) for m in said] == [[]] * len(said)


@pytest.mark.parametrize("tag", TAGS)
def test_a_yes_stores_the_handover_and_only_then_comes_the_promise(system, tag):
    """The ticket holds the very words of the preview; the transition says when somebody reads it."""
    resident = system.resident()
    ask_for_a_person(resident, tag)
    [promise] = resident.tap(title("Ja, geef door", tag))
    state = Desk(system, resident.token).state()
    [handover] = state["handovers"]
    assert (handover["state"], handover["language"], handover["words"]) == ("open", tag, [PERSON[tag]])
    assert handover["wishes"].get("contact_how") == "chat"
    keys = {m["id"]: m for m in state["messages"]}
    stored = [m for m in state["messages"] if m["key"].startswith("handover.stored")]
    assert [m["id"] for m in stored] == [promise["id"]] == [max(keys)]
    assert stored[0]["at"] >= handover["at"]
    assert state["draft"] is False


@pytest.mark.parametrize("tag", TAGS)
def test_a_typed_yes_counts_like_the_button(system, tag):
    """A whole yes in the conversation's own language."""
    resident = system.resident()
    ask_for_a_person(resident, tag)
    resident.write({"nl": "ja", "en": "yes", "tr": "evet", "ar": "نعم"}[tag])
    assert [h["state"] for h in Desk(system, resident.token).state()["handovers"]] == ["open"]


@pytest.mark.parametrize("tag", TAGS)
def test_who_chooses_is_asked_one_small_thing_at_a_time(system, tag):
    """Kind, woman or man, language, circle, how, when, where: each one question, then the preview, then stored as wished."""
    resident = system.resident()
    resident.write(PERSON[tag])
    asked = [d for d in CHOICES if not (tag == "nl" and d == "Ja, mijn taal")]
    for dutch in asked:
        reply = resident.tap(title(dutch, tag))[-1]  # "nobody fits" may stand before it
        assert reply["text"].count("?") + reply["text"].count("؟") <= 1 or dutch == asked[-1]
    resident.tap(title("Ja, geef door", tag))
    [handover] = Desk(system, resident.token).state()["handovers"]
    wished = {slot: value for dutch in asked for slot, value in CHOICES[dutch].items()} | {"language": tag}
    told = {slot: value for slot, value in wished.items() if slot not in {"helper_choice", "area"}}
    assert {slot: handover["wishes"].get(slot) for slot in told} == told
    assert "area" not in handover["wishes"]


def test_a_line_taken_out_is_not_passed_on(system):
    """ "Take something out" offers the lines; the preview comes again without it, and so does the ticket."""
    resident = system.resident()
    ask_for_a_person(resident, "tr")
    walk(resident, "tr", "Iets weghalen")
    [preview] = resident.tap(resident.messages()[-1]["buttons"][-1]["title"])
    assert PERSON["tr"] not in preview["text"]
    resident.tap(title("Ja, geef door", "tr"))
    [handover] = Desk(system, resident.token).state()["handovers"]
    assert (handover["words"], "words" in handover["lines"]) == ([], False)


@pytest.mark.parametrize("answer", ["belki", "bilmem", "👍", "neden"])
def test_anything_but_a_clear_yes_passes_nothing_on(system, answer):
    """Ambiguous is no, and the answer does not sound as if it had been a yes."""
    resident = system.resident()
    ask_for_a_person(resident, "tr")
    replies = resident.write(answer)
    state = Desk(system, resident.token).state()
    assert state["handovers"] == []
    assert not any(m["key"].startswith("handover.stored") for m in state["messages"])
    assert [promises(m["text"], "tr") for m in replies] == [[]] * len(replies)


@pytest.mark.parametrize("tag", TAGS)
def test_a_person_accepts_and_writes_and_the_bot_is_silent_until_they_close(system, tag):
    """One chat: accepted with a name, written to, silence while held, help first in a crisis, and an end without repeats."""
    resident = system.resident()
    ask_for_a_person(resident, tag)
    resident.tap(title("Ja, geef door", tag))
    desk, last = Desk(system, resident.token), resident.messages()[-1]["id"]
    desk.accept()
    [news] = resident.wait(last)
    assert "Mark" in news["text"]
    assert "Mark" not in news["text"][:60]
    desk.write("Fijn dat je schreef. Ik ben Mark.")
    [letter] = resident.wait(news["id"], author="helper")
    assert (letter["text"], letter["buttons"]) == ("Fijn dat je schreef. Ik ben Mark.", [])
    held = silence_but_for_a_crisis(resident, desk, tag)
    desk.close()
    [closed] = resident.wait(held)
    [greeting] = resident.write(GREETING[tag])
    keys = {m["id"]: m["key"] for m in desk.state()["messages"]}
    assert (keys[closed["id"]], keys[greeting["id"]]) == ("handover.closed", "utter_greet")
    after = [m for m in resident.messages() if m["author"] == "bot" and m["id"] > held]
    assert [m["id"] for m in after] == [closed["id"], greeting["id"]]


def silence_but_for_a_crisis(resident, desk, tag):
    """Two ordinary messages get nothing (outside office hours one line), the crisis behind them its answer; where that ends."""
    first, *_ = [resident.post({"text": text}).json()["id"] for text in ORDINARY[tag]]
    resident.write(CRISIS[tag])
    while not all(m["handled"] for m in desk.state()["messages"] if m["author"] == "resident"):
        time.sleep(0.05)
    said = [m for m in desk.state()["messages"] if m["author"] == "bot" and m["id"] > first]
    said = [m for m in said if not m["key"].startswith("handover.helper_away")]
    assert [m["key"] for m in said] == ["held.safety_intro", "utter_crisis_suicidal", "held.safety_notice"]
    together = " ".join(m["text"] for m in said)
    assert all(word in together for word in ("113", "112", "Mark"))
    return said[-1]["id"]


def test_a_crisis_makes_the_open_handover_urgent(system):
    """Nothing is shared by itself, but the team that was agreed on sees that it cannot wait."""
    resident = system.resident()
    ask_for_a_person(resident, "nl")
    resident.tap(title("Ja, geef door", "nl"))
    resident.write(CRISIS["nl"])
    [handover] = Desk(system, resident.token).state()["handovers"]
    assert handover["urgent"] is True


def test_asking_again_tells_how_it_stands_and_stores_nothing_new(system):
    """One live handover per resident."""
    resident = system.resident()
    ask_for_a_person(resident, "nl")
    resident.tap(title("Ja, geef door", "nl"))
    resident.write(PERSON["nl"])
    state = Desk(system, resident.token).state()
    assert len(state["handovers"]) == 1
    assert state["messages"][-1]["key"] == "handover.already_open"


# --- Telegram ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bot_api():
    """Telegram's own server, on this machine."""
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture(scope="module")
def on_telegram(bot_api):
    """A system that polls it."""
    settings = {"TELEGRAM_TOKEN": bot_api.token, "TELEGRAM_API_BASE": bot_api.base, "TELEGRAM_MODE": "polling"}
    with running(VAR.parent / f"{VAR.name}-telegram", **settings) as started:
        yield started


class Chat:
    """Somebody on Telegram."""

    def __init__(self, fake, number):
        self._fake, self.number = fake, number

    def _after(self, act, *what):
        before = len(self._fake.sent(self.number))
        act(self.number, *what)
        return self.next(before)

    def next(self, before):
        return self._fake.wait_for(lambda: self._fake.sent(self.number)[before:], seconds=30)[-1]

    def write(self, text, language=""):
        return self._after(self._fake.say, text, language)

    def tap(self, dutch):
        wanted = title(dutch, "ar")  # the question may come right behind another message
        self._fake.wait_for(lambda: any(wanted in buttons(m) for m in self.sent() if "reply_markup" in m), 30)
        return self._after(self._fake.tap, title(dutch, "ar"))

    def sent(self):
        return self._fake.sent(self.number)


def buttons(message):
    return [key["text"] for row in message["reply_markup"]["inline_keyboard"] for key in row]


def test_the_same_road_in_arabic_on_telegram(on_telegram, bot_api):
    """Greeting, wish, preview, yes, a person's letter, silence, help in a crisis, the end: over the Bot API."""
    chat = Chat(bot_api, CHAT + 1)
    assert title("Een brief", "ar") in buttons(chat.write("/start poster-3061", language="ar"))
    chat.write(PERSON["ar"])
    preview = chat.tap("Maakt niet uit")
    assert PERSON["ar"] in preview["text"]
    assert "3061" in preview["text"]
    desk = Desk(on_telegram, CHAT + 1, "telegram")
    assert desk.state()["handovers"] == []
    chat.tap("Ja, geef door")
    state = desk.state()
    [handover] = state["handovers"]
    assert (state["language"], state["start"], handover["words"]) == ("ar", "poster-3061", [PERSON["ar"]])
    assert state["messages"][-1]["key"].startswith("handover.stored")
    held_on_telegram(chat, desk)


def held_on_telegram(chat, desk):
    before = len(chat.sent())
    desk.accept()
    assert "Mark" in chat.next(before)["text"]
    before = len(chat.sent())
    desk.write("أهلا، أنا Mark")
    assert "أهلا، أنا Mark" in chat.next(before)["text"]
    before = len(chat.sent())
    chat._fake.say(chat.number, ORDINARY["ar"][0])
    chat.write(CRISIS["ar"])
    chat._fake.wait_for(lambda: "113" in "".join(m["text"] for m in chat.sent()[before:-1]), seconds=30)  # one line follows it
    said = [m["text"] for m in chat.sent()[before:]]
    assert "112" in " ".join(said)
    assert len(said) in (3, 4), "outside office hours one line also says when the helper is back"
    before = len(chat.sent())
    desk.close()
    chat.next(before)
    assert title("Een brief", "ar") in buttons(chat.write(GREETING["ar"]))


def test_a_photo_after_the_yes_goes_along_after_a_yes_of_its_own(on_telegram, bot_api):
    """On Telegram, in Arabic: asked about once, fetched only then, and a listen button answers nothing."""
    chat = Chat(bot_api, CHAT + 3)
    bot_api.files["letter"] = b"\xff\xd8\xff\xe0" + bytes(500)
    chat.write(PERSON["ar"])
    chat.tap("Maakt niet uit")
    chat.tap("Zeg ik niet")
    chat.tap("Ja, geef door")
    before = len(chat.sent())
    bot_api.say(CHAT + 3, photo=[{"file_id": "letter", "file_unique_id": "letter", "width": 9, "height": 9, "file_size": 504}])
    asked = chat.next(before)
    desk = Desk(on_telegram, CHAT + 3, "telegram")
    assert desk.state()["messages"][-1]["key"] == "handover.file_question"
    assert desk.state()["handovers"][0]["files"] == []
    yes = buttons(asked)[0]
    chat._after(bot_api.tap, yes)
    bot_api.wait_for(lambda: desk.state()["handovers"][0]["files"] == ["stored"], seconds=30)


def test_a_message_is_read_out_after_a_tap_on_telegram(on_telegram, bot_api):
    """The demo's machine voice, once asked for; the doors above it stay."""
    chat = Chat(bot_api, CHAT + 4)
    greeting = chat.write(GREETING["ar"])
    *doors, listen = buttons(greeting)
    assert title("Een brief", "ar") in doors
    assert listen == f"\N{SPEAKER} {render('voice.machine', 'ar').text}"
    assert bot_api.called("sendVoice") == []
    assert "voice" in chat._after(bot_api.tap, listen)
    assert title("Iets te doen", "ar") in buttons(greeting)


def test_every_telegram_button_fits_into_sixty_four_bytes(on_telegram, bot_api):
    """The platform refuses longer ones, and a refused message would be lost."""
    chat = Chat(bot_api, CHAT + 2)
    chat.write(GREETING["ar"])
    shown = [m for m in chat.sent() if "reply_markup" in m]
    data = [key["callback_data"] for m in shown for row in m["reply_markup"]["inline_keyboard"] for key in row]
    assert data
    assert max(len(d.encode()) for d in data) <= 64
