"""The self-check, reach and posters: useful to a team, and never about one person."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt
import io
import re

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from bot.conversations.models import Conversation, Message, Resident, TurnResult
from bot.desk.models import Tally, TallyDay
from bot.desk.posters import invitation, link
from bot.desk.selfcheck import FIELDS
from bot.desk.tally import count_day, count_up_to
from bot.handover.models import Handover, HandoverEvent
from bot.handover.wishes import poster_area
from bot.language.tags import ON_OFFER
from bot.language.wording import lint_text
from bot.neighbourhood.community import SelfCheck
from bot.neighbourhood.models import Activity, Place
from tests.integration.desk_helpers import signed_in
from tests.integration.handover_helpers import make_helper, make_team, mark, team  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(team):
    return signed_in(make_helper(team, "Ingrid", coordinator=True))


def last_month(day=10, hour=12):
    """A moment in the month that is over."""
    first = timezone.localtime().replace(day=1, hour=hour, minute=0)
    return (first - dt.timedelta(days=3)).replace(day=day)


def many(team, language, count, area="3061", at=None, start="", **wishes):
    """People who asked last month, or ``at``."""
    made = []
    for _ in range(count):
        person = Resident.objects.create()
        talk = Conversation.objects.create(resident=person, channel="webchat", address_hash=str(person.pk), start_param=start)
        Conversation.objects.filter(pk=talk.pk).update(created_at=at or last_month())
        made.append(
            Handover.objects.create(
                resident=person, conversation=talk, team=team, language=language, wishes={"area": area, **wishes},
                due_at=timezone.now(),
            )
        )  # fmt: skip
    Handover.objects.filter(pk__in=[h.pk for h in made]).update(created_at=at or last_month())
    return made


def counted():
    """The days that are over, as the hourly job does."""
    count_up_to(timezone.localdate())


def counted_anew():
    TallyDay.objects.all().delete()
    Tally.objects.all().delete()
    counted()


# --- self-check --------------------------------------------------------------------------------------------------


def test_a_team_fills_nine_fields_and_keeps_the_earlier_cards(web, team):
    """Saving makes a new card; another team does not see it; nonsense is refused."""
    html = web.get("/desk/self-check").content.decode()
    assert len(FIELDS) == 9
    assert all(str(field.question) in html for field in FIELDS)
    web.post("/desk/self-check", {"vision_answer": "partly", "vision_note": "staat in het plan", "vision_next": "bespreken"})
    web.post("/desk/self-check", {"vision_answer": "yes"})
    assert SelfCheck.objects.filter(team=team).count() == 2
    assert web.post("/desk/self-check", {"vision_answer": "misschien"}).status_code == 422
    html = web.get("/desk/self-check").content.decode()
    assert re.search(r'name="vision_answer" value="yes" checked', html)
    assert "1 deels" in html
    elsewhere = signed_in(make_helper(make_team("Elders", ["3063"]), "Piet", coordinator=True))
    assert "1 deels" not in elsewhere.get("/desk/self-check").content.decode()


def test_the_desk_measures_only_what_is_about_many(web, team):
    """Under ten, on either side, it says so."""
    many(team, "tr", 9, interpreter="wanted")
    counted()
    assert "Nog te weinig overdrachten" in web.get("/desk/self-check").content.decode()
    many(team, "tr", 3, interpreter="wanted")
    many(team, "nl", 5)
    counted_anew()
    assert "procent vroeg" not in web.get("/desk/self-check").content.decode()
    many(team, "nl", 7)
    counted_anew()
    assert "50 procent vroeg om een tolk" in web.get("/desk/self-check").content.decode()


def test_the_desk_measures_lending_among_people(web, team):
    """Where it was about a loan or a gift in the family, above the threshold on both sides."""
    for handover in many(team, "tr", 12):
        message = Message.objects.create(
            conversation=handover.conversation, position=1, author="resident", intent="family_loan", channel="webchat"
        )
        handover.messages.add(message)
    many(team, "nl", 12)
    counted()
    assert "50 procent ging over lenen" in web.get("/desk/self-check").content.decode()


def test_the_card_comes_as_a_picture(web, team):
    """With the team's words on it; long ones are cut and hurt nothing."""
    empty = web.get("/desk/self-check.png").content
    web.post("/desk/self-check", {"vision_answer": "yes", "vision_note": "w" * 300, "tools_next": "een filmpje " * 15})
    answer = web.get("/desk/self-check.png")
    assert (answer.headers["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert answer.content != empty
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (1200, 1310)
        assert picture.getpixel((300, 200)) == (213, 232, 228)


# --- reach -------------------------------------------------------------------------------------------------------


def test_reach_shows_no_small_number_on_page_chart_or_file(web, team):
    """Nor lets it be worked out; another team's are not counted; no link leads to a handover."""
    many(team, "tr", 37)
    many(team, "ar", 3)
    many(team, "pl", 24)
    many(make_team("Elders", ["3063"]), "uk", 40)
    counted()
    html, file = web.get("/desk/reach").content.decode(), web.get("/desk/reach.csv").content.decode()
    html = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", html)  # by chance it holds any two digits
    for text in (html, file):
        assert "Oekraïens" not in text
        assert not re.search(r"(?<![\d-])[1-9](?![\d-])(?=<|,|\r)", text.split("<table")[-1].replace("&lt;10", ""))
        assert ("37" in text, "64" in text) == (True, True)
        assert "24" not in text, "37 and the total of 64 would tell the three"
    assert "handovers/" not in html


def test_the_month_that_runs_is_not_shown_and_a_day_is_counted_once(web, team):
    """Two looks, before and after somebody came or went, show the same: their difference tells about nobody."""
    many(team, "tr", 12)
    many(team, "tr", 15, at=timezone.localtime().replace(day=1, hour=0, minute=1))
    counted()
    before = web.get("/desk/reach.csv").content.decode()
    assert before.startswith("\ufeffTaal,")
    assert f"{timezone.localdate():%Y-%m}" not in before
    assert "Turks" in before
    assert ",12\r\n" in before
    many(team, "tr", 1)
    Resident.objects.filter(handovers__language="tr").first().delete()
    counted()
    assert not count_day(last_month().date())
    assert web.get("/desk/reach.csv").content.decode() == before


def test_what_was_counted_outlives_the_conversations(web, team):
    """Retention takes them away after a month; the year stays."""
    many(team, "tr", 12)
    counted()
    Resident.objects.all().delete()
    counted()
    assert ">12<" in web.get("/desk/reach").content.decode()


def test_a_person_counts_once_a_month(web, team):
    """Who asked twice, on one day or another, is one person."""
    first, *_ = many(team, "tr", 12)
    for day in (10, 14):
        Handover.objects.update(state="closed")
        again = Handover.objects.create(
            resident=first.resident, conversation=first.conversation, team=team, language="tr", due_at=timezone.now()
        )
        Handover.objects.filter(pk=again.pk).update(created_at=last_month(day))
    counted()
    assert "Turks" in (html := web.get("/desk/reach").content.decode())
    assert ">12<" in html


@pytest.mark.parametrize("last", ["closed", "withdrawn"])
def test_what_is_opened_again_and_ends_again_counts_once_a_month(team, last):
    """Each day is counted when it is over. Closed and opened again on one day was counted on none, and counts when it ends."""
    back, same_day = many(team, "tr", 2, at=last_month(2))

    def happens(handover, kind, day, hour=12):
        event = HandoverEvent.objects.create(handover=handover, kind=kind)
        HandoverEvent.objects.filter(pk=event.pk).update(at=last_month(day, hour))
        ended = kind != "reopened"
        changes = {"state": kind if ended else "open", "closed_at": last_month(day, hour) if ended else None}
        Handover.objects.filter(pk=handover.pk).update(**changes)

    def endings():
        return sum(Tally.objects.filter(view="ending").values_list("count", flat=True))

    happens(back, "closed", 3)
    happens(same_day, "closed", 3)
    happens(same_day, "reopened", 3, 13)
    count_up_to(last_month(4).date())
    assert endings() == 1
    happens(back, "reopened", 5)
    count_up_to(last_month(20).date())
    happens(back, last, 20)
    happens(same_day, "closed", 20)
    counted()
    assert endings() == 2


def test_how_soon_a_person_came_and_how_it_ended(web, team, mark):
    """From the first message of a helper, or a call that was answered; somebody nobody reached is a line of its own."""
    for minutes, count in ((30, 12), (60 * 30, 14)):
        for handover in many(team, "tr", count):
            event = HandoverEvent.objects.create(handover=handover, kind="contacted", actor=mark.user)
            HandoverEvent.objects.filter(pk=event.pk).update(at=last_month() + dt.timedelta(minutes=minutes))
    for handover in many(team, "nl", 11):
        HandoverEvent.objects.create(handover=handover, kind="attempt", note='{"way": "phone", "reached": false}')
        HandoverEvent.objects.create(handover=handover, kind="late")
    Handover.objects.update(state="closed", outcome="helped", closed_at=last_month(20), holder=mark)
    counted()
    rows = {line.split(",")[0]: line.rsplit(",", 1)[1] for line in _csv(web, "first_human").splitlines()[1:]}
    assert rows == {"binnen een uur": "12", "binnen drie dagen": "14", "geen contact": "11", "totaal": "37"}
    assert [line.split(",")[0] for line in _csv(web, "promise").splitlines()[1:3]] == ["op tijd", "te laat"]
    assert "verder geholpen" in _csv(web, "ending")


def _csv(web, view):
    return web.get(f"/desk/reach.csv?view={view}").content.decode()


def test_first_contacts_count_also_who_asked_for_nobody(web, team):
    """Once a month each, for the team that would read it, with whether they were understood; a page only opened is no contact."""
    for number in range(36):
        person = Resident.objects.create(area="3061")
        talk = Conversation.objects.create(resident=person, channel="webchat", address_hash=f"c{number}", language="tr")
        if number < 35:
            said = Message.objects.create(
                conversation=talk, position=1, author="resident", text="x", language="tr", channel="webchat"
            )
            Message.objects.filter(pk=said.pk).update(created_at=last_month())
            intent = "nlu_fallback" if number < 15 else "greet"
            TurnResult.objects.create(message=said, replies=[], intent=intent, confidence=0.9)
        Conversation.objects.filter(pk=talk.pk).update(created_at=last_month())
        if number < 5:  # came back in the same month
            again = Conversation.objects.create(resident=person, channel="telegram", address_hash=f"t{number}", language="tr")
            Message.objects.create(conversation=again, position=1, author="resident", text="x", channel="telegram")
            Conversation.objects.filter(pk=again.pk).update(created_at=last_month(day=11))
            Message.objects.filter(conversation=again).update(created_at=last_month(day=11))
    counted()
    assert re.search(r"Turks.*,35\r", _csv(web, "contact"))
    understood = _csv(web, "understood")
    assert re.search(r"alles begrepen.*,20\r", understood)
    assert re.search(r"iets niet begrepen.*,15\r", understood)


def test_doors_and_posters_are_counted_above_the_threshold_only(web, team):
    """What the words that were passed on were about, in a worker's words; a code of another team's neighbourhood is theirs."""
    for handover in many(team, "tr", 12, start="poster-3061-p7"):
        message = Message.objects.create(
            conversation=handover.conversation, position=1, author="resident", intent="rent_worry", channel="webchat"
        )
        handover.messages.add(message)
    many(team, "tr", 4, start="poster-3061")
    many(make_team("Elders", ["3063"]), "tr", 13, start="poster-3063")
    place = Place.objects.create(pk=7, name="Buurthuis", address="Plein 1")
    counted()
    assert "de huur" in _csv(web, "door")
    posters = _csv(web, "poster")
    assert ("3063" in posters, "4" in posters.split("totaal")[-1].replace("3061", "")) == (False, False)
    assert f"3061 {place.name}" in posters


def test_a_file_runs_no_formula(web, team):
    """A neighbourhood typed as a formula is text."""
    many(team, "tr", 20, area="=HYPERLINK(1)")
    counted()
    file = web.get("/desk/reach.csv?view=area").content.decode()
    assert "'=HYPERLINK" in file
    assert re.search(r"(^|,)=", file, re.MULTILINE) is None


def test_the_yearly_report_is_a_pdf_with_the_numbers_of_reach(web, team):
    """Its language and title are set; letters of every name; nothing below ten; another team's are not in it."""
    team.name = "Buurtteam Şirin Київ"
    team.save()
    many(team, "tr", 37)
    many(team, "ar", 3)
    many(team, "pl", 24)
    many(make_team("Elders", ["3063"]), "uk", 48)
    Place.objects.create(name="Buurthuis Łódź", address="Plein 1", walk_in=True)
    counted()
    answer = web.get("/desk/report.pdf")
    assert (answer.headers["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    reader = PdfReader(io.BytesIO(answer.content))
    assert reader.metadata.title == "Toegankelijkheid van Buurtteam Şirin Київ"
    assert reader.root_object["/Lang"] == "nl"
    text = "\n".join(page.extract_text() for page in reader.pages)
    lines = [line.split() for line in text.splitlines()]
    assert [next(x for x in lines if x[:1] == [name]) for name in ("Turks", "Pools", "Arabisch", "totaal")] == [
        ["Turks", "37"],
        ["Pools", "<10"],
        ["Arabisch", "<10"],
        ["totaal", "64"],
    ]
    for found, there in (("Buurthuis Łódź", True), ("WCAG 2.2 AA", True), ("48", False), ("24", False)):
        assert (found in text) is there


# --- posters -----------------------------------------------------------------------------------------------------


def test_a_poster_invites_to_something_nice_in_every_language(web):
    """It names no help, no money; the code carries the neighbourhood and no person."""
    place = Place.objects.create(name="Buurthuis", address="Plein 1")
    for tag in ON_OFFER:
        text = invitation(place, tag)
        assert "Buurthuis" in text
        assert [hit for hit in lint_text(text, tag, "utter_greet") if hit.level == "error"] == []
    assert link("3061", "tr").endswith("/chat/?lang=tr&start=poster-3061")
    html = web.get(f"/desk/poster?lang=ar&place={place.pk}&area=3061").content.decode()
    assert 'lang="ar" dir="rtl"' in html
    assert "poster-9999" not in web.get("/desk/poster?area=9999&place=x&lang=xx").content.decode()


def test_a_poster_begins_with_an_activity_and_says_whom_to_look_for(web, team):
    """The same words to send on in a group; the code counts the place and the key person, and chooses nobody."""
    fatma = make_helper(team, "Fatma", kind="key_person")
    other = make_helper(make_team("Elders", ["3063"]), "Yusuf", kind="key_person")
    place = Place.objects.create(name="Buurthuis", address="Plein 1, 3061")
    what = Activity.objects.create(titles={"nl": "Samen koken", "tr": "birlikte yemek"}, place=place, weekday=4, time="18:00")
    query = f"area=3061&activity={what.pk}&person={fatma.pk}"
    html = web.get(f"/desk/poster?lang=tr&{query}").content.decode()
    shown = re.search(r'class="poster-text">([^<]+)<', html)[1]
    assert shown.startswith("birlikte yemek") or shown.startswith("Birlikte yemek")
    assert "Fatma" in shown
    assert re.search(r'id="share"[^>]*><div class="kept">([^<]+)<', html)[1] == shown
    code = f"poster-3061-p{place.pk}-h{fatma.pk}"
    assert code in html
    assert poster_area(Conversation(start_param=code)) == "3061"
    assert f"-h{other.pk}" not in web.get(f"/desk/poster?area=3061&person={other.pk}").content.decode()
    many(team, "tr", 14, start=code)
    counted()
    assert "3061 Buurthuis, Fatma" in _csv(web, "poster")


def test_a_title_from_somebodys_calendar_is_read_before_it_hangs(web):
    """What may not be the first word to anybody makes no poster."""
    place = Place.objects.create(name="Buurthuis", address="Plein 1")
    what = Activity.objects.create(titles={"nl": "Inloop voor mensen met schulden"}, place=place, weekday=4, time="18:00")
    html = web.get(f"/desk/poster?activity={what.pk}").content.decode()
    assert ("schulden" in html, 'class="poster"' in html) == (True, False)


def test_a_code_comes_as_picture_and_pdf(web):
    """And as nothing else."""
    for kind, begin in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        assert web.get(f"/desk/poster/code.{kind}").content.startswith(begin)
    assert web.get("/desk/poster/code.exe").status_code == 404
    assert Client().get("/desk/poster/code.png").status_code == 302
