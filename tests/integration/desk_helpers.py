"""What the desk's tests share: a signed-in browser, the pages it asks for, and a handover that Mark may hold."""

import pytest
from django.test import Client
from django.urls import reverse

from bot.handover import service
from tests.integration.handover_helpers import make_helper, stored

HTMX = {"HX-Request": "true"}


def signed_in(helper, **more):
    client = Client(**more)
    client.force_login(helper.user)
    return client


def cookie_of(helper):
    """For a stream, which has no client."""
    return f"sessionid={signed_in(helper).cookies['sessionid'].value}"


def url(name, handover):
    return reverse(f"desk:{name}", args=[handover.pk])


def page(client, handover, status=200):
    answer = client.get(url("handover", handover))
    assert answer.status_code == status
    return answer.content.decode()


def order_of(client, handovers, query=""):
    html = client.get(f"/desk/{query}").content.decode()
    return sorted((h for h in handovers if str(h.pk) in html), key=lambda h: html.index(str(h.pk)))


@pytest.fixture
def web(mark):
    return signed_in(mark)


@pytest.fixture
def ingrid(team):
    return make_helper(team, "Ingrid")


@pytest.fixture
def handover(conversation):
    return stored(conversation)


@pytest.fixture
def held(handover, mark):
    return service.accept(handover.pk, mark)
