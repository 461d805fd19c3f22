"""What the tests of people and the neighbourhood share: a coordinator, signed in, and a place."""

import pytest

from bot.neighbourhood.models import Place
from tests.integration.desk_helpers import signed_in
from tests.integration.handover_helpers import make_helper


@pytest.fixture
def ingrid(team):
    return make_helper(team, "Ingrid", coordinator=True)


@pytest.fixture
def web(ingrid):
    return signed_in(ingrid)


@pytest.fixture
def place(db):
    return Place.objects.create(name="Buurthuis", address="Plein 1, 3061")
