"""What residents said is nowhere in plain text, and after a wipe nowhere at all: every table, every file."""

import random

import pytest

from bot.testing.telegram import FakeTelegram
from tests.conversations.desk import Desk
from tests.environment import VAR
from tests.faults.looking import address_hash, rows, search
from tests.running import running

NAME, PHONE, EMAIL, WORD = "Wilhelmina Kraanvogel", "0687154329", "w.kraanvogel@example.org", "zwierbolzaad"
MARKERS = [NAME, "Kraanvogel", PHONE, PHONE[1:], EMAIL, WORD]
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
    resident.write(f"bel me op {PHONE} of mail {EMAIL}, het gaat om {WORD}")
    return resident


def tables(found):
    return {finding["where"].split(".")[0] for finding in found}


def test_a_wipe_leaves_no_marker_anywhere(system, telegram, tmp_path):
    """A draft, a stored handover, a helper's answer and a chat on Telegram: encrypted before, gone afterwards."""
    held, drafting = up_to_the_preview(system.resident()), up_to_the_preview(system.resident())
    print([(m["text"], [b["title"] for b in m["buttons"]]) for m in held.messages()])
    raise SystemExit
