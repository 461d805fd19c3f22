"""The review inbox: one decision for many, two for a crisis, never one's own municipality, and everything can be taken back."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bot.learning.models import Sample
from bot.learning.reviewing import waiting_for
from bot.learning_commands import reviewer
from bot.neighbourhood.models import Team, User
from tests.integration.handover_helpers import make_team

pytestmark = pytest.mark.django_db
GROUP = uuid.uuid4()


def sample(text="de huur is hoog", *, language="nl", intent="rent_worry", group=None, **more) -> Sample:
    kept = {"confidence": 0.2, "why": "misunderstood", "expires_at": timezone.localdate() + timedelta(days=9), **more}
    return Sample.objects.create(text=text, language=language, intent=intent, group=group or uuid.uuid4(), owner="x", **kept)


def browser(name="mia", **more) -> Client:
    user = User.objects.create(email=f"{name}@example.nl", username=name, office="maintainer", **more)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.user = user
    return client


def post(client, verdict, *samples, name="decide", shown=None, **more):
    data = {"verdict": verdict, "group": samples[0].group if samples else "", "sample": [s.pk for s in samples]}
    data |= {"shown": [s.pk for s in shown or samples], "reading": "rent_worry", **more}
    return client.post(f"/desk/learning/{name}", data, headers={"HX-Request": "true"})


def states() -> dict[str, str]:
    return {s.text: s.state for s in Sample.objects.all()}


@pytest.fixture
def mia(db):
    return browser()


def test_nothing_waits_and_the_page_says_what_to_expect(mia):
    """No empty list without a word."""
    assert "Er wacht niets" in mia.get("/desk/learning/").content.decode()


def test_the_largest_group_comes_first_and_one_decision_serves_it(mia):
    """All its messages; the next card and the counts come with the answer, without loading the page."""
    many = [sample(f"de huur is hoog {n}", group=GROUP) for n in range(3)]
    sample("wat een dag", intent="greet")
    html = mia.get("/desk/learning/").content.decode()
    assert ("de huur is hoog 0" in html, "wat een dag" in html) == (True, False)
    assert "<b>4</b> berichten wachten" in html
    answer = post(mia, "right", *many).content.decode()
    assert "wat een dag" in answer
    assert "<b>1</b> bericht wacht" in answer
    assert "<html" not in answer
    assert set(Sample.objects.filter(group=GROUP).values_list("state", "decided_intent")) == {("accepted", "rent_worry")}


def test_what_does_not_belong_is_taken_out_and_comes_back_alone(mia):
    """A tick taken away; nothing was decided on it."""
    one, other = sample("de huur", group=GROUP), sample("iets heel anders", group=GROUP)
    answer = post(mia, "right", one, shown=[one, other])
    assert "iets heel anders" in answer.content.decode()
    other.refresh_from_db()
    assert (other.state, other.group != GROUP) == ("waiting", True)


@pytest.mark.parametrize(
    ("verdict", "more", "expected"),
    [
        ("right", {}, ("accepted", "rent_worry", "")),
        ("wrong", {"intent": "energy_bill"}, ("accepted", "energy_bill", "")),
        ("topic", {"topic": " huisdier "}, ("topic", "", "huisdier")),
        ("unusable", {}, ("unusable", "", "")),
    ],
)
def test_the_four_decisions(mia, verdict, more, expected):
    """Each leaves what it says and nothing else."""
    found = sample()
    assert post(mia, verdict, found, **more).status_code == 200
    found.refresh_from_db()
    assert (found.state, found.decided_intent, found.topic) == expected


def test_language_and_wishes_are_corrected(mia):
    """Wishes only where the reviewer says so."""
    one, other = sample("een vrouw graag", wishes={"helper_gender": "man"}), sample("graag een vrouw")
    post(mia, "right", one, language="pap", wishes_changed="on", wish=["helper_gender=woman", "nonsense=1"])
    post(mia, "right", other, language="nl", wish=["helper_gender=woman"])
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.decided_language, one.decided_wishes) == ("pap", {"helper_gender": "woman"})
    assert (other.decided_language, other.decided_wishes) == ("nl", None)


@pytest.mark.parametrize(
    ("verdict", "more"),
    [("wrong", {}), ("wrong", {"intent": "nonsense"}), ("topic", {"topic": " "}), ("", {}), ("right", {"language": "xx"}),
     ("right", {"group": "nonsense"}), ("right", {"sample": ["nonsense"]})],
)  # fmt: skip
def test_nonsense_decides_nothing(mia, verdict, more):
    """And the card is still there, with what to do."""
    found = sample()
    answer = post(mia, verdict, found, **more)
    assert (answer.status_code, "Kies een onderwerp" in answer.content.decode()) == (422, True)
    assert states() == {"de huur is hoog": "waiting"}


def test_a_second_click_decides_nothing_more(mia):
    """Nor does a page that a colleague was quicker than; the next card comes along."""
    found = sample()
    post(mia, "unusable", found)
    answer = post(mia, "right", found)
    assert (answer.status_code, "al beoordeeld" in answer.content.decode()) == (409, True)
    assert states() == {"de huur is hoog": "unusable"}


def test_the_last_decision_is_taken_back(mia):
    """Only one's own, only the last, and not after an hour."""
    first, second = sample("eerst"), sample("daarna")
    post(mia, "right", first)
    post(mia, "unusable", second)
    assert browser("noor").post("/desk/learning/undo", headers={"HX-Request": "true"}).status_code == 409
    assert mia.post("/desk/learning/undo", headers={"HX-Request": "true"}).status_code == 200
    assert states() == {"eerst": "accepted", "daarna": "waiting"}
    Sample.objects.update(decided_at=timezone.now() - timedelta(hours=2))
    assert mia.post("/desk/learning/undo", headers={"HX-Request": "true"}).status_code == 409
    assert states() == {"eerst": "accepted", "daarna": "waiting"}


def test_a_crisis_needs_two_people_who_say_the_same(mia):
    """What was read as one, and what a reviewer calls one; the second decides without seeing the first's choice."""
    noor, read_as, called = browser("noor"), sample("a", intent="crisis_violence"), sample("b")
    post(mia, "right", read_as, reading="crisis_violence")
    post(mia, "wrong", called, intent="crisis_suicidal")
    assert states() == {"a": "second", "b": "second"}
    assert "Er wacht niets" in mia.get("/desk/learning/").content.decode(), "not the same person twice"
    assert post(mia, "right", read_as).status_code == 409
    assert "jij bent de tweede" in noor.get("/desk/learning/").content.decode()
    assert "crisis_suicidal</b>" not in noor.get("/desk/learning/").content.decode()
    post(noor, "right", read_as, reading="crisis_violence")
    assert states() == {"a": "accepted", "b": "second"}
    post(noor, "unusable", called)
    assert states()["b"] == "second", "they do not agree: mia looks again"
    post(mia, "unusable", called)
    assert states()["b"] == "unusable"


def test_the_second_persons_word_is_taken_back_alone(mia):
    """The first one's stays."""
    noor, found = browser("noor"), sample("a", intent="crisis_violence")
    for client in (mia, noor):
        post(client, "right", found, reading="crisis_violence")
    noor.post("/desk/learning/undo")
    found.refresh_from_db()
    assert (found.state, found.first_by) == ("second", mia.user)
    post(noor, "right", found, reading="crisis_violence")
    assert states() == {"a": "accepted"}


def test_nobody_reviews_their_own_municipality_where_there_are_several(settings):
    """With one there is no choice; with several, who has none set sees nothing and is told why."""
    settings.MUNICIPALITY = "Lindestad"
    own, other = sample("van hier", municipality="Lindestad"), sample("van daar", municipality="Bakendam")
    alone, here = browser("alone"), browser("here", municipality="Lindestad")
    assert "<b>2</b> berichten" in alone.get("/desk/learning/").content.decode()
    make_team()
    Team.objects.update(municipality="Bakendam")
    html = here.get("/desk/learning/").content.decode()
    assert ("van daar" in html, "van hier" in html) == (True, False)
    assert post(here, "right", own).status_code == 409
    assert post(here, "right", other).status_code == 200
    html = alone.get("/desk/learning/").content.decode()
    assert ("van hier" in html, "Vraag de beheerder" in html) == (False, True)


def test_a_reviewers_municipality_is_one_that_there_is(settings, capsys):
    """ "lindestad", or a typing error, matched nothing: she was shown the messages of her own neighbours."""
    settings.MUNICIPALITY = "Lindestad"
    make_team()
    Team.objects.update(municipality="Bakendam")
    own, mia = sample("van hier", municipality="Lindestad"), browser().user
    with pytest.raises(SystemExit):
        reviewer(mia.email, "Lindenstad")
    assert "Lindenstad is no municipality here. There are: Bakendam, Lindestad." in capsys.readouterr().err
    reviewer(mia.email, " lindestad ")
    mia.refresh_from_db()
    assert mia.municipality == "Lindestad"
    User.objects.filter(pk=mia.pk).update(municipality="LINDESTAD")  # from before names were looked up
    mia.refresh_from_db()
    assert not waiting_for(mia).exists()
    reviewer(mia.email, "Verderop", elsewhere=True)
    mia.refresh_from_db()
    assert waiting_for(mia).get() == own


def test_filters_and_later(mia):
    """A language, a reason, and what one does not want to decide now."""
    one, other = sample("te duur hier"), sample("kira pahali", language="tr", why="unsure")
    texts = (one.text, other.text)
    for query, wanted in (("tag=tr", other.text), ("why=misunderstood", one.text)):
        html = mia.get(f"/desk/learning/?{query}").content.decode()
        assert [text in html for text in texts] == [text == wanted for text in texts], query
    assert any(text in mia.get("/desk/learning/?tag=xx&why=yy").content.decode() for text in texts)
    before = mia.get("/desk/learning/").content.decode()
    first, second = (one, other) if one.text in before else (other, one)
    assert second.text in post(mia, "", first, name="later").content.decode()
    assert set(states().values()) == {"waiting"}


def test_a_page_shows_nothing_of_who_wrote(mia):
    """No owner's hash, no day, no hour."""
    sample(municipality="Lindestad")
    html = mia.get("/desk/learning/").content.decode()
    assert not re.search(r"Lindestad|owner|\d{2}:\d{2}|20\d\d-\d\d-", html)


def test_what_passed_its_day_is_not_shown(mia):
    """Also before the job has deleted it."""
    sample(expires_at=timezone.localdate() - timedelta(days=1))
    assert "Er wacht niets" in mia.get("/desk/learning/").content.decode()


def test_without_scripts_the_page_works_too(mia):
    """A plain form leads back to the inbox."""
    found = sample()
    data = {"verdict": "right", "group": found.group, "sample": [found.pk], "shown": [found.pk], "reading": "rent_worry"}
    assert mia.post("/desk/learning/decide", data).url == "/desk/learning/"
    assert states() == {"de huur is hoog": "accepted"}
