"""May we learn from your sentences? Asked once and late, off until a yes, and gone with a no, a withdrawal or a wipe."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

from datetime import timedelta

import pytest
from django.utils import timezone

from bot.conversations import ending, rights, without_rasa
from bot.conversations.answers import chosen
from bot.conversations.models import Message
from bot.conversations.outbox import from_key, post
from bot.handover import service
from bot.language.tags import ON_OFFER
from bot.learning.models import LearningConsent, Sample
from tests.integration.handover_helpers import conversation, keys, make_conversation, mark, says, stored, team  # noqa: F401
from tests.integration.learning_helpers import gather, read

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
