"""Fixtures for every kind of test."""

import socket
from pathlib import Path

import pytest

from tests.environment import MADE_NOW, ROOT, VAR

pytest_plugins = ["tests.system"]
_OF_A_SYSTEM = {"browser": "browser", "conversations": "system", "faults": "system"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """With two workers (``./test``): conversations and faults share one running system, in their order, browsers another."""
    for item in items:
        if group := _OF_A_SYSTEM.get(Path(item.path).parent.name):
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def postgres():
    """The embedded PostgreSQL, stopped when the tests end."""
    from bot.database import EmbeddedDatabase

    server = EmbeddedDatabase.with_secrets(ROOT, VAR, VAR / "secrets", durable=False)
    if "DATABASE_PASSWORD" in MADE_NOW:  # a checkout that stood here before left its cluster, and took the password with it
        server.set_aside()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres):
    """pytest-django makes its test database only once a server is there."""


@pytest.fixture(autouse=True)
def _no_outside_network(monkeypatch):
    """A test that reaches beyond this machine fails."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError("A test tried to reach the network.")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
