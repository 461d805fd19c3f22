"""Somebody is writing: each side of the web chat sees it, nobody else does, and nothing of it is kept."""

import pytest
from django.test import Client

from bot.conversations.models import Conversation, Message
from bot.conversations.typing import RESIDENT, is_typing, tell_typing
from bot.handover import service
from bot.live import read
from tests.integration.desk_helpers import cookie_of, signed_in
from tests.integration.handover_helpers import make_conversation, make_helper, make_team, says, stored
from tests.integration.streams import opened

committed = pytest.mark.django_db(transaction=True)


def _held(discreet=False):
    """``(team, helper, conversation, chat token, handover)``: a web chat that a helper holds."""
    from bot.conversations.inbox import open_conversation
    from bot.handover.models import Handover

    team = make_team()
    mark = make_helper(team)
    handover = stored(make_conversation("tr", channel="webchat", discreet=discreet))
    open_conversation("webchat", "token-of-the-resident", "tr")
    talk = Conversation.objects.get(pk=handover.conversation_id)
    other = Conversation.objects.exclude(pk=talk.pk).get()
    hashed = other.address_hash
    other.delete()
    Conversation.objects.filter(pk=talk.pk).update(address_hash=hashed)
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Hallo")
    return team, mark, talk, "token-of-the-resident", Handover.objects.get()


def _hints(helper, handover, text):
    return signed_in(helper).post(f"/desk/handovers/{handover.pk}/hint", {"text": text}).status_code


def _types(token):
    return Client().post("/chat/api/typing", b"{}", content_type="application/json", headers={"Authorization": f"Bearer {token}"})


async def _until(stream, name):
    """The next event of this name; others are passed over."""
    while (found := await stream.event())[0] != name:
        pass
    return found


@committed
async def test_the_helper_sees_that_the_resident_writes_and_no_colleague_does():
    """By the handover alone; the page does not load anew for it; no row is written."""
    team, mark, _, token, handover = await read(_held)
    noor = await read(make_helper, team, "Noor")
    before = await read(Message.objects.count)
    cookies = [await read(cookie_of, helper) for helper in (mark, noor)]
    async with opened("/desk/stream", cookie=cookies[0]) as mine, opened("/desk/stream", cookie=cookies[1]) as hers:
        for stream in (mine, hers):
            await _until(stream, "change")
        assert (await read(_types, token)).json() == {"told": True}
        assert await _until(mine, "typing") == ("typing", None, {"handover": str(handover.pk)})
        await read(service.note, handover.pk, mark, "klaar")
        assert (await hers.event())[0] == "change"
    assert await read(Message.objects.count) == before


@committed
async def test_the_resident_sees_that_the_helper_writes():
    """From the first letters of the holder's text; a colleague who looks along is not seen."""
    team, mark, _, token, handover = await read(_held)
    noor = await read(make_helper, team, "Noor")
    async with opened(query="after=99", authorization=f"Bearer {token}") as chat:
        assert await chat.block() == "retry: 2000"
        assert [await read(_hints, h, handover, t) for h, t in ((noor, "Da"), (mark, "  "), (mark, "Da"))] == [200] * 3
        assert await chat.event() == ("typing", None, {})
        await read(service.write, handover.pk, mark, "Dag")


@committed
def test_on_a_phone_that_others_read_and_with_the_computer_nothing_shows():
    """Nor in a chat that nobody holds, nor on another channel."""
    _, _, talk, token, _ = _held(discreet=True)
    assert _types(token).json() == {"told": False}
    Conversation.objects.update(held_by="")
    assert not tell_typing(Conversation.objects.select_related("resident").get(pk=talk.pk), RESIDENT)
    assert Client().post("/chat/api/typing", b"{}", content_type="application/json").status_code == 401
    says(talk, "dag")


def test_news_is_told_from_a_message():
    """A position is no sign of typing."""
    payloads = ("conversation:5:typing:helper", "conversation:5:12", "missed", "desk:1-2")
    assert [is_typing(p) for p in payloads] == [True, False, False, False]
    assert not is_typing("conversation:5:typing:helper", RESIDENT)
