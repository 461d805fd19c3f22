"""What is copied after a yes to learning: it leads to nobody, and goes with a withdrawal, a wipe or its day."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bot.conversations import joining, rights
from bot.conversations.models import Resident, TurnResult
from bot.learning import collecting, reviewing
from bot.learning.models import LearningConsent, Sample
from bot.neighbourhood.models import User
from bot.privacy import wipe
from bot.privacy.names import names_somebody
from bot.privacy.wipe import sweep_retention, wipe_resident
from tests.integration.handover_helpers import conversation, make_conversation, mark, says, team  # noqa: F401
from tests.integration.learning_helpers import agreed, gather, read

pytestmark = pytest.mark.django_db


def test_nothing_is_kept_without_a_yes(conversation):
    """Whatever was not understood."""
    read(conversation, "de huur is hoog")
    assert (gather(), Sample.objects.count()) == (0, 0)


def test_a_copy_leads_nowhere(db):
    """No conversation, no time of day, no name of a table's row: only a hash that nobody can turn round, and an end."""
    talking = agreed()
    read(talking, "huisbaas  wil meer\ngeld")
    assert (gather(), gather()) == (1, 0), "once"
    sample = Sample.objects.get()
    assert (sample.text, sample.why, sample.intent, sample.language) == (
        "huisbaas wil meer geld",
        "misunderstood",
        "rent_worry",
        "nl",
    )
    assert timezone.localdate() < sample.expires_at <= timezone.localdate() + timedelta(days=61)
    known = {str(talking.pk), str(talking.resident_id), talking.address_hash, str(talking.rasa_sender)}
    assert known.isdisjoint(str(value) for value in Sample.objects.values().get().values())
    assert {f.related_model.__name__ for f in Sample._meta.get_fields() if f.related_model} == {"User"}


@pytest.mark.parametrize(
    "text",
    [
        "ik ben bang voor mijn verblijfsvergunning",
        "de imam zegt dat rente niet mag",
        "ik ben zwanger en de huur is hoog",
        "mijn broer Ahmed betaalt niet terug",
        "mijn broer ahmed betaalt niet terug",
        "ik heet Xandrius",
        "bel Xandrius maar even",
        "أخي محمد لا يدفع",
        "мій брат Олександр не платить",
        "ሓወይ ተስፋይ ኣይከፍልን",
        "mark heeft niet gebeld",
        "bel me op ⟨phone⟩",
        "het nummer is 1234567 zeggen ze",
        "het is 12 34 (56) 7",
        "رقمي ١٢٣٤٥٦٧",
        "😀",
        "x" * 300,
    ],
)
def test_some_messages_are_never_kept(db, mark, text):
    """Residence, religion, health, names (a helper's too), what was masked, a long number, what is no sentence."""
    read(agreed(), text)
    assert (gather(), Sample.objects.count()) == (0, 0)


def test_what_was_read_as_residence_or_health_is_never_kept(db):
    """Whatever its words."""
    talking = agreed()
    read(talking, "ze pakken ons", guess="fear_residence_status")
    read(talking, "de rekening daarvan", "health_costs", 0.3, "")
    assert gather() == 0


def test_a_crisis_that_only_the_second_reader_heard_keeps_its_mark(db):
    """One person alone accepted it as shame, and the next model learnt to pass such danger over."""
    message = read(agreed(), "het hoeft van mij allemaal niet meer zo", "shame_expressed", 0.4, "")
    TurnResult.objects.filter(message=message).update(crisis="crisis_suicidal")
    gather()
    group = reviewing.next_group(mia := User.objects.create(email="mia@example.nl", username="mia"))
    reviewing.decide(mia, group.pk, [group.samples[0].pk], [], reviewing.Decision("wrong", "shame_expressed"))
    assert Sample.objects.get().state == Sample.State.SECOND


def test_ordinary_words_are_no_names():
    """A capital at the start, an office, a shop, shouting."""
    for text in (
        "Ik kan de huur niet betalen",
        "De Belastingdienst stuurt een brief. Wat nu?",
        "IK HEB GEEN GELD",
        "kirayi odeyemiyorum",
    ):
        assert not names_somebody(text), text


def test_the_signs(db):
    """Asked back, unsure, corrected by a button or a language, a person at once; what was understood is left alone."""
    talking = agreed()
    read(talking, "wat een onzin zeg", keys=["utter_ask_rephrase"])
    press(talking, "/energy_bill")
    read(talking, "iets met licht", "energy_bill", 0.45, "")
    read(talking, "de huur is te hoog", "rent_worry", 0.95, "")
    read(talking, "dat ding daar", keys=["utter_two_misses"])
    press(talking, "/want_human")
    read(talking, "het water ook nog", "energy_bill", 0.9, "")
    says_intent(talking, "mens graag", "want_human")
    gather()
    found = {s.text: (s.why, s.proposal) for s in Sample.objects.all()}
    assert found == {
        "wat een onzin zeg": ("corrected", "energy_bill"), "iets met licht": ("unsure", ""), "dat ding daar": ("person", ""),
        "het water ook nog": ("person", ""),
    }  # fmt: skip


def press(conversation, payload):
    message = says(conversation, "…", kind="tap")
    message.payload = payload
    message.save()


def says_intent(conversation, text, intent):
    message = says(conversation, text)
    message.intent = intent
    message.save()


def test_what_says_much_the_same_is_one_group(db):
    """By meaning where the encoder knows the language, by letters where it does not; another reading is another group."""
    dutch, somali = agreed(), agreed("so")
    for text in ("mijn huur is te hoog geworden", "mijn huur is veel te hoog geworden", "wanneer gaat de bibliotheek open"):
        read(dutch, text)
    read(dutch, "mijn huur is te hoog", guess="energy_bill")
    for text in ("kirada guriga waan bixin kari waayay", "kirada guriga waan bixin kari waayey", "goorma ayuu furmayaa"):
        read(somali, text)
    gather()
    group = {s.text: s.group for s in Sample.objects.all()}
    assert group["mijn huur is te hoog geworden"] == group["mijn huur is veel te hoog geworden"]
    assert group["kirada guriga waan bixin kari waayay"] == group["kirada guriga waan bixin kari waayey"]
    assert len(set(group.values())) == 5


def test_withdrawing_and_wiping_delete_what_nobody_decided_on(db):
    """What was decided stays without any tie, so that an undo brings nothing back as somebody's."""
    for how in ("withdraw", "wipe"):
        Sample.objects.all().delete()
        talking, other = agreed(), agreed()
        for text in ("de huur is hoog", "de stroom is duur"):
            read(talking, text)
        read(other, "het eten is op")
        gather()
        decided = next(s for s in Sample.objects.all() if s.text == "de huur is hoog")
        Sample.objects.filter(pk=decided.pk).update(state="accepted")
        if how == "wipe":
            wipe_resident(talking.resident)
            assert not Resident.objects.filter(pk=talking.resident_id).exists()
        else:
            rights.withdraw(talking, says(talking, "niet doorgeven"))
        left = {s.text: s.owner for s in Sample.objects.all()}
        assert set(left) == {"de huur is hoog", "het eten is op"}
        assert left["de huur is hoog"] == ""


@pytest.mark.parametrize("both", [True, False])
def test_two_channels_of_one_person_are_joined_with_their_yes(db, both):
    """And a wipe of the one person finds what either wrote."""
    one, other = agreed(), agreed() if both else make_conversation()
    read(one, "de huur is hoog")
    gather()
    assert joining._merge(one, other.resident_id) is None
    assert [c.resident_id for c in LearningConsent.objects.all()] == [other.resident_id]
    wipe_resident(other.resident)
    assert not Sample.objects.exists()


def test_who_joins_while_we_collect_is_found_by_a_wipe(db, monkeypatch):
    """What was found is copied a next time, as the one person's."""
    one, other, group = agreed(), make_conversation(), collecting._group
    read(one, "de huur is hoog")

    def joins_meanwhile(samples):
        if one.resident_id != other.resident_id:
            joining._merge(one, other.resident_id)
        group(samples)

    monkeypatch.setattr(collecting, "_group", joins_meanwhile)
    assert (gather(), gather()) == (0, 1)
    wipe_resident(other.resident)
    assert not Sample.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["wiped", "joined"])
def test_nothing_is_collected_while_somebody_is(how, monkeypatch):
    """A copy made between looking for copies and the end would be nobody's: no wipe would find it again."""
    one, other, free = agreed(), make_conversation(), []

    def look(*_):
        def take():
            with transaction.atomic():
                free.append(len(LearningConsent.objects.select_for_update(skip_locked=True)))
            connection.close()

        thread = threading.Thread(target=take)
        thread.start()
        thread.join()

    monkeypatch.setitem(wipe._wipers, "test", look)
    monkeypatch.setattr(joining, "_hooks", [*joining._hooks, look])
    if how == "wiped":
        wipe_resident(one.resident)
    else:
        with transaction.atomic():
            joining._merge(one, other.resident_id)
    assert free == [0]


@pytest.mark.parametrize("yes_of", ["who gave the code", "who typed it"])
def test_who_parts_again_has_agreed_to_nothing(db, yes_of):
    """One of the two said yes; the other was never asked. Nothing of either is left, and nothing more is collected."""
    giver, typer = make_conversation(), make_conversation()
    LearningConsent.objects.create(resident=(giver if yes_of == "who gave the code" else typer).resident)
    code = re.search("[A-Z]{4}-[A-Z]{4}", joining._new_code(giver).text)[0]
    assert joining._join(typer, code) == "join.done"
    giver.refresh_from_db()
    for talk_of in (giver, typer):
        read(talk_of, "de huur is hoog")
    assert gather() == 2
    joining._undo(giver, typer.pk)
    assert not LearningConsent.objects.exists()
    assert not Sample.objects.exists()
    for talk_of in (giver, typer):
        read(talk_of, "de stroom is duur")
    assert (gather(), Sample.objects.count()) == (0, 0)


def test_a_copy_has_an_end(db):
    """Decided or not, after its day it is gone."""
    read(agreed(), "de huur is hoog")
    gather()
    Sample.objects.update(expires_at=timezone.localdate() - timedelta(days=1))
    sweep_retention(timezone.now())
    assert not Sample.objects.exists()


def test_what_cannot_be_used_goes_after_the_hour_of_its_undo(db):
    """The rest waits."""
    talking = agreed()
    for text in ("de huur is hoog", "de stroom is duur", "het eten is op"):
        read(talking, text)
    gather()
    now, (first, second, _third) = timezone.now(), Sample.objects.all()
    for sample, minutes in ((first, 61), (second, 59)):
        Sample.objects.filter(pk=sample.pk).update(state="unusable", decided_at=now - timedelta(minutes=minutes))
    sweep_retention(now)
    assert first.pk not in set(Sample.objects.values_list("pk", flat=True))
    assert Sample.objects.count() == 2
