"""The fixtures ``system`` and ``resident`` come from tests/system.py: one running system serves the browser tests too."""

import pytest

from tests.running import Running


@pytest.fixture(autouse=True)
def _close_connections(monkeypatch):
    """Whoever wrote in a test hangs up at its end: an open socket would be reported against the next test."""
    arrived, arrive = [], Running.resident
    monkeypatch.setattr(Running, "resident", lambda self: arrived.append(arrive(self)) or arrived[-1])
    yield
    for one in arrived:
        one.close() if hasattr(one, "close") else one._http.close()
