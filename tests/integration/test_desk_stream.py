"""What a page of the desk does by itself: refreshing, and hearing over a stream what changed."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import json
import re
import uuid

import pytest

from bot.conversations.outbox import announce
from bot.desk import stream as desk_stream
from bot.handover import service
from bot.handover.models import Handover
from bot.live import Hub, read
from tests.integration.desk_helpers import HTMX, cookie_of, handover, held, ingrid, url, web  # noqa: F401
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    make_conversation,
    make_helper,
    make_team,
    mark,
    says,
    stored,
    team,
)  # fmt: skip
from tests.integration.streams import opened

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


def test_a_refresh_brings_the_parts_that_change(web, held, conversation):
    """The conversation, how it stands, what happened; not the box somebody writes in."""
    says(conversation, "Bent u daar?")
    html = web.get(url("live", held) + "?phase=mine", headers=HTMX).content.decode()
    assert "Bent u daar?" in html
    assert {"head", "ticket", "thread", "steps"} == set(re.findall(r'id="(\w+)"[^>]* hx-swap-oob="true"', html))
    assert "<textarea" not in html


def test_a_refresh_loads_the_page_anew_when_other_buttons_belong_on_it(web, handover, ingrid):
    """A colleague accepted what this page still offers."""
    service.accept(handover.pk, ingrid)
    assert web.get(url("live", handover) + "?phase=open", headers=HTMX).headers["HX-Refresh"] == "true"


@committed
async def test_the_stream_tells_which_handover_changed_and_nothing_else():
    """A new one for the team, a message to its holder; another team and another conversation are not heard."""
    team = await read(make_team)
    mark, conversation = await read(make_helper, team), await read(make_conversation)
    baken = await read(make_team, "Buurtteam Het Baken", ["3063"])
    cookie = await read(cookie_of, mark)
    async with opened("/desk/stream", cookie=cookie) as news:
        assert (news.status, news.headers["cache-control"]) == (200, "no-store")
        assert await news.event() == ("change", None, {"handover": None})
        handover = await read(stored, conversation)
        changed = await _next_named(news)
        assert changed == str(handover.pk)
        await read(service.accept, handover.pk, mark)
        assert await _next_named(news) == str(handover.pk)
        await read(announce, "conversation:999999:1")
        await read(says, conversation, "Bent u daar?")
        await read(announce, f"conversation:{conversation.pk}:9")
        assert await _next_named(news) == str(handover.pk)
        await read(_move_to, handover, baken)
        await read(announce, f"desk:{handover.pk}")
        await read(announce, f"desk:{uuid.UUID(int=7)}")  # wiped: nobody's any more
        assert await _next_named(news) == str(uuid.UUID(int=7))


def _move_to(handover, team):
    Handover.objects.filter(pk=handover.pk).update(team=team)


async def _next_named(news):
    """The next handover named; what says "look at everything" is passed over."""
    while True:
        name, _, data = await news.event()
        assert (name, set(data)) == ("change", {"handover"})
        if data["handover"]:
            return data["handover"]


@committed
async def test_the_stream_ends_for_who_signed_out(monkeypatch):
    """At the latest with the next heartbeat."""
    monkeypatch.setattr(desk_stream, "HEARTBEAT_SECONDS", 0.1)
    mark = await read(make_helper, await read(make_team))
    async with opened("/desk/stream", cookie=await read(cookie_of, mark)) as news:
        assert (await news.event())[0] == "change"
        await read(_sign_out_everywhere)
        while (block := await news.block()) is not None:
            assert block == ": here" or json.loads(block.split("data: ")[1]) == {"handover": None}


def _sign_out_everywhere():
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


@committed
async def test_too_many_streams_of_one_helper_are_refused(monkeypatch):
    """429 and when to come back."""
    monkeypatch.setattr(desk_stream, "hub", Hub(per_key=1))
    mark = await read(make_helper, await read(make_team))
    cookie = await read(cookie_of, mark)
    async with opened("/desk/stream", cookie=cookie) as first:
        assert (await first.event())[0] == "change"
        async with opened("/desk/stream", cookie=cookie) as second:
            assert (second.status, second.headers["retry-after"]) == (429, "5")
