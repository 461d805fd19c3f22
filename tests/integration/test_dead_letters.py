"""The list of what did not arrive: reasons in plain words, and trying again."""

import pytest
from django.utils import timezone

from bot.conversations import dead_letters, delivery, outbox
from bot.conversations.models import Delivery
from bot.conversations.outbox import Reply
from bot.desk import access
from bot.handover.models import Handover
from bot.testing import whatsapp as told
from bot.testing.whatsapp_bodies import body, change, message
from tests.integration.handover_helpers import make_helper, make_team
from tests.integration.whatsapp_setting import PHONE, deliver, fake_whatsapp, found, post

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def fake(settings, monkeypatch):
    monkeypatch.setattr(access, "lacks_second_step", lambda user: False)
    with fake_whatsapp(settings, monkeypatch) as server:
        post(body(change([message(PHONE, "hoi")])))
        outbox.post(found(), [Reply("een geheim")])
        server.will(told.error(131026))
        deliver()
        yield server


def test_a_failed_message_is_listed_with_its_reason_and_can_be_tried_again(fake):
    """Once: a second click finds it on its way."""
    [letter] = dead_letters.dead_letters()
    assert letter.reason.startswith("WhatsApp kan dit nummer niet bereiken")
    assert [dead_letters.retry(letter.pk), dead_letters.retry(letter.pk)] == [True, False]
    delivery.deliver(found().pk)
    assert Delivery.objects.get().state == "sent"
    assert dead_letters.dead_letters() == []


def test_the_page_is_the_coordinators(fake, client):
    """Neither the words nor the address stand on it; a helper who is none finds no such page."""
    team = make_team()
    client.force_login(make_helper(team).user, BACKEND)
    assert client.get("/desk/undelivered/").status_code == 403
    client.force_login(make_helper(team, "Noor", coordinator=True).user, BACKEND)
    page = client.get("/desk/undelivered/").content.decode()
    assert "WhatsApp kan dit nummer niet bereiken" in page
    assert "geheim" not in page
    assert PHONE not in page
    again = client.post(f"/desk/undelivered/{Delivery.objects.get().pk}/again", follow=True).content.decode()
    assert "Het bericht gaat opnieuw op weg." in again
    assert Delivery.objects.get().state == "pending"


def test_a_channel_that_is_down_is_said_so(fake, client):
    """With what has to be done."""
    outbox.post(found(), [Reply("nog een")])
    fake.will(told.error(190, 401))
    deliver()
    assert list(dead_letters.troubles()) == ["whatsapp"]
    client.force_login(make_helper(make_team(), "Noor", coordinator=True).user, BACKEND)
    assert "Dit kanaal staat stil" in client.get("/desk/undelivered/").content.decode()


def test_what_did_not_arrive_stays_with_its_team(fake, client):
    """Once a handover is a team's, another team's coordinator neither sees nor sends it again; before, it is nobody else's."""
    letter = Delivery.objects.get()
    ours, theirs = make_team(), make_team("Buurtteam Het Baken", ["3063"])
    noor, piet = make_helper(ours, "Noor", coordinator=True), make_helper(theirs, "Piet", coordinator=True)

    def sees(helper):
        client.force_login(helper.user, BACKEND)
        return f"/desk/undelivered/{letter.pk}/again" in client.get("/desk/undelivered/").content.decode()

    assert (sees(noor), sees(piet)) == (True, True)
    talk = found()
    Handover.objects.create(resident=talk.resident, conversation=talk, team=ours, language="nl", due_at=timezone.now())
    assert (sees(noor), sees(piet)) == (True, False)
    assert client.post(f"/desk/undelivered/{letter.pk}/again").status_code == 404
    assert Delivery.objects.get().state == "failed"
    Handover.objects.update(team=theirs)
    assert (sees(noor), sees(piet)) == (False, True)
