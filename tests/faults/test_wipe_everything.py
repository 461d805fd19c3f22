"""What residents said is nowhere in plain text, and after a wipe nowhere at all: every table, every file."""

import random
import time

import pytest

from bot.testing.telegram import FakeTelegram
from bot.testing.telegram_updates import message_update
from tests.conversations.desk import Desk
from tests.environment import VAR
from tests.faults.looking import address_hash, rows, search
from tests.running import running

# New ones each time: the folder is kept, and what another run left must not be mistaken for this one's.
# In Dutch syllables: consonants at random are Polish now and then, and so is the answer.
_SALT = "".join(random.sample(["bel", "dor", "kam", "lin", "mos", "pel", "rin", "stam", "ven", "wol"], 4))
NAME, EMAIL, WORD = f"Wilhelmina Kraan{_SALT}", f"w.{_SALT}@example.org", f"zwierbol{_SALT}"
PHONE = f"06{random.randrange(20_000_000, 60_000_000)}"
MARKERS = [NAME, f"Kraan{_SALT}", PHONE, PHONE[1:], EMAIL, WORD]
CHAT = random.randrange(10**8, 10**9)  # an id that was used with the folder before is a repeat


@pytest.fixture(scope="module")
def telegram():
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture(scope="module")
def system(telegram):
    settings = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base, "TELEGRAM_MODE": "polling"}
    with running(VAR.parent / f"{VAR.name}-faults-wipe", **settings) as started:
        yield started


def up_to_the_preview(resident):
    """A draft that holds the resident's words, a name, a number and an address."""
    resident.write(f"hoi, ik ben {NAME}")
    resident.write("geef me gewoon een mens")
    resident.write(f"{WORD} is de naam van mijn straat")
    for title in ("Ik kies", "Maakt niet uit", "Maakt niet uit", "Maakt niet uit", "Bellen"):
        resident.tap(title)
    resident.write(f"mijn nummer is {PHONE} of mail {EMAIL}")
    resident.tap("Ochtend")
    resident.tap("Zeg ik niet")
    preview = resident.tap("Maakt niet uit")[-1]
    assert PHONE in preview["text"]
    assert WORD in preview["text"]
    return resident


def answered_by_a_helper(system, resident):
    """The handover is stored, and a helper has written back with the same words."""
    resident.tap("Ja, geef door")
    desk, last = Desk(system, resident.token), resident.messages()[-1]["id"]
    desk.accept()
    desk.write(f"Dag {NAME}, over {WORD}: ik bel je.")
    assert WORD in resident.wait(last, author="helper")[-1]["text"]


def on_telegram(system, telegram):
    """Somebody writes there and is answered; the update as it was sent."""
    telegram.say(CHAT, f"hoi, ik ben {NAME}, {WORD}")
    telegram.wait_for(lambda: telegram.sent(CHAT), 30)
    return telegram._chats[CHAT][0]


def stored_messages(system, channel, address):
    return rows(
        system,
        "SELECT m.id FROM conversations_message m JOIN conversations_conversation c ON c.id = m.conversation_id"
        " WHERE c.address_hash = %s",
        address_hash(system, channel, address),
    )


def tables(found):
    return {finding["where"].split(".")[0] for finding in found}


def test_a_wipe_leaves_no_marker_anywhere(system, telegram, tmp_path):
    """A draft, a stored handover, a helper's answer and a chat on Telegram: encrypted before, gone afterwards."""
    held, drafting = up_to_the_preview(system.resident()), up_to_the_preview(system.resident())
    answered_by_a_helper(system, held)
    first = on_telegram(system, telegram)

    before = search(system, MARKERS, tmp_path)
    assert [finding for finding in before if not finding["encrypted"]] == []
    assert {finding["marker"] for finding in before} == set(MARKERS)
    assert tables(before) >= {"conversations_message", "conversations_drawer", "handover_draft", "handover_handover"}

    for resident in (held, drafting):
        resident.write("wis alles")
        [farewell] = resident.tap("Ja, wis alles")
        assert resident.messages() == [farewell]
    wipe_on_telegram(system, telegram)
    assert search(system, MARKERS, tmp_path) == []

    nothing_comes_back(system, telegram, first)
    assert search(system, MARKERS, tmp_path) == []


def wipe_on_telegram(system, telegram):
    count = len(telegram.sent(CHAT))
    telegram.say(CHAT, "wis alles")
    telegram.wait_for(lambda: len(telegram.sent(CHAT)) > count, 30)
    telegram.tap(CHAT, "Ja, wis alles")
    telegram.wait_for(lambda: not stored_messages(system, "telegram", CHAT), 30)


def nothing_comes_back(system, telegram, first):
    """Telegram sends the very first message once more: no conversation, no answer."""
    telegram.wait_for(lambda: not telegram.waiting(), 30)
    count = len(telegram.sent(CHAT))
    telegram.deliver(message_update(telegram._number(), CHAT, first))
    telegram.wait_for(lambda: not telegram.waiting(), 30)
    time.sleep(1)
    assert len(telegram.sent(CHAT)) == count
    hashed = address_hash(system, "telegram", CHAT)
    assert rows(system, "SELECT id FROM conversations_conversation WHERE address_hash = %s", hashed) == []


def test_a_client_that_sends_again_after_a_wipe_brings_nothing_back(system):
    """The web chat's page repeats what it got no answer to; its id is remembered as a hash."""
    resident, body = system.resident(), {"text": f"hallo, ik wil even iets vragen over {WORD}", "id": "n1"}
    resident.wait(resident.post(body).json()["id"])
    resident.write("wis alles")
    farewell = resident.tap("Ja, wis alles")
    assert resident.post(body).status_code == 202
    time.sleep(1)
    assert resident.messages() == farewell
