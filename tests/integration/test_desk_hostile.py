"""Texts and addresses that mean harm: markup, formulas, turned-round letters, endless words, guessed addresses."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import csv
import datetime as dt
import io
import re
import uuid
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from bot.conversations.inbox import Incoming, open_conversation, receive
from bot.conversations.models import Attachment, Conversation, Message
from bot.desk.models import Tally
from bot.desk.reach import VIEWS, last_months
from bot.handover import service
from bot.handover.models import Handover, HandoverEvent
from bot.language.tags import ON_OFFER
from bot.neighbourhood.models import Activity, Place, User
from bot.privacy.mask import clean
from tests.integration.handover_helpers import make_conversation, make_helper, make_team, says, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db
TURNED = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = {
    "markup": '<script>alert(1)</script>"><img src=x onerror=alert(2)><svg/onload=alert(3)>\'"--></textarea>{{ 7 }}{% now %}',
    "formula": '=HYPERLINK("http://x.nl?"&A1,"klik")',
    "formula after a tab": "\t+cmd|' /C calc'!A0",
    "turned round": f"{TURNED}gpj.exe\u202efdp.brief{TURNED}",
    "an endless word": "w" * 3900,
    "link": "javascript:alert(4)",
}
ROLES = ("worker", "key_person", "coordinator", "maintainer", "administrator")
_SKIPPED = ("/desk/stream", "/desk/invitation", "/accounts/", "/static/")
# What tells pages of one kind apart: four of each are looked at.
_ONE_OF_MANY = re.compile(rf"[0-9a-f-]{{36}}|\d+|(?<=/)({'|'.join(ON_OFFER)})(?=/)")


class Page(HTMLParser):
    """What a browser would run, and where the page leads."""

    def __init__(self, text):
        super().__init__()
        self.bad, self.links = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and not (given.get("src", "").startswith("/static/") or given.get("type") == "application/json"):
            self.bad.append(f"<{tag} {given}>")
        if tag in ("iframe", "object", "embed", "style", "svg") or (tag == "img" and not given["src"].startswith(("/", "data:"))):
            self.bad.append(f"<{tag}>")
        self.bad += [f"{name}={value}" for name, value in attrs if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "hx-get"):
            address = given.get(name) or ""
            if re.match(r"\s*(javascript|data):", address, re.IGNORECASE) and tag != "img":
                self.bad.append(address)
            if name in ("href", "hx-get", "src"):
                self.links.add(address)


def crawl(client, *starts):
    """Every page and export of the desk that can be reached from ``starts``: ``{address: answer}``."""
    todo, seen, kinds = list(starts), {}, {}
    while todo:
        address = todo.pop().split("#")[0]
        kind = _ONE_OF_MANY.sub("*", address)
        if address in seen or kinds.get(kind, 0) >= 4 or not address.startswith("/desk/") or address.startswith(_SKIPPED):
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        seen[address] = answer = client.get(address)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            todo += [urljoin(address, link) for link in Page(answer.content.decode()).links if not urlsplit(link).netloc]
    return seen


def browser(role, team):
    """``(client, helper or None)``."""
    if role in ("maintainer", "administrator"):
        user, helper = User.objects.create(email=f"{role}@example.nl", username=role, office=role), None
    else:
        kind = "key_person" if role == "key_person" else "worker"
        helper = make_helper(team, role.title(), kind=kind, coordinator=role == "coordinator")
        user = helper.user
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client, helper


def spread(text, team, holder=None):
    """The text everywhere where a resident's own words come from; they are cleaned and masked on their way in."""
    token, text_in = f"token-{uuid.uuid4()}", clean(text, 4000)
    open_conversation("webchat", token, "nl", start_param=text)
    talk = Conversation.objects.get(pk=receive(Incoming("webchat", token, text=text)).conversation_id)
    wishes = dict.fromkeys(("area", "phone"), text_in)
    handover = Handover.objects.create(
        resident=talk.resident, conversation=talk, team=team, language="nl", wishes=wishes, receipt=[[text, text, text]],
        due_at=timezone.now() + dt.timedelta(hours=1),
    )  # fmt: skip
    handover.messages.add(talk.messages.get())
    HandoverEvent.objects.create(handover=handover, kind="stored", note="1")
    if holder:
        service.accept(handover.pk, holder)
        service.write(handover.pk, holder, text)
        service.note(handover.pk, holder, text)
        receive(Incoming("webchat", token, text=text))
    return handover


def tallied(text, team):
    for view in VIEWS:
        month = last_months(timezone.localdate())[-1]
        Tally.objects.create(team=team, month=month, view=view, group=clean(text, 80), count=12)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_residents_text_does_no_harm_on_any_page_or_export(name, team):
    """Everything that links from the list, from reach and from the neighbourhood is opened, as every role."""
    text, seen = HOSTILE[name], {}
    tallied(text, team)
    spread(text, team)
    for role in ROLES:
        client, helper = browser(role, team)
        own = f"/desk/handovers/{spread(text, team, helper).pk}/" if helper else "/desk/home"
        live = f"{own}live?phase=mine" if helper else own
        found = crawl(client, "/desk/home", "/desk/", "/desk/?tab=mine", "/desk/account", "/desk/people/", own, live)
        for address, answer in found.items():
            assert answer.status_code < 500, address
            check(address, answer)
        seen |= found
    kinds = {_ONE_OF_MANY.sub("*", address.split("?")[0]) for address in seen}
    must = {
        "/desk/", "/desk/handovers/*/", "/desk/handovers/*/live", "/desk/handovers/*/paper", "/desk/reach", "/desk/reach.csv",
        "/desk/poster", "/desk/people/", "/desk/neighbourhood/activities/", "/desk/neighbourhood/facts/", "/desk/self-check",
        "/desk/undelivered/",
    }  # fmt: skip
    assert must <= kinds, must - kinds


def check(address, answer):
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("image/") or kind == "application/pdf":
        return
    body = answer.content.decode()
    # Our own Arabic and Persian texts, read aloud there, hold whole pairs around a number; no resident's words are on that page.
    pairs = "\u2066\u2067\u2068\u2069" if address.startswith("/desk/voices/") else ""
    assert not (set(TURNED) - set(pairs)) & set(body), f"{address}: letters that turn a line round"
    if kind.startswith("text/html"):
        assert Page(body).bad == [], address
    if kind.startswith("text/csv"):
        cells = [cell for row in csv.reader(io.StringIO(body.lstrip("\ufeff"))) for cell in row]
        assert cells
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_the_calendar_file_stays_a_calendar(team):
    """Titles that try to end their entry and begin another are one title."""
    place = Place.objects.create(name="Buurthuis\r\nEND:VEVENT", address="Plein 1")
    title = "Koken\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:=1+1"
    Activity.objects.create(titles={"nl": title}, place=place, weekday=3, time=dt.time(10))
    client, _ = browser("coordinator", team)
    text = client.get("/desk/neighbourhood/activities.ics").content
    assert len(Calendar.from_ical(text).walk("VEVENT")) == 1


# --- guessing ----------------------------------------------------------------------------------------------------


@pytest.fixture
def two_teams(team):
    """Ours and another's, each with a handover that its worker holds, a file and words."""
    made = []
    for place in (team, make_team("Buurtteam Het Baken", ["3063"])):
        worker = make_helper(place, "Mark", coordinator=True)
        handover = stored(make_conversation("nl", channel="webchat"), text=f"geheim van {place.name}")
        Handover.objects.filter(pk=handover.pk).update(team=place)
        service.accept(handover.pk, worker)
        message = says(handover.conversation, "foto", kind="media")
        file = Attachment.objects.create(
            message=message, state="stored", content=b"\x89PNG geheim", mime="image/png", handover=handover.pk,
            expires_at=timezone.now() + dt.timedelta(days=1),
        )  # fmt: skip
        client = Client()
        client.force_login(worker.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        made.append((client, handover, file, place))
    return made


def test_a_file_opens_only_under_its_own_handover_and_team(two_teams):
    """Neither another's address, nor another's number under one's own address, nor a number that is none."""
    (client, mine, my_file, _), (_, theirs, their_file, _) = two_teams
    assert client.get(f"/desk/handovers/{mine.pk}/files/{my_file.pk}").content == b"\x89PNG geheim"
    for handover, number in ((theirs, their_file.pk), (mine, their_file.pk), (theirs, my_file.pk), (mine, 999_999)):
        assert client.get(f"/desk/handovers/{handover.pk}/files/{number}").status_code == 404
    assert client.get(f"/desk/handovers/{mine.pk}/files/{my_file.pk}/../{their_file.pk}").status_code == 404


def test_no_page_or_export_of_one_team_holds_a_word_of_another(two_teams):
    """All that a coordinator can reach, with the other team's numbers in the address as well."""
    (client, mine, _, _), (_, theirs, _, place) = two_teams
    for view in VIEWS:
        Tally.objects.create(team=place, month=last_months(timezone.localdate())[-1], view=view, group="geheim", count=77)
    asked = f"?team={place.pk}"
    own = ("/desk/", "/desk/home", f"/desk/handovers/{mine.pk}/", "/desk/neighbourhood/cases/")
    found = crawl(client, *own, f"/desk/reach{asked}", f"/desk/reach.csv{asked}", f"/desk/{asked}&tab=mine")
    said = "".join(answer.content.decode(errors="ignore") for answer in found.values())
    assert "geheim van Buurtteam De Linde" in said
    for secret in ("geheim van Buurtteam Het Baken", str(theirs.pk), ">77<", ",77"):
        assert secret not in said


def test_the_chats_own_addresses_know_no_helper(two_teams):
    """A signed-in helper has no session there; a conversation's number or handover is no token."""
    (client, mine, _, _), _ = two_teams
    for token in (str(mine.conversation_id), str(mine.pk), mine.conversation.address_hash, str(mine.resident_id)):
        for address in ("/chat/api/messages?after=0", "/chat/api/stream"):
            assert client.get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert client.get("/chat/api/messages?after=0").status_code == 401
    assert Message.objects.filter(conversation=mine.conversation).exists()
