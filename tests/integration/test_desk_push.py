"""Notices on a phone: an empty one, signed, to a browser's mailbox on this machine; never whose, never why, never at night."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import base64
import datetime as dt

import pytest
from django.contrib.staticfiles import finders
from django.core import mail
from django.test import Client
from django.utils import timezone

from bot.desk import keeping
from bot.desk.models import PushDevice
from bot.desk.notify import notify
from bot.desk.push import NoMailbox, public_key, remember, ring
from bot.handover import service
from bot.handover.models import Handover
from bot.neighbourhood.models import Helper
from bot.testing.push import FakePush
from tests.integration.handover_helpers import make_conversation, make_helper, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def noon(monkeypatch):
    """A day on which the team is surely open."""
    monkeypatch.setattr("bot.desk.notify.is_open", lambda team, now: True)
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def phones(settings):
    """The server of a browser's maker; settings know it."""
    settings.PUSH_HOSTS = ["127.0.0.1"]
    with FakePush(public_key()) as fake:
        yield fake


@pytest.fixture
def fatma(team):
    """A key person without an office's mail, and her browser."""
    helper = make_helper(team, "Fatma", kind="key_person", mail=False)
    client = Client()
    client.force_login(helper.user, backend=BACKEND)
    return helper, client


def test_a_phone_rings_without_a_word(fatma, phones, noon):
    """Turned on at her account; the notice is empty, and so is what its headers tell; off is off."""
    helper, client = fatma
    assert f'data-key="{public_key()}"' in client.get("/desk/account").content.decode()
    assert client.post("/desk/push", {"turn": "on", "address": f"{phones.base}/fatma"}).status_code == 204
    stored(make_conversation("tr"), text="kiramı ödeyemiyorum")
    assert [notify(noon), notify(noon), notify(noon + dt.timedelta(hours=2))] == [1, 0, 0]
    (notice,) = phones.came
    assert (notice.path, notice.body, notice.headers["topic"], mail.outbox) == ("/fatma", b"", "desk", [])
    for hidden in ("tr", "Turks", "kira", "Fatma", "Linde", "huur"):
        assert hidden not in " ".join(v for k, v in notice.headers.items() if k not in {"authorization", "accept-encoding"})
    assert "Fatma" not in base64.urlsafe_b64decode(notice.headers["authorization"].split(".")[1] + "==").decode()
    assert client.post("/desk/push", {"turn": "off", "address": f"{phones.base}/fatma"}).status_code == 204
    assert not ring(helper)


def test_an_answer_of_who_she_talks_with_rings_too(fatma, phones, noon):
    """When the desk is closed she would not know; only at hers, not at a colleague's."""
    helper, _ = fatma
    other = make_helper(helper.team, "Mark", mail=False)
    remember(helper, f"{phones.base}/fatma")
    remember(other, f"{phones.base}/mark")
    handover = stored(make_conversation())
    Handover.objects.update(created_at=noon)
    notify(noon)
    service.accept(handover.pk, helper)
    service.write(handover.pk, helper, "Dag!")
    later = noon + dt.timedelta(hours=1)
    assert notify(later) == 0
    Handover.objects.update(waiting_since=later)
    phones.came.clear()
    assert [notify(later), notify(later + dt.timedelta(hours=1))] == [1, 0]
    assert [notice.path for notice in phones.came] == ["/fatma"]


def test_what_comes_back_to_the_team_is_told_anew(fatma, phones, noon):
    """Though it is older than the last notice."""
    helper, _ = fatma
    mark = make_helper(helper.team, "Mark", mail=False)
    remember(mark, f"{phones.base}/mark")
    handover = stored(make_conversation())
    Handover.objects.update(created_at=noon - dt.timedelta(days=2))
    handover.events.update(at=noon - dt.timedelta(days=2))
    assert notify(noon - dt.timedelta(days=1)) == 1
    service.accept(handover.pk, helper)
    service.hand_back(handover.pk, helper)
    assert notify(timezone.now() + dt.timedelta(minutes=1)) == 1


def test_quiet_hours_hold_for_phones(fatma, phones, noon):
    """What waited rings afterwards."""
    helper, _ = fatma
    Helper.objects.update(quiet_from=dt.time(11), quiet_until=dt.time(13))
    remember(helper, f"{phones.base}/fatma")
    stored(make_conversation())
    assert (notify(noon), phones.came) == (0, [])
    assert notify(noon + dt.timedelta(hours=2)) == 1


def test_a_mailbox_that_is_gone_is_forgotten_and_one_that_is_busy_is_tried_again(fatma, phones, noon):
    """Nothing is marked as told before it was taken."""
    helper, _ = fatma
    for name in ("gone", "busy"):
        remember(helper, f"{phones.base}/{name}")
    phones.answers = {"/gone": 410, "/busy": 503}
    stored(make_conversation())
    assert notify(noon) == 0
    assert PushDevice.objects.get().address == f"{phones.base}/busy"
    phones.answers.clear()
    assert notify(noon) == 1


def test_another_key_is_not_taken(fatma, phones, settings):
    """The mailbox was made for ours; a fake that takes everything would prove nothing."""
    helper, _ = fatma
    remember(helper, f"{phones.base}/fatma")
    settings.PUSH_KEY = base64.b64encode(b"x" * 32).decode()
    assert not ring(helper)
    settings.PUSH_KEY = ""
    assert not ring(helper)
    assert public_key() == ""


@pytest.mark.parametrize(
    "address",
    ["", "http://push.apple.com/x", "https://elsewhere.example/x", "https://fcm.googleapis.com.elsewhere.example/x",
     "https://fcm.googleapis.com@elsewhere.example/x", "https://a:b@fcm.googleapis.com/x", "http://127.0.0.1:5432/",
     "https://notpush.apple.com/x", "file:///etc/passwd", "https://[bad", "https://fcm.googleapis.com/" + "x" * 1000,
     "https://fcm.googleapis.com:x/y", "https://fcm.googleapis.com/\x01", "https://fcm.googleapis.com/\u00e9"],
)  # fmt: skip
def test_a_helper_cannot_make_us_call_another_address(address, fatma):
    """Only browsers' mailboxes, over TLS."""
    helper, client = fatma
    with pytest.raises(NoMailbox):
        remember(helper, address)
    assert client.post("/desk/push", {"turn": "on", "address": address}).status_code == 422
    assert PushDevice.objects.count() == 0


def test_the_makers_of_browsers_are_known(fatma):
    """Where Chrome, Firefox, Safari and Edge keep theirs; ten devices at most, the newest."""
    helper, _ = fatma
    for host in (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        "wns2-par02p.notify.windows.com",
    ):
        remember(helper, f"https://{host}/abc")
    assert PushDevice.objects.count() == 4
    for number in range(12):
        remember(helper, f"https://fcm.googleapis.com/{number}")
    assert PushDevice.objects.count() == 10


def test_a_device_is_one_persons_and_ends_with_who_left(fatma, team):
    """Who turns it on last on a shared one has it; nobody turns off another's."""
    helper, client = fatma
    mark = make_helper(team, "Mark")
    address = "https://fcm.googleapis.com/shared"
    remember(helper, address)
    remember(mark, address)
    assert PushDevice.objects.get().helper == mark
    client.post("/desk/push", {"turn": "off", "address": address})
    assert PushDevice.objects.count() == 1
    with pytest.raises(NoMailbox):
        remember(mark, "https://elsewhere.example/")
    Helper.objects.filter(pk=mark.pk).update(active=False)
    keeping.sweep(timezone.now())
    assert PushDevice.objects.count() == 0


def test_only_who_works_in_a_team_turns_it_on(team):
    """A stranger is asked to sign in; the worker is the same for everybody and holds no name."""
    assert Client().post("/desk/push", {"turn": "on", "address": "https://fcm.googleapis.com/x"}).status_code == 302
    answer = Client().get("/desk/worker.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "Er staat iets klaar" in answer.content.decode()


def test_the_desk_can_be_put_on_a_home_screen():
    """Without a sign-in: a phone fetches it without cookies. Its pictures are there."""
    answer = Client().get("/desk/manifest.webmanifest")
    assert answer.headers["Content-Type"].startswith("application/manifest+json")
    page = answer.json()
    assert (page["start_url"], page["scope"], page["display"]) == ("/desk/", "/desk/", "standalone")
    for icon in page["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/")), icon
    assert any(icon["sizes"] == "192x192" and icon["type"] == "image/png" for icon in page["icons"])
    signing_in = Client().get("/desk/", follow=True).content.decode()
    assert 'rel="manifest" href="/desk/manifest.webmanifest"' in signing_in
