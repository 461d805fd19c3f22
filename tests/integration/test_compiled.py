"""Queries whose SQL is kept ask what Django would ask."""

import importlib
import inspect
import pkgutil
import re
import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

import bot
from bot.compiled import Compiled
from bot.conversations.models import Conversation, Message
from tests.integration.handover_helpers import make_conversation

VALUES = {
    "pk": 7, "conversation_id": 8, "message_id": 9, "position": 3, "channel": "telegram", "hashed": "a" * 64, "sender_id": "s",
}  # fmt: skip
_IN_BRACKETS = re.compile(r"\((\d+|'[^']*')\)")
ROOMS = ("bot.conversations.", "bot.channels.whatsapp.", "bot.handover.")


def kept():
    names = [found.name for found in pkgutil.walk_packages(bot.__path__, "bot.") if found.name.startswith(ROOMS)]
    modules = [importlib.import_module(name) for name in names if ".migrations." not in name]
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Compiled)
    }


KEPT = kept()


@pytest.mark.parametrize("name", KEPT)
def test_it_is_what_django_writes(db, name):
    """For real values: the same statement, with the same values in the same places (and some round brackets more)."""
    compiled = KEPT[name]
    values = [VALUES[parameter] for parameter in inspect.signature(compiled.make).parameters]
    sql, wanted = compiled.make(*values).query.get_compiler("default").as_sql()
    asked = connection.ops.last_executed_query(connection.cursor(), sql, wanted)
    with CaptureQueriesContext(connection) as seen:
        assert compiled(*values) == []
    assert [_IN_BRACKETS.sub(r"\1", query["sql"]) for query in seen] == [asked]


@pytest.fixture
def said(db):
    live = make_conversation()
    for position in (1, 2):
        Message.objects.create(conversation=live, position=position, author="resident", channel="webchat", text=f"nr {position}")
    return live


BY_CONVERSATION = Compiled(lambda pk: Message.objects.filter(conversation_id=pk).select_related("conversation__resident"))


def test_rows_are_the_querysets_own(said, django_assert_num_queries):
    """Decrypted, in order, with their related rows; changed values are asked for anew."""
    with django_assert_num_queries(1):
        found = BY_CONVERSATION(said.pk)
        assert [m.text for m in found] == ["nr 1", "nr 2"]
        assert found[0].conversation.resident.pk == said.resident_id
    found[0].text = "changed"
    found[0].save()
    assert BY_CONVERSATION.first(said.pk).text == "changed"
    assert BY_CONVERSATION.first(said.pk + 1) is None


def test_nothing_is_asked_for_null(db):
    with pytest.raises(ValueError, match="NULL"):
        BY_CONVERSATION(None)


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_by_its_own_connection(said):
    """What was written in one thread is asked in another, whose transaction is another."""
    BY_CONVERSATION(said.pk)
    Conversation.objects.filter(pk=said.pk).delete()
    counts = []

    def ask():
        counts.append(len(BY_CONVERSATION(said.pk)))
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert counts == [0]
