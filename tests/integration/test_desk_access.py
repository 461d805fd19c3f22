"""Who may open what: every page and button of the desk × every role × the own and another team."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from bot.cli import app
from bot.desk.invitations import AlreadyInside, CannotInvite, NotSomebody, invite, reset_factor
from bot.desk.urls import urlpatterns
from bot.handover.models import Handover, HandoverEvent
from bot.neighbourhood.accounts import AccountEvent, Invitation
from bot.neighbourhood.models import Helper, User
from tests.integration.handover_helpers import conversation, make_helper, make_team, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db
PASSWORD = "drie losse woorden"
ROLES = ("worker", "key_person", "coordinator", "maintainer", "administrator")
HELPERS, ALL = {"worker", "key_person", "coordinator"}, set(ROLES)
# name: (method, who gets past the door). What a button then answers (409, 422) is its own affair.
ANY_HANDOVER = {
    "handover": "get", "live": "get", "accept": "post", "write": "post", "note": "post", "hand_back": "post", "close": "post",
    "reopen": "post", "hand_on": "post", "may_know": "post", "attempt": "post", "ask_second": "post", "join": "post",
    "paper": "get", "hint": "post", "phrase": "get", "translate": "post",
}  # fmt: skip
PAGES = {
    "overview": HELPERS, "home": ALL, "account": ALL, "second_step": ALL, "people": {"coordinator", "administrator"},
    "calendar": HELPERS, "self_check": {"worker", "coordinator"}, "reach": HELPERS, "reach_csv": {"coordinator"},
    "report": {"coordinator"}, "self_check_picture": {"worker", "coordinator"},
    "table": HELPERS, "poster": HELPERS, "undelivered": {"coordinator"}, "learning": {"maintainer"},
    "learning_write": {"maintainer"},
    "drift": {"maintainer"}, "models": {"maintainer"}, "models_progress": {"maintainer"},
    "languages": {"coordinator", "administrator", "maintainer"}, "tryout": {"maintainer"},
}  # fmt: skip
# Pages of shelves: the same address for each kind, the roles differ.
SHELVES = {
    "places": {"coordinator"}, "activities": {"coordinator", "key_person"}, "stories": {"coordinator"},
    "facts": {"coordinator", "maintainer"}, "partners": {"coordinator"}, "agreements": {"coordinator"},
    "cases": {"coordinator", "worker"},
}  # fmt: skip
# About a person or a team: a coordinator only for the own team.
PERSONAL = {"person": "get", "absence": "post", "end_absence": "post", "away": "post", "reset": "post", "team": "get"}
OFFICES = {"coordinator", "administrator"}
# What a maintainer decides in the learning inbox.
LEARNING = ("learning_decide", "learning_undo", "learning_later")
# No page of a role: the door itself, and the stream and what has tests of its own.
DOORS = {
    "models_report",
    "models_begin",
    "tryout_say",
    "tryout_answered",
    "invitation",
    "stream",
    "shelf",
    "thing",
    "invite",
    "calendar_in",
    "poster_code",
    "again",
    "file",
    "office",
    "worker",
    "manifest",
    "push",
    "office_back",
    "office_out",
    "signed_out",
    "voices",
    "voice",
    "heard",
    "voice_remove",
}


def somebody(role, team):
    """A signed-in browser of this role; maintainer and administrator belong to no team."""
    if role in ("maintainer", "administrator"):
        user = User.objects.create(email=f"{role}@example.nl", username=role, office=role)
    else:
        kind = "key_person" if role == "key_person" else "worker"
        user = make_helper(team, role.title(), kind=kind, coordinator=role == "coordinator").user
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_every_address_stands_in_the_table():
    """A page that is added without saying whose it is fails here."""
    assert {p.name for p in urlpatterns} == {*ANY_HANDOVER, *PAGES, *PERSONAL, *LEARNING, *DOORS}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ANY_HANDOVER)
def test_a_handover_opens_for_its_team_only(name, role, team, conversation):
    """Another team and a wrong id look alike and change nothing; an office sees no handover at all."""
    handover, other = stored(conversation), make_team("Buurtteam Het Baken", ["3063"])
    address = reverse(f"desk:{name}", args=[handover.pk])
    nowhere = reverse(f"desk:{name}", args=[uuid.uuid4()])
    elsewhere = getattr(somebody(role, other), ANY_HANDOVER[name])
    expected = 404 if role in HELPERS else 403
    assert (elsewhere(address).status_code, elsewhere(nowhere).status_code) == (expected, expected)
    assert Handover.objects.get().state == "open"
    assert not HandoverEvent.objects.exclude(kind="stored").exists()
    User.objects.filter(office=role).delete()
    status = getattr(somebody(role, team), ANY_HANDOVER[name])(address).status_code
    assert status == 403 if role not in HELPERS else status in (200, 302, 409, 422)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_its_roles_only(name, role, team):
    """Everybody else is told whom to ask."""
    answer = somebody(role, team).get(reverse(f"desk:{name}"))
    if role in PAGES[name]:
        assert answer.status_code in (200, 302)
    else:
        assert (answer.status_code, "andere rol" in answer.content.decode()) == (403, True)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", LEARNING)
def test_only_a_maintainer_decides_what_messages_mean(name, role, team):
    """Whoever has to do with residents does not."""
    status = somebody(role, team).post(reverse(f"desk:{name}")).status_code
    assert status in (302, 409, 422) if role == "maintainer" else status == 403
    assert Client().post(reverse(f"desk:{name}")).status_code == 302


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", SHELVES)
def test_a_shelf_opens_for_its_roles_only(kind, role, team):
    """Also for adding to it; a shelf that is none looks like nothing."""
    client = somebody(role, team)
    expected = 200 if role in SHELVES[kind] else 403
    assert client.get(reverse("desk:shelf", args=[kind])).status_code == expected
    assert client.post(reverse("desk:shelf", args=[kind]), {}).status_code == (422 if expected == 200 else 403)
    assert client.get(reverse("desk:shelf", args=["geheim"])).status_code == 404


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", PERSONAL)
def test_a_person_is_for_the_own_coordinator_and_the_administrator(name, role, team):
    """Another team's coordinator sees nothing there; everybody else is told whom to ask."""
    mark, client = make_helper(team), None
    pk = team.pk if name == "team" else mark.pk
    away = somebody(role, make_team("Buurtteam Het Baken", ["3063"]))
    expected = {"coordinator": 404, "administrator": (200, 302, 422)}.get(role, 403)
    status = getattr(away, PERSONAL[name])(reverse(f"desk:{name}", args=[pk])).status_code
    assert status == expected if isinstance(expected, int) else status in expected
    User.objects.filter(office=role).delete()
    client = somebody(role, team)
    status = getattr(client, PERSONAL[name])(reverse(f"desk:{name}", args=[pk])).status_code
    assert status in (200, 302, 422) if role in OFFICES else status == 403


@pytest.mark.parametrize("role", ROLES)
def test_a_coordinator_invites_into_the_own_team_only(role, team):
    """Whatever the form says; only an administrator fills an office."""
    other = make_team("Buurtteam Het Baken", ["3063"])
    client, address = somebody(role, team), reverse("desk:invite")
    data = {"email": "noor@example.nl", "first_name": "Noor", "role": "worker", "team": other.pk}
    answer = client.post(address, data)
    if role not in OFFICES:
        assert (answer.status_code, Invitation.objects.count()) == (403, 0)
        return
    assert Invitation.objects.get().team == (team if role == "coordinator" else other)
    assert "/desk/invitation/" in answer.content.decode()
    client.post(address, {**data, "email": "b@example.nl", "role": "administrator", "team": ""})
    assert Invitation.objects.filter(office="administrator").exists() == (role == "administrator")


@pytest.mark.parametrize("name", [*ANY_HANDOVER, *PAGES])
def test_a_stranger_is_asked_to_sign_in(name, team, conversation):
    """Whatever the address."""
    args = [stored(conversation).pk] if name in ANY_HANDOVER else []
    answer = getattr(Client(), ANY_HANDOVER.get(name, "get"))(reverse(f"desk:{name}", args=args))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/")


def test_who_left_opens_nothing(team, conversation):
    """The account stays for the timeline; the desk is closed to it, the stream too."""
    client = somebody("worker", team)
    Helper.objects.update(active=False)
    assert client.get("/desk/").status_code == 403
    assert client.get("/desk/stream").status_code == 403


# --- coming in ---------------------------------------------------------------------------------------------------


def test_an_invitation_makes_one_account_once(team):
    """The link, a password, and then the second step; a second click on the link finds nothing."""
    address = reverse("desk:invitation", args=[invite("nieuw@example.nl", "Noor", "key_person", team)])
    browser = Client()
    assert "Welkom, Noor" in browser.get(address).content.decode()
    assert browser.post(address, {"first_name": "Noor", "password": "kort"}).status_code == 200
    answer = browser.post(address, {"first_name": "Nora", "password": PASSWORD})
    assert answer.url == reverse("desk:second_step")
    helper = Helper.objects.get()
    assert (helper.first_name, helper.kind, helper.team) == ("Nora", "key_person", team)
    assert helper.user.check_password(PASSWORD)
    assert browser.get(reverse("mfa_add_webauthn")).status_code == 200, "no second password before the second step"
    assert Client().get(address).status_code == 404
    assert Client().post(address, {"first_name": "X", "password": PASSWORD}).status_code == 404
    assert [e.kind for e in AccountEvent.objects.all()] == ["joined", "invited"]


def test_an_invitation_ends_and_a_newer_one_replaces_it(team):
    """A week; the address alone decides; the token is not in the database."""
    old = invite("nieuw@example.nl", "Noor", "worker", team)
    new = invite("nieuw@example.nl", "Noor", "worker", team)
    assert Client().get(reverse("desk:invitation", args=[old])).status_code == 404
    assert Client().get(reverse("desk:invitation", args=[new])).status_code == 200
    assert new not in str(Invitation.objects.values())
    Invitation.objects.update(expires_at="2020-01-01T00:00Z")
    assert Client().get(reverse("desk:invitation", args=[new])).status_code == 404


def test_an_invitation_needs_a_role_that_fits(team):
    """A helper has a team, an office has none, an account exists once."""
    for role, where in (("worker", None), ("maintainer", team), ("boss", team)):
        with pytest.raises(CannotInvite):
            invite("nieuw@example.nl", "Noor", role, where)
    taken = make_helper(team).user.email
    with pytest.raises(AlreadyInside):
        invite(taken.upper(), "Mark", "worker", team)


def test_a_lost_second_step_is_taken_away_with_every_session(team, settings):
    """Next time the password leads to setting up a new one; it is written down who did it."""
    client = somebody("worker", team)
    user = Helper.objects.get().user
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    other = somebody("coordinator", team)
    reset_factor(user.email)
    assert client.get("/desk/").status_code == 302
    assert other.get("/desk/").status_code == 200
    assert (Authenticator.objects.count(), Session.objects.count(), AccountEvent.objects.get().kind) == (0, 1, "factor_reset")


def test_the_commands_invite_and_reset(team):
    """The link is printed; a wrong team or address is one clear line."""
    run = CliRunner().invoke
    made = run(app, ["admin", "invite", "noor@example.nl", "--name", "Noor", "--team", team.name])
    assert made.output.startswith("http://localhost:")
    assert Client().get(made.output.strip().split("18000")[1]).status_code == 200
    wrong = run(app, ["admin", "invite", "noor@example.nl", "--name", "Noor", "--team", "Nergens"])
    assert (wrong.exit_code, team.name in wrong.output) == (1, True)
    for email, name in (
        ("noor@example.nl,mark@example.nl", "Noor"),
        ("noor", "Noor"),
        ("noor@example.nl", "N" * 41),
        ("n@b.nl", ""),
    ):
        wrong = run(app, ["admin", "invite", email, "--name", name, "--team", team.name])
        assert (wrong.exit_code, wrong.output) == (1, f"{NotSomebody.__doc__}\n")
    assert run(app, ["admin", "reset-factor", "niemand@example.nl"]).exit_code == 1


def test_ten_wrong_passwords_close_the_account_for_a_while(team, settings):
    """Also for the right one; the page says what to do; another account is not touched."""
    from django.core.cache import cache

    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = False  # allauth's own brake comes sooner and forgets with the process
    user, other = make_helper(team).user, make_helper(team, "Ingrid").user
    for each in (user, other):
        each.set_password(PASSWORD)
        each.save()
    browser = Client()
    for _ in range(10):
        answer = browser.post("/accounts/login/", {"login": user.email, "password": "fout"})
    assert (answer.status_code, "kwartier" in answer.content.decode()) == (429, True)
    assert browser.post("/accounts/login/", {"login": user.email.upper(), "password": PASSWORD}).status_code == 429
    assert browser.post("/accounts/login/", {"login": other.email, "password": PASSWORD}).status_code == 302


def test_the_desk_speaks_the_language_one_chose(team):
    """Nonsense changes nothing."""
    client = somebody("worker", team)
    client.post("/desk/account", {"language": "en"})
    client.post("/desk/account", {"language": "xx"})
    assert client.get("/desk/").headers["Content-Language"] == "en"
