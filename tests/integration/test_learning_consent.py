"""May we learn from your sentences? Asked once and late, off until a yes, and gone with a no, a withdrawal or a wipe."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bot.conversations import ending, joining, rights, without_rasa
from bot.conversations.answers import chosen
from bot.conversations.models import Message, Resident, TurnResult
from bot.conversations.outbox import from_key, post
from bot.handover import service
from bot.language.tags import ON_OFFER
from bot.learning import collecting, reviewing
from bot.learning.models import LearningConsent, Sample
from bot.neighbourhood.models import User
from bot.privacy import wipe
from bot.privacy.names import names_somebody
from bot.privacy.wipe import sweep_retention, wipe_resident
from tests.integration.handover_helpers import conversation, keys, make_conversation, mark, says, stored, team  # noqa: F401
from tests.integration.learning_helpers import agreed, gather, read

pytestmark = pytest.mark.django_db


def asked(conversation) -> list[str]:
    return [reply.key for reply in ending.questions(conversation)]


def talk(conversation, *intents):
    for intent in intents or ("rent_worry", "thank_or_bye"):
        read(conversation, "iets over de huur", intent, 0.9)


def tap(conversation, payload):
    message = says(conversation, "…", kind="tap")
    message.payload = payload
    return [reply.key for reply in without_rasa.replies_to(conversation, message)]


def open_window(conversation):
    conversation.window_until = timezone.now() + timedelta(hours=1)
    conversation.save(update_fields=["window_until"])
    return conversation


@pytest.fixture
def talking(conversation):
    return open_window(conversation)


# --- the question ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ON_OFFER)
def test_it_is_asked_once_in_every_language(db, tag):
    """After a talk, with a yes and a no under it; never again once it was asked."""
    conversation = make_conversation(tag, channel="webchat")
    talk(conversation)
    (question,) = ending.questions(conversation)
    assert (question.key, question.lang, len(question.buttons)) == ("learning.ask", tag, 3)
    post(conversation, [question])
    assert asked(conversation) == []


@pytest.mark.parametrize(
    "intent", ["ask_privacy", "mistrust_authorities", "crisis_violence", "crisis_no_food_today", "shame_expressed", "phone_read"]
)
def test_it_is_not_asked_beside_trust_or_danger(talking, intent):
    """Nor where somebody showed shame; a day later it may be."""
    talk(talking, "rent_worry", intent, "thank_or_bye")
    assert asked(talking) == []
    Message.objects.filter(intent=intent).update(created_at=timezone.now() - timedelta(hours=25))
    assert asked(talking) == ["learning.ask"]


def test_it_is_not_asked_where_it_does_not_belong(talking):
    """On a phone that others read, of a child, of who only said hello, outside WhatsApp's window, while a person holds it."""
    assert asked(talking) == [], "nothing was said yet"
    talk(talking)
    assert asked(talking) == ["learning.ask"]
    for field, value in (("held_by", "Mark"), ("blocked_at", timezone.now()), ("window_until", timezone.now())):
        before = getattr(talking, field)
        setattr(talking, field, value)
        assert asked(talking) == [], field
        setattr(talking, field, before)
    talking.resident.discreet = True
    assert asked(talking) == []
    talking.resident.discreet = False
    child = says(talking, "ik ben 13 en ik wil met iemand praten")
    assert asked(talking) == []
    child.delete()
    assert asked(talking) == ["learning.ask"]
    post(talking, [from_key(talking, "utter_minor")])
    assert asked(talking) == []


def test_a_goodbye_brings_it_and_thanks_in_between_do_not(rasa, transactional_db):
    """Behind the goodbye, in the same turn; where we ask whether there is something else the conversation goes on."""
    from tests.integration.test_turns import said, write

    for key in ("utter_rent_worry", "handover.anything_else", "utter_thank_or_bye", "utter_thank_or_bye"):
        reply = {"text": "dag", "buttons": [], "key": key, "lang": "nl"}
        rasa.answer = lambda body, reply=reply: {"replies": [reply], "intent": "thank_or_bye"}
        conversation = write("dank je wel")
    assert [m.key for m in said(conversation)] == [
        "utter_rent_worry", "handover.anything_else", "utter_thank_or_bye", "learning.ask", "utter_thank_or_bye",
    ]  # fmt: skip


def test_a_closed_handover_brings_it(talking, mark):
    """Behind the word that it is closed, and not on a phone that others read."""
    handover = stored(talking)
    talk(talking)
    service.accept(handover.pk, mark)
    service.write(handover.pk, mark, "Fijn dat je schreef.")
    open_window(talking)
    service.close(handover.pk, mark, "contact")
    assert keys(talking)[-2:] == ["handover.closed", "learning.ask"]


# --- the answer --------------------------------------------------------------------------------------------------


def test_off_until_a_yes_and_off_again_with_a_no(talking):
    """A tap is answered without Rasa; a no without a yes before keeps nothing."""
    assert tap(talking, '/deny{"learning":"no"}') == ["learning.no"]
    assert not LearningConsent.objects.exists()
    assert tap(talking, '/affirm{"learning":"yes"}') == ["learning.yes"]
    assert LearningConsent.objects.get().resident == talking.resident
    assert tap(talking, '/deny{"learning":"no"}') == ["learning.stopped"]
    assert not LearningConsent.objects.exists()


def test_only_a_plain_yes_right_under_it_counts(talking):
    """A number agrees to nothing, nor does a yes to something else."""
    post(talking, [from_key(talking, "learning.ask")])
    assert chosen(says(talking, "1"), "nl") is None
    assert chosen(says(talking, "ja"), "nl") == '/affirm{"learning":"yes"}'
    post(talking, [from_key(talking, "utter_rent_worry")])
    assert chosen(says(talking, "ja"), "nl") != '/affirm{"learning":"yes"}'


def test_a_phone_that_others_read_agrees_to_nothing(talking):
    """Not even with a tap on an old button; and a yes from before ends."""
    talking.resident.discreet = True
    talking.resident.save()
    assert tap(talking, '/affirm{"learning":"yes"}') == ["learning.no"]
    assert not LearningConsent.objects.exists()
    read(talking, "de huur is hoog")
    LearningConsent.objects.create(resident=talking.resident)
    assert (gather(), Sample.objects.count(), LearningConsent.objects.count()) == (0, 0, 0)


def test_what_do_you_know_shows_it_and_do_not_pass_on_ends_it(talking):
    """Also beside a handover that is taken back; where there was nothing else, only this is said."""
    assert rights._passed_on(talking, says(talking, "?")) == []
    tap(talking, '/affirm{"learning":"yes"}')
    (shown,) = rights._passed_on(talking, says(talking, "?"))
    assert (shown.key, shown.buttons[0][1]) == ("learning.show", '/deny{"learning":"no"}')
    assert [r.key for r in rights.withdraw(talking, says(talking, "niet doorgeven"))] == ["learning.stopped"]
    assert [r.key for r in rights.withdraw(talking, says(talking, "niet doorgeven"))] == ["handover.nothing_to_withdraw"]
    tap(talking, '/affirm{"learning":"yes"}')
    stored(talking)
    said = [r.key for r in rights.withdraw(talking, says(talking, "niet doorgeven"))]
    assert said == ["handover.withdrawn", "learning.stopped"]


# --- what is kept ------------------------------------------------------------------------------------------------


def test_nothing_is_kept_without_a_yes(talking):
    """Whatever was not understood."""
    read(talking, "de huur is hoog")
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
