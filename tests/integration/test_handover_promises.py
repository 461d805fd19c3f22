"""What was promised and did not come is said by the bot itself; who fits is named; what is sensitive stays behind."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import datetime as dt

import pytest
from django.utils import timezone

from bot.conversations.models import Conversation
from bot.conversations.outbox import from_key, post
from bot.handover import away, consent, matching, notices, preview, service, watch, wishes
from bot.handover.models import Handover
from bot.handover.questions import may_ask_behind
from bot.neighbourhood.local_facts import forget
from bot.neighbourhood.models import Absence, LocalFact
from bot.privacy.exceptions import KeyMissing
from tests.integration.handover_helpers import (  # noqa: F401
    conversation,
    draft_for,
    keys,
    make_conversation,
    make_helper,
    make_team,
    mark,
    says,
    stored,
    team,
)  # fmt: skip

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(days=3)


def after(handover: Handover) -> dt.datetime:
    handover.refresh_from_db()
    return handover.due_at + dt.timedelta(minutes=1)


@pytest.mark.usefixtures("always_day")
def test_nobody_read_it_in_time_is_said_once(conversation):
    """However often the clock looks; in time it says nothing."""
    handover = stored(conversation)
    assert watch.look(timezone.now()) == 0
    assert (watch.look(after(handover)), watch.look(after(handover))) == (1, 0)
    assert keys(conversation)[-1] == "handover.late_unread"
    assert [e.kind for e in handover.events.all()].count("late") == 1


@pytest.mark.usefixtures("always_day")
def test_one_that_cannot_be_looked_at_leaves_nobody_else_without_a_word(conversation, caplog, monkeypatch):
    """A wish whose key was lost, say: whoever came behind it in the list was never told that it is late."""
    broken, handover, late = stored(conversation), stored(make_conversation()), notices.late
    Handover.objects.filter(pk=handover.pk).update(due_at=after(broken))

    def trips(about, talk):
        if about.pk == broken.pk:
            raise KeyMissing
        late(about, talk)

    monkeypatch.setattr(notices, "late", trips)
    assert watch.look(after(handover)) == 1
    assert [e.kind for e in handover.events.all()].count("late") == 1
    assert "handover.look_failed" in caplog.text


def test_at_night_nobody_is_told(conversation):
    """It waits for the morning."""
    handover = stored(conversation)
    night = timezone.localtime(after(handover) + dt.timedelta(days=1)).replace(hour=3)
    assert (watch.look(night), watch.look(night.replace(hour=9))) == (0, 1)


@pytest.mark.usefixtures("always_day")
def test_who_accepted_and_did_not_write_loses_it_to_the_team(conversation, mark):
    """The resident hears the truth, and anybody of the team may take it."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    assert watch.look(after(handover)) == 1
    handover.refresh_from_db()
    assert (handover.state, handover.holder, keys(conversation)[-1]) == ("open", None, "handover.late")
    assert handover.due_at > timezone.now()
    assert "Mark" in conversation.messages.last().text


@pytest.mark.usefixtures("always_day")
def test_who_wrote_in_time_is_not_late(conversation, mark):
    """Contact was made: the promise is kept."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Dag, ik ben Mark.")
    assert watch.look(after(handover)) == 0


def called(conversation, mark) -> Handover:
    handover = stored(conversation, contact_how="walk_in")
    service.accept(handover.pk, mark)
    return handover


@pytest.mark.usefixtures("always_day")
@pytest.mark.parametrize(("happened", "state"), [(True, "confirmed"), (False, "open")])
def test_after_a_visit_the_bot_asks_once_whether_it_happened(conversation, mark, happened, state):
    """The chat cannot know; a no gives it back to the team."""
    handover = called(conversation, mark)
    assert (watch.look(after(handover)), watch.look(after(handover))) == (1, 0)
    assert keys(conversation)[-1] == "handover.follow_up"
    assert watch.hear(conversation, happened, str(handover.pk)).state == state


@pytest.mark.usefixtures("always_day")
def test_silence_after_that_question_counts_as_a_no(conversation, mark):
    """A day later the team has it back."""
    handover = called(conversation, mark)
    watch.look(after(handover))
    assert watch.look(after(handover) + LATER) == 1
    assert Handover.objects.get(pk=handover.pk).state == "open"


@pytest.mark.usefixtures("always_day")
def test_a_phone_that_others_read_hears_nothing_unasked(team, mark):
    """The team sees it as late all the same."""
    secret = make_conversation(discreet=True)
    handover = stored(secret)
    service.accept(handover.pk, mark)
    before = keys(secret)
    watch.look(after(handover))
    assert keys(secret) == before
    assert Handover.objects.get(pk=handover.pk).state == "open"


def test_at_night_one_line_says_when_the_helper_is_back(conversation, mark, team):
    """Once since the helper last wrote; in office hours the bot is silent."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Dag")
    fresh = Conversation.objects.get(pk=conversation.pk)
    message = says(fresh, "bent u daar?")
    assert away.helper_away(fresh, message) == []
    tomorrow = str((timezone.localdate() + dt.timedelta(days=1)).isoweekday())
    team.hours = {tomorrow: ["09:00", "17:00"]}
    team.save()
    [line] = away.helper_away(fresh, message)
    assert line.key == "handover.helper_away"
    assert "Mark" in line.text
    post(fresh, [line], message)
    assert away.helper_away(fresh, says(fresh, "hallo?")) == []


def test_the_line_at_night_knows_the_helpers_own_hours_and_days_away(conversation, mark, team):
    """Not the team's next opening: the first at which this helper is there, and no time where nobody knows one."""
    handover = stored(conversation)
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Dag")
    fresh = Conversation.objects.get(pk=conversation.pk)
    message = says(fresh, "bent u daar?")
    today = timezone.localdate()
    team.hours = {str(day): ["09:00", "17:00"] for day in range(1, 8) if day != today.isoweekday()}
    team.save()

    def line():
        [said] = away.helper_away(fresh, message)
        return said

    assert "morgen om 9 uur" in line().text
    mark.hours = {str((today + dt.timedelta(days=1)).isoweekday()): ["13:00", "20:00"]}
    mark.save()
    assert "morgen om 13 uur" in line().text
    leave = Absence.objects.create(helper=mark, first_day=today, last_day=today + dt.timedelta(days=10))
    assert "morgen" not in line().text
    assert line().key == "handover.helper_away"
    leave.last_day += dt.timedelta(days=90)
    leave.save()
    assert line().key == "handover.already_accepted"
    post(fresh, [line()], message)
    assert away.helper_away(fresh, says(fresh, "hallo?")) == []


def test_at_most_two_helpers_are_named_and_only_those_who_fit(conversation, team):
    """A wish for a woman names no man; a stranger's wish no key person."""
    for name, kind, gender in [("Fatma", "key_person", "woman"), ("Ingrid", "worker", "woman"), ("Elif", "worker", "woman")]:
        make_helper(team, name, kind=kind, gender=gender)
    make_helper(make_team("Elders", ["9999"]), "Ver", gender="woman")
    make_helper(team, "Mark", gender="man")
    draft = draft_for(conversation, helper_choice="choose", helper_gender="woman", area="3061")
    assert [h.first_name for h in matching.fitting(draft, conversation)] == ["Fatma", "Ingrid", "Elif"]
    found = matching.fitting(draft, conversation)
    assert [title for title, _ in matching.proposal(found, conversation).buttons[:3]] == ["Fatma", "Ingrid", "Maakt niet uit"]
    wishes.merge(draft, {"circle": "outside"})
    assert "Fatma" not in [h.first_name for h in matching.fitting(draft, conversation)]


def test_the_chosen_name_stands_in_the_ticket(conversation, mark):
    """Tapped once, passed on literally."""
    handover = stored(conversation, helper=str(mark.pk))
    assert handover.wishes["helper_name"] == "Mark"
    assert [value for name, _, value in handover.receipt if name == "helper"] == ["Mark"]


def test_words_about_residence_stay_behind_until_the_resident_shares_them(conversation):
    """Off by default, with a button beside it."""
    draft = draft_for(conversation)
    says(conversation, "ik heb geen verblijfsvergunning")
    shown = preview.preview(draft, conversation)
    assert "verblijfsvergunning" not in shown.text
    assert shown.buttons[-1][0] == "Dat ook delen"
    wishes.merge(draft, {"sensitive": "share"})
    again = preview.preview(draft, conversation)
    assert "verblijfsvergunning" in again.text
    assert "Dat ook delen" not in dict(again.buttons)


def test_who_pays_is_said_only_when_somebody_checked_it(conversation):
    """An unchecked fact is not told."""
    assert "betaalt" not in from_key(conversation, "utter_trust").text
    today = timezone.localdate()
    LocalFact.objects.create(
        key="paid_by", value="De gemeente betaalt mij.", source="s", checked_by="s", checked_on=today, valid_until=today + LATER
    )
    forget()
    assert "betaalt mij" in from_key(conversation, "utter_trust").text


def test_what_was_begun_is_offered_again_after_a_pause(conversation):
    """Not at once, and not a day later when it is gone."""
    draft_for(conversation)
    post(conversation, [from_key(conversation, "utter_ask_area")])
    assert consent.offer_again(conversation, says(conversation, "hoi")) == []
    conversation.messages.update(created_at=timezone.now() - dt.timedelta(hours=2))
    [offer] = consent.offer_again(conversation, says(conversation, "hoi"))
    assert offer.key == "handover.draft_waits"


def test_who_asks_for_a_person_after_a_crisis_needs_one_soon(conversation):
    """Also when the request had begun before."""
    draft = draft_for(conversation)
    post(conversation, [from_key(conversation, "utter_crisis_violence")])
    assert consent.start(conversation, says(conversation, "ik wil een mens")).urgent
    assert draft.pk == consent.draft_of(conversation).pk


def test_the_question_behind_the_question_waits_for_a_step(conversation):
    """Not before something was done, and never twice."""
    assert not may_ask_behind(conversation)
    handover = stored(conversation)
    assert may_ask_behind(conversation)
    notices.tell_unasked(conversation, "handover.anything_else")
    assert not may_ask_behind(conversation)
    assert handover.state == "open"


@pytest.mark.parametrize(
    ("text", "kept"),
    [("mijn buurvrouw Ilse weet ervan", True), ("khoya Ahmed kay3ref", True), ("أخي محمد لا يساعد", True),
     ("een mevrouw van de gemeente belde", False), ("mijn man drinkt", False), ("kan ik met Mark praten", False)],
)  # fmt: skip
def test_other_peoples_names_stay_behind_until_the_resident_shares_them(conversation, mark, text, kept):
    """A helper may be named; so may nobody in particular."""
    draft = draft_for(conversation, text=text)
    words = [line.value for line in preview.lines(draft, conversation, "nl") if line.name == "words"]
    assert (words == []) is kept
    wishes.merge(draft, {"sensitive": "share"})
    assert [line.value for line in preview.lines(draft, conversation, "nl") if line.name == "words"] == [f'"{text}"']
