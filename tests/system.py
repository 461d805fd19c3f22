"""A pytest plugin: one running system for all tests of conversations and of the browser."""

import pytest

from tests.environment import VAR
from tests.running import running


@pytest.fixture(scope="session")
def system():
    """The whole of it, with the trained model and the demo neighbourhood."""
    with running(VAR.parent / f"{VAR.name}-system") as started:
        yield started


@pytest.fixture
def resident(system):
    """Somebody who has not written yet."""
    return system.resident()
