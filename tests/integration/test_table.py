"""A request that begins at the table: filled in at the desk, agreed to on the resident's own phone, and never before."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from bot.conversations import turns
from bot.conversations.models import Conversation
from bot.handover import consent, preview, service, table
from bot.handover.models import Draft, Handover, TableStart
from tests.integration.handover_helpers import (  # noqa: F401
    keys,
    make_conversation,
    make_helper,
    mark,
    says,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db
TOLD = "Ik wil graag hulp met een brief."


def typed(conversation: Conversation, text: str) -> list[str]:
    says(conversation, text)
    turns.drain(conversation.pk)
    conversation.refresh_from_db()
    return keys(conversation)


def test_the_resident_sees_the_ticket_in_their_language_and_says_yes(fatma, mark):
    """Until then nobody reads a word; afterwards it stands in the ticket."""
    code = table.begin(fatma, "tr", {"contact_how": "chat", "helper_gender": "woman", "interpreter": "wanted"}, TOLD)
    resident = make_conversation()
    assert typed(resident, f" {code.lower()} ") == ["handover.preview_question"]
    shown = resident.messages.last()
    assert (shown.language, resident.language, TOLD in shown.text, "kadın" in shown.text) == ("tr", "tr", True, True)
    assert not Handover.objects.exists()
    handover = consent.store(resident, says(resident, "Evet, ilet", kind="tap"))
    lines = {line.name: line.value for line in service.summary(handover)}
    assert (lines["told"], lines["helper"], "interpreter" in lines) == (TOLD, "een vrouw", True)
    assert "told" in [name for name, *_ in handover.receipt]


def test_the_line_can_be_taken_out(fatma, mark):
    """It is the resident's, whoever typed it."""
    resident = make_conversation()
    typed(resident, table.begin(fatma, "nl", {"contact_how": "chat"}, TOLD))
    draft = Draft.objects.get()
    assert consent.remove_line(draft, "told")
    consent.record_preview(draft, preview.lines(draft, resident, "nl"))
    handover = consent.store(resident, says(resident, "Ja", kind="tap"))
    assert "told" not in handover.wishes


def test_a_code_works_once_and_not_for_long(fatma, mark):
    """A used, old or wrong one looks like any other wrong code."""
    first, second = make_conversation(), make_conversation()
    code = table.begin(fatma, "nl", {"contact_how": "chat"}, "")
    assert typed(first, code) == ["handover.preview_question"]
    assert typed(second, code) == ["join.unknown"]
    old = table.begin(fatma, "nl", {"contact_how": "chat"}, "")
    TableStart.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert typed(second, old)[-1] == "join.unknown"
    table.sweep(timezone.now())
    assert not TableStart.objects.exists()


def test_nobody_finds_a_code_by_trying(fatma):
    """After five wrong ones a right one looks wrong too."""
    guesser = make_conversation()
    code = table.begin(fatma, "nl", {"contact_how": "chat"}, "")
    for _ in range(5):
        typed(guesser, "BBBB-BBBB" if code != "BBBB-BBBB" else "CCCC-CCCC")
    assert typed(guesser, code)[-1] == "join.unknown"
    assert TableStart.objects.exists()


def test_a_wish_to_be_called_asks_for_the_number_first(fatma):
    """The number is typed by the resident, in its own field."""
    assert typed(make_conversation(), table.begin(fatma, "nl", {"contact_how": "phone"}, "")) == ["utter_ask_contact_phone"]


def test_with_a_live_request_nothing_new_begins(fatma):
    """How that one stands is said, and the code stays good for nobody else's loss."""
    resident = make_conversation()
    stored(resident)
    assert typed(resident, table.begin(fatma, "nl", {"contact_how": "chat"}, ""))[-1] == "handover.already_open"


def test_the_desk_makes_a_code_and_keeps_no_number(fatma):
    """A citizen number that somebody types at the table is masked; a form that is not right is refused with what was typed."""
    web = Client()
    web.force_login(fatma.user)
    data = {"language": "nl", "told": "Mijn bsn is 111222333", "contact_how": "chat", "area": "3061"}
    page = web.post("/desk/table", data)
    assert page.status_code == 200
    start = TableStart.objects.get()
    assert ("111222333" in start.wishes["told"], start.wishes["area"], start.helper) == (False, "3061", fatma)
    assert web.post("/desk/table", {**data, "language": "xx"}).status_code == 422
