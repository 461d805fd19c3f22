"""Residents who write at random, in every language: no dead end, no error, no promise that is not stored."""

import pytest

from bot.testing.walks import faults, walk
from tests.faults.looking import address_hash, rows

_SAID = """SELECT m.position, m.key FROM conversations_message m JOIN conversations_conversation c ON c.id = m.conversation_id
           WHERE c.address_hash = %s AND m.author = 'bot'"""
# "That is done", on a phone that others read, is said after taking back as well: it promises nothing.
_UNKEPT = """SELECT count(*) FROM conversations_message m WHERE m.key LIKE 'handover.stored%%'
             AND m.key <> 'handover.stored_discreet' AND NOT EXISTS
             (SELECT 1 FROM handover_handover h WHERE h.source_message_id = m.reply_to_id)"""


@pytest.mark.parametrize("seed", range(10))
def test_a_random_walk_of_thirty_turns(system, seed):
    """bench/walks.py walks two hundred."""
    found = walk(system.base, seed)
    assert list(faults(found, lambda token: dict(rows(system, _SAID, address_hash(system, "webchat", token))))) == []
    assert rows(system, _UNKEPT) == [(0,)], "something was promised that is not stored"
