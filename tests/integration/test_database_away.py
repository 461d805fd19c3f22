"""The database was started again: whatever keeps a connection finds a new one by itself."""

import asyncio

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections

from bot.conversations import languages
from bot.language.locales import compile_all

pytestmark = pytest.mark.django_db(transaction=True)
_THEIRS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"


def test_rasa_says_its_answers_again_once_the_database_is_back():
    """Its process lives on, and so did a dead connection: every answer was an apology until somebody restarted Rasa."""
    from rasa.shared.core.trackers import DialogueStateTracker

    from bot.dialogue.nlg import CatalogueNLG

    compile_all()
    nlg, tracker = CatalogueNLG(), DialogueStateTracker("somebody", [])

    async def answers(server):
        before = set(server.execute(_THEIRS).fetchall())
        languages.forget()
        first = await nlg.generate("utter_greet", tracker, "turns")
        [(pid,)] = set(server.execute(_THEIRS).fetchall()) - before
        assert server.execute("SELECT pg_terminate_backend(%s, 30000)", [pid]).fetchone() == (True,)
        languages.forget()
        try:
            return first, await nlg.generate("utter_greet", tracker, "turns")
        finally:
            await sync_to_async(connections.close_all)()

    connection.ensure_connection()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as server:
        first, second = asyncio.run(answers(server))
    assert first["key"] == second["key"] == "utter_greet"
