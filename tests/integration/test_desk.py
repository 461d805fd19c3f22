"""The desk: who gets in, what the list and a handover show, what the buttons do, and what nobody ever sees."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt
import json
import re
import uuid

import pytest
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bot.conversations.models import Conversation, Delivery, Message
from bot.conversations.outbox import announce, public_messages
from bot.desk import stream as desk_stream
from bot.desk.accounts import prepare_demo_accounts, totp_now
from bot.handover import service, withdrawal
from bot.handover.models import Handover, HandoverEvent
from bot.live import Hub, read
from bot.neighbourhood.models import Helper, User
from tests.integration.handover_helpers import (  # noqa: F401
    ADDRESS,
    conversation,
    drawer,
    make_conversation,
    make_helper,
    make_team,
    mark,
    says,
    stored,
    team,
)  # fmt: skip
from tests.integration.streams import opened

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
PASSWORD = "een-lang-wachtwoord"


def signed_in(helper, **more):
    client = Client(**more)
    client.force_login(helper.user)
    return client


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


# --- getting in --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["handover", "live"])
def test_a_page_asks_a_stranger_to_sign_in(handover, name):
    """The sign-in comes back to the handover afterwards."""
    answer = Client().get(url(name, handover))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/login/")
    assert Client().get("/desk/").url == "/accounts/login/?next=/desk/home"


@pytest.mark.parametrize("name", ["accept", "write", "note", "close", "hand_back", "reopen"])
def test_a_button_does_nothing_for_a_stranger(handover, name):
    """Nothing changes, and the sign-in leads back to the page, not to the button."""
    answer = Client().post(url(name, handover), {"text": "hoi", "outcome": "contact"})
    assert answer.url == f"/accounts/login/?next={url('handover', handover)}"
    assert Handover.objects.get().state == "open"


def test_the_stream_is_refused_to_a_stranger():
    """No redirect: a stream cannot follow one to a form."""
    assert Client().get("/desk/stream").status_code == 403


def test_a_background_refresh_after_the_session_ended_moves_the_whole_page(handover):
    """A sign-in form never lands inside a page."""
    answer = Client().get(url("live", handover), headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, f"/accounts/login/?next={url('handover', handover)}")


def test_signing_in_takes_a_password_and_then_a_code(mark, settings):
    """Only the second step opens the desk; a wrong password or code is said in Dutch, whatever the browser prefers."""
    cache.clear()
    mark.user.set_password(PASSWORD)
    mark.user.save()
    assert prepare_demo_accounts() == 1
    browser = Client(headers={"accept-language": "en"})
    wrong = browser.post("/accounts/login/", {"login": mark.user.email, "password": "fout"})
    assert "wachtwoord" in wrong.content.decode()
    assert "not correct" not in wrong.content.decode()
    first = browser.post("/accounts/login/", {"login": mark.user.email, "password": PASSWORD})
    assert first.url == reverse("mfa_authenticate")
    assert browser.get("/desk/").status_code == 302
    assert "Tweede stap" in browser.get(first.url).content.decode()
    assert browser.post(first.url, {"code": "abcdef"}).status_code == 200
    second = browser.post(first.url, {"code": totp_now(settings.DEMO_TOTP_SECRET)})
    assert second.url == "/desk/home"
    assert "Overdrachten" in browser.get("/desk/").content.decode()


def test_nobody_signs_up(db):
    """The address exists in allauth; it is closed, and the sign-in does not offer it."""
    assert "niet zelf aanmelden" in Client().get("/accounts/signup/").content.decode()
    assert "signup" not in Client().get("/accounts/login/").content.decode()


def test_an_account_without_a_team_sees_what_to_do(db):
    """A clear page, on every address."""
    client, user = Client(), User.objects.create(email="los@example.nl", username="los")
    client.force_login(user)
    for address in ("/desk/", f"/desk/handovers/{uuid.uuid4()}/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "Vraag de coördinator" in answer.content.decode()
    assert client.get("/desk/stream").status_code == 403


def test_preparing_the_demo_twice_makes_one_second_step(mark, settings):
    """A new secret replaces the old one, and is ciphertext in its row."""
    prepare_demo_accounts()
    settings.DEMO_TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    assert [prepare_demo_accounts(), prepare_demo_accounts()] == [1, 1]
    stored = mark.user.authenticator_set.get().data["secret"]
    assert settings.DEMO_TOTP_SECRET not in stored
    assert decrypt(stored) == settings.DEMO_TOTP_SECRET


def test_where_residents_come_the_demo_is_locked_and_a_second_step_is_a_must(web, mark, settings):
    """Demo accounts open nothing there; a real one first sets up its second step."""
    settings.DEMO = False
    assert web.get("/desk/").url == reverse("desk:second_step")
    settings.DEMO = True
    prepare_demo_accounts()
    settings.DEMO = False
    assert web.get("/desk/").status_code == 403


def test_pages_are_kept_by_no_cache_and_say_their_language(web, handover):
    """A shared computer shows nothing with its Back button."""
    for address in ("/desk/", url("handover", handover)):
        answer = web.get(address, headers={"accept-language": "en"})
        assert (answer.headers["Cache-Control"], answer.headers["Content-Language"]) == ("no-store", "nl")


# --- the list ----------------------------------------------------------------------------------------------------


@pytest.fixture
def three(team):
    """Stored one after the other; the second must be answered last."""
    now, found = timezone.now(), [stored(make_conversation(tag)) for tag in ("tr", "ar", "nl")]
    for n, (handover, hours) in enumerate(zip(found, (3, 9, 5), strict=True)):
        times = {"created_at": now - dt.timedelta(minutes=30 - n), "due_at": now + dt.timedelta(hours=hours)}
        Handover.objects.filter(pk=handover.pk).update(**times)
    return found


def test_the_list_sorts_three_ways_and_keeps_urgent_ones_first(web, three):
    """By promise unless asked otherwise; newest; oldest."""
    first, second, third = three
    assert order_of(web, three, "?order=newest") == [third, second, first]
    assert order_of(web, three, "?order=oldest") == [first, second, third]
    assert order_of(web, three) == [first, third, second]
    Handover.objects.filter(pk=second.pk).update(urgent=True)
    assert order_of(web, three) == [second, first, third]


def test_a_row_tells_language_wishes_area_and_time_but_no_word_of_the_resident(web, team):
    """Both names of the language; late and urgent are said in words."""
    handover = stored(make_conversation("tr"), text="gizli kelimeler", helper_gender="woman", circle="outside", area="3061")
    Handover.objects.filter(pk=handover.pk).update(due_at=timezone.now() - dt.timedelta(hours=1), urgent=True)
    html = web.get("/desk/").content.decode()
    for shown in ("Türkçe", "Turks", "een vrouw", "buurt 3061", "net binnen", "beloofd: ", "Te laat", "Spoed"):
        assert shown in html
    for hidden in ("gizli", "niet kent"):
        assert hidden not in html


def test_the_list_filters_by_language_and_urgency(web, three):
    """What is hidden is counted; nonsense in the address means the usual."""
    assert order_of(web, three, "?language=ar") == [three[1]]
    assert "2 andere passen niet" in web.get("/desk/?language=ar").content.decode()
    assert "Niets past bij deze keuze" in web.get("/desk/?urgent=1").content.decode()
    assert len(order_of(web, three, "?tab=x&order=%00&urgent=ja")) == 3


def test_empty_lists_say_what_to_do(web):
    """Each tab has its own sentence."""
    for tab, words in (("open", "Laat deze pagina open"), ("mine", "Kijk bij Open"), ("closed", "nog niets afgesloten")):
        assert words in web.get(f"/desk/?tab={tab}").content.decode()


def test_tabs_hold_what_is_open_mine_and_closed(web, handover, mark, ingrid):
    """A handover moves from tab to tab; only a coordinator sees those of colleagues."""
    where = lambda client: [t for t in ("open", "mine", "team", "closed") if order_of(client, [handover], f"?tab={t}")]  # noqa: E731
    assert where(web)[0] == "open"
    service.accept(handover.pk, mark)
    assert where(web) == ["mine"]
    Helper.objects.filter(pk=ingrid.pk).update(coordinator=True)
    assert where(signed_in(ingrid)) == ["team"]
    service.close(handover.pk, mark, "contact")
    assert where(web) == ["closed"]


def test_a_refresh_in_the_background_gets_only_the_list(web, handover):
    """The same address gives the piece that is replaced."""
    html = web.get("/desk/", headers=HTMX).content.decode()
    assert html.startswith('<div id="list"')
    assert "<html" not in html


# --- one handover ------------------------------------------------------------------------------------------------


def test_a_handover_shows_the_ticket_person_first_and_the_words_in_their_language(web, team):
    """Dutch labels; the resident's text with its language and direction."""
    handover = stored(make_conversation("ar"), text="أريد أن أتكلم", helper_gender="woman")
    html = page(web, handover)
    assert html.index("العربية") < html.index("een vrouw") < html.index("أريد أن أتكلم")
    assert re.search(r'lang="ar" dir="rtl">أريد أن أتكلم<', html)


def test_what_a_resident_types_is_text_never_markup(web, mark, conversation):
    """In the ticket, in the conversation and in the part that refreshes."""
    handover = stored(conversation, text='<script>alert(1)</script> "><img src=x onerror=alert(2)>')
    service.accept(handover.pk, mark)
    says(conversation, "<b onclick=x>later</b>")
    for html in (page(web, handover), web.get(url("live", handover) + "?phase=mine", headers=HTMX).content.decode()):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "&lt;b onclick=x&gt;" in html
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "<b onclick" not in html


def test_pages_hold_no_inline_script_or_style(web, held):
    """The Content-Security-Policy allows none."""
    for html in (page(web, held), web.get("/desk/").content.decode(), Client().get("/accounts/login/").content.decode()):
        assert not re.search(r"<script(?![^>]*(?:\bsrc=|application/json))|<style|\sstyle=|\son\w+=", html)


def test_the_address_of_a_resident_is_in_no_answer(web, mark, team):
    """Every page, piece and error, in every state; also the drawer's number that was not agreed to."""
    conversation = make_conversation("tr", channel="telegram")
    Conversation.objects.filter(pk=conversation.pk).update(start_param="poster-geheim")
    drawer(conversation)
    handover, found = stored(conversation, text="merhaba"), []
    secrets = (ADDRESS, conversation.address_hash, "poster-geheim", "31687654321", str(conversation.resident_id))

    def look():
        for tab in ("open", "mine", "team", "closed"):
            found.append(web.get(f"/desk/?tab={tab}"))
        for name in ("handover", "live"):
            found.append(web.get(url(name, handover) + "?phase=mine", headers=HTMX))

    look()
    for name, data in (
        ("accept", {}), ("write", {"text": "Merhaba"}), ("write", {"text": ""}), ("note", {"text": "gebeld"}),
        ("hand_back", {}), ("write", {"text": "te laat"}), ("accept", {}), ("close", {"outcome": "contact"}), ("reopen", {}),
    ):  # fmt: skip
        found.append(web.post(url(name, handover), data))
        look()
    for answer in found:
        everything = f"{answer.headers} {answer.cookies} {answer.content.decode()}"
        assert not [secret for secret in secrets if secret in everything]
    assert len(found) == 69


def test_another_teams_handover_and_a_wrong_id_look_alike(web, handover):
    """404 for both, and nothing is noted or changed."""
    elsewhere = signed_in(make_helper(make_team("Buurtteam Het Baken", ["3063"]), "Yusuf"))
    assert order_of(elsewhere, [handover]) == []
    wrong = elsewhere.get(f"/desk/handovers/{uuid.uuid4()}/")
    for method, name in (("get", "handover"), ("get", "live"), *(("post", n) for n in ("accept", "write", "note", "close"))):
        answer = getattr(elsewhere, method)(url(name, handover), {"text": "x", "outcome": "contact"})
        assert (answer.status_code, answer.content.count(b"Deze overdracht is er niet")) == (404, 1)
    assert wrong.status_code == 404
    assert not HandoverEvent.objects.filter(kind="read").exists()


def test_reading_is_noted_once_and_a_refresh_is_no_second_time(web, handover, mark):
    """The resident can ask who has read it."""
    for _ in range(3):
        page(web, handover)
    web.get(url("live", handover) + "?phase=open", headers=HTMX)
    assert [e.actor_id for e in HandoverEvent.objects.filter(kind="read")] == [mark.user_id]


def test_a_key_person_sees_a_card_without_words_before_accepting(team):
    """They may know the resident: no word is read, and so no reading is noted; with accepting it opens."""
    fatma = make_helper(team, "Fatma", kind="key_person")
    handover, client = stored(make_conversation("tr"), text="gizli kelimeler", helper_gender="woman"), signed_in(fatma)
    html = page(client, handover)
    assert "een vrouw" in html
    assert "gizli" not in html
    assert client.post(url("note", handover), {"text": "ken ik"}).status_code == 422
    assert not HandoverEvent.objects.filter(kind__in=("read", "note")).exists()
    client.post(url("accept", handover))
    assert "gizli" in page(client, handover)


def test_the_conversation_is_for_who_holds_it(handover, mark, ingrid, conversation):
    """A colleague reads the ticket of the team, not what is said since; the coordinator does."""
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "geheim antwoord")
    colleague = page(signed_in(ingrid), handover)
    assert "geef me gewoon een mens" in colleague
    assert "geheim antwoord" not in colleague
    Helper.objects.filter(pk=ingrid.pk).update(coordinator=True)
    assert "geheim antwoord" in page(signed_in(ingrid), handover)


def test_a_withdrawn_handover_says_so_and_holds_no_words(web, held, conversation):
    """Also no notes, which may repeat them."""
    web.post(url("note", held), {"text": "vertelde over de brief"})
    withdrawal.withdraw(conversation, says(conversation, "toch niet"))
    html = page(web, held)
    assert "ingetrokken" in html
    for gone in ("geef me gewoon een mens", "vertelde over de brief", "<textarea"):
        assert gone not in html


def test_the_state_of_delivery_is_in_plain_words(web, held, mark):
    """What the provider said about a helper's message."""
    message = service.write(held.pk, mark, "Hallo")
    for state, words in (("pending", "onderweg"), ("failed", "niet aangekomen"), ("read", "gelezen")):
        Delivery.objects.filter(message=message).update(state=state)
        assert re.search(rf'class="delivery[^"]*">{words}<', page(web, held))


def test_the_web_chat_tells_when_the_resident_last_looked(web, mark, team):
    """A closed tab hears nothing: the helper must know."""
    conversation = make_conversation(channel="webchat")
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    assert "heeft nog niet gekeken" in page(web, handover)
    Conversation.objects.filter(pk=conversation.pk).update(seen_at=timezone.now())
    assert "keek het laatst: vandaag" in page(web, handover)


# --- buttons -----------------------------------------------------------------------------------------------------


def test_who_accepts_second_is_told_and_loses_nothing(web, handover, ingrid, mark):
    """One holder; the page of the other says whose it is now."""
    assert signed_in(ingrid).post(url("accept", handover)).status_code == 302
    answer = web.post(url("accept", handover))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Een collega was net iets eerder" in html
    assert "Ingrid heeft dit aangenomen" in html
    assert Handover.objects.get().holder == ingrid


def test_every_button_pressed_twice_is_pressed_once(web, handover, conversation):
    """The second click of a double click is no error and does nothing."""
    for name in ("accept", "hand_back", "accept", "close", "reopen"):
        for _ in range(2):
            assert web.post(url(name, handover), {"outcome": "helped"}).status_code == 302
    kinds = list(HandoverEvent.objects.exclude(kind="read").values_list("kind", flat=True))
    assert kinds == ["stored", "accepted", "handed_back", "accepted", "closed", "reopened"]


def test_what_a_helper_writes_is_the_residents_next_message(web, held, conversation):
    """Once, however often the button was pressed; the answer has the conversation and an empty box."""
    sent = {"text": "Hallo, wat ligt er?\r\nGroet", "client_id": str(uuid.uuid4())}
    for _ in range(2):
        answer = web.post(url("write", held), sent, headers=HTMX)
        html = answer.content.decode()
        assert answer.status_code == 200
        assert "data-sent" in html
        assert "Hallo, wat ligt er?" in html
        assert re.search(r"<textarea[^>]*></textarea>", html)
    said = [m for m in public_messages(conversation.pk) if m["author"] == "helper"]
    assert [m["text"] for m in said] == ["Hallo, wat ligt er?\nGroet"]
    assert Handover.objects.get().state == "contacted"


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_text_that_could_not_be_sent_comes_back(web, held, conversation, headers):
    """Empty, too long, or taken back meanwhile: the words stay in the box and the page says why."""
    long = "a" * 4001
    answer = web.post(url("write", held), {"text": long}, headers=headers)
    assert (answer.status_code, answer.content.count(long.encode())) == (422, 1)
    assert "Er staat nog geen tekst" in web.post(url("write", held), {"text": "  "}, headers=headers).content.decode()
    service.hand_back(held.pk, held.holder)
    answer = web.post(url("write", held), {"text": "mijn lange antwoord"}, headers=headers)
    assert answer.status_code == 409
    assert "mijn lange antwoord</textarea>" in answer.content.decode()
    assert "niet (meer) op jouw naam" in answer.content.decode()
    assert not Message.objects.filter(author="helper").exists()


def test_closing_takes_an_outcome_and_shows_it(web, held):
    """Without a choice the page asks for one."""
    assert web.post(url("close", held), {"outcome": "zomaar"}).status_code == 422
    web.post(url("close", held), {"outcome": "referred"})
    assert (Handover.objects.get().state, Handover.objects.get().outcome) == ("closed", "referred")
    assert "doorverwezen" in page(web, held)


def test_a_page_gone_stale_says_that_it_ended(web, held, conversation):
    """Closing what the resident took back meanwhile."""
    withdrawal.withdraw(conversation, says(conversation, "toch niet"))
    answer = web.post(url("close", held), {"outcome": "contact"})
    assert answer.status_code == 409
    assert "al afgelopen" in answer.content.decode()
    assert Handover.objects.get().state == "withdrawn"


def test_a_note_is_for_the_team_and_is_kept_once(web, held, conversation):
    """A double click is one note; the resident hears nothing."""
    before = Message.objects.count()
    for _ in range(2):
        web.post(url("note", held), {"text": "Belde om 10 uur, nam niet op"})
    assert HandoverEvent.objects.filter(kind="note").count() == 1
    assert "nam niet op" in page(web, held)
    assert Message.objects.count() == before


def test_a_post_without_a_token_is_refused_in_plain_dutch(handover, mark):
    """A page from before a new sign-in: nothing changes, and the page says what to do."""
    answer = signed_in(mark, enforce_csrf_checks=True).post(url("accept", handover))
    assert answer.status_code == 403
    assert "verouderd" in answer.content.decode()
    assert Handover.objects.get().state == "open"


@pytest.mark.parametrize("name", ["accept", "write", "note", "close", "hand_back", "reopen"])
def test_looking_at_a_buttons_address_does_nothing(web, handover, name):
    """Only POST acts."""
    assert web.get(url(name, handover)).status_code == 405


# --- by itself ---------------------------------------------------------------------------------------------------


def test_a_refresh_brings_the_parts_that_change(web, held, conversation):
    """The conversation, how it stands, what happened; not the box somebody writes in."""
    says(conversation, "Bent u daar?")
    html = web.get(url("live", held) + "?phase=mine", headers=HTMX).content.decode()
    assert "Bent u daar?" in html
    assert {"head", "ticket", "thread", "steps"} == set(re.findall(r'id="(\w+)"[^>]* hx-swap-oob="true"', html))
    assert "<textarea" not in html


def test_a_refresh_loads_the_page_anew_when_other_buttons_belong_on_it(web, handover, ingrid):
    """A colleague accepted what this page still offers."""
    service.accept(handover.pk, ingrid)
    assert web.get(url("live", handover) + "?phase=open", headers=HTMX).headers["HX-Refresh"] == "true"


def _cookie(helper):
    return f"sessionid={signed_in(helper).cookies['sessionid'].value}"


@committed
async def test_the_stream_tells_which_handover_changed_and_nothing_else():
    """A new one for the team, a message to its holder; another team and another conversation are not heard."""
    team = await read(make_team)
    mark, conversation = await read(make_helper, team), await read(make_conversation)
    baken = await read(make_team, "Buurtteam Het Baken", ["3063"])
    cookie = await read(_cookie, mark)
    async with opened("/desk/stream", cookie=cookie) as news:
        assert (news.status, news.headers["cache-control"]) == (200, "no-store")
        assert await news.event() == ("change", None, {"handover": None})
        handover = await read(stored, conversation)
        changed = await _next_named(news)
        assert changed == str(handover.pk)
        await read(service.accept, handover.pk, mark)
        assert await _next_named(news) == str(handover.pk)
        await read(announce, "conversation:999999:1")
        await read(says, conversation, "Bent u daar?")
        await read(announce, f"conversation:{conversation.pk}:9")
        assert await _next_named(news) == str(handover.pk)
        await read(_move_to, handover, baken)
        await read(announce, f"desk:{handover.pk}")
        await read(announce, f"desk:{uuid.UUID(int=7)}")  # wiped: nobody's any more
        assert await _next_named(news) == str(uuid.UUID(int=7))


def _move_to(handover, team):
    Handover.objects.filter(pk=handover.pk).update(team=team)


async def _next_named(news):
    """The next handover named; what says "look at everything" is passed over."""
    while True:
        name, _, data = await news.event()
        assert (name, set(data)) == ("change", {"handover"})
        if data["handover"]:
            return data["handover"]


@committed
async def test_the_stream_ends_for_who_signed_out(monkeypatch):
    """At the latest with the next heartbeat."""
    monkeypatch.setattr(desk_stream, "HEARTBEAT_SECONDS", 0.1)
    mark = await read(make_helper, await read(make_team))
    async with opened("/desk/stream", cookie=await read(_cookie, mark)) as news:
        assert (await news.event())[0] == "change"
        await read(_sign_out_everywhere)
        while (block := await news.block()) is not None:
            assert block == ": here" or json.loads(block.split("data: ")[1]) == {"handover": None}


def _sign_out_everywhere():
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


@committed
async def test_too_many_streams_of_one_helper_are_refused(monkeypatch):
    """429 and when to come back."""
    monkeypatch.setattr(desk_stream, "hub", Hub(per_key=1))
    mark = await read(make_helper, await read(make_team))
    cookie = await read(_cookie, mark)
    async with opened("/desk/stream", cookie=cookie) as first:
        assert (await first.event())[0] == "change"
        async with opened("/desk/stream", cookie=cookie) as second:
            assert (second.status, second.headers["retry-after"]) == (429, "5")
