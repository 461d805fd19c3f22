"""What a resident sends after their yes: nothing of it is lost, and nothing of it goes along unasked."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import pytest
from django.utils import timezone

from bot.channels import attachments
from bot.conversations import turns
from bot.conversations.models import Attachment, Conversation, Message
from bot.conversations.outbox import from_key
from bot.conversations.outbox import post as say
from bot.desk.files import files_of
from bot.handover import attempts, consent, joining, later, service, watch
from bot.handover.exceptions import NotAgreed
from bot.handover.models import Handover
from bot.handover.states import live_handover
from bot.testing.whatsapp_bodies import body, change, message
from tests.integration.handover_helpers import (  # noqa: F401
    button,
    conversation,
    draft_for,
    keys,
    make_conversation,
    make_helper,
    make_team,
    mark,
    says,
    shown,
    stored,
    team,
)  # fmt: skip
from tests.integration.whatsapp_setting import PHONE, fake_whatsapp, found, post

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 500


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_whatsapp(settings, monkeypatch) as server:
        server.media["77"] = (JPEG, "image/jpeg")
        yield server


def photo(drain=True) -> Message:
    post(body(change([message(PHONE, {"type": "image", "image": {"id": "77", "mime_type": "image/jpeg"}})])))
    if drain:
        turns.drain(found().pk)
    return Message.objects.filter(author="resident").latest("position")


def tap(conversation: Conversation, payload_has: str) -> list[str]:
    """Press the last message's button whose payload holds this; the keys of what was said after it."""
    conversation.refresh_from_db()
    press(conversation, button(conversation, payload_has))
    return keys(conversation)[-1:]


def press(conversation: Conversation, payload: str) -> None:
    Message.objects.update(handled_at=timezone.now())
    pressed = says(conversation, "…", kind="tap")
    Message.objects.filter(pk=pressed.pk).update(payload=payload)
    turns.drain(conversation.pk)


@pytest.fixture
def asked(fake, mark) -> Conversation:
    """A resident on WhatsApp who said yes, before any file came."""
    post(body(change([message(PHONE, {"type": "text", "text": {"body": "hoi"}})])))
    Message.objects.update(handled_at=timezone.now())
    stored(found())
    return found()


@pytest.mark.parametrize("state", ["open", "accepted", "confirmed"])
def test_a_photo_after_the_yes_goes_along_by_a_yes_of_its_own(asked, mark, state):
    """One tap; the helper can open it, the resident's own copy says so, and the timeline too."""
    live = live_handover(asked.resident_id)
    if state != "open":
        service.accept(live.pk, mark)
        Handover.objects.filter(pk=live.pk).update(state=state)
    photo()
    assert keys(asked)[-1] == "handover.file_question"
    assert tap(asked, '"yes"') == ["handover.passed_on"]
    attachment = Attachment.objects.get()
    assert (attachment.state, attachment.handover) == ("agreed", live.pk)
    live.refresh_from_db()
    assert (live.wishes["files"], next(x for x in live.receipt if x[0] == "files")[2]) == (1, "1")
    assert live.events.filter(kind="added").count() == 1


def test_after_a_no_the_file_is_gone(asked):
    """Not even its reference stays."""
    photo()
    assert tap(asked, '"no"') == ["handover.kept_back"]
    assert not Attachment.objects.exists()


def test_several_photos_at_once_are_one_question(asked):
    """And one yes passes all of them on."""
    for _ in range(3):
        photo(drain=False)
    turns.drain(asked.pk)
    assert keys(asked).count("handover.file_question") == 1
    tap(asked, '"yes"')
    assert {a.state for a in Attachment.objects.all()} == {"agreed"}
    assert Attachment.objects.count() == 3


def test_what_was_taken_out_of_the_preview_does_not_come_back_with_a_later_photo(fake, mark):
    """The yes is to what came after it."""
    first = photo()
    draft = draft_for(found())
    consent.remove_line(draft, "files")
    shown(draft)
    consent.store(found(), says(found(), "Ja, geef door", kind="tap"))
    second = photo()
    tap(found(), '"yes"')
    assert Attachment.objects.get(message=first).state == "reference"
    assert Attachment.objects.get(message=second).state == "agreed"


def test_while_a_helper_holds_the_chat_a_file_reaches_them_unasked(asked, mark):
    """It is written to that person, as words are; the bot says nothing."""
    live = live_handover(asked.resident_id)
    service.accept(live.pk, mark)
    service.write(live.pk, mark, "Stuur maar een foto van de brief.")
    before = len(keys(asked))
    photo()
    attachment = Attachment.objects.get()
    assert (attachment.state, attachment.handover, len(keys(asked))) == ("agreed", live.pk, before)
    attachments.fetch_one(attachment.pk)
    live.refresh_from_db()
    assert [f.mime for f in files_of(live, mark)] == ["image/jpeg"]


def test_an_old_yes_to_a_file_says_nothing_about_a_newer_request(asked):
    """The request that the question was about was taken back."""
    photo()
    payload = asked.messages.last().buttons[0]["payload"]
    consent.withdraw(found(), says(found(), "toch niet"))
    stored(found())
    press(asked, payload)
    assert keys(asked)[-1] == "turn.button_gone"
    assert not live_handover(asked.resident_id).events.filter(kind="added").exists()


def test_a_phone_that_others_read_is_asked_without_a_sign_of_a_request(asked):
    """No team is named, before or after."""
    asked.resident.discreet = True
    asked.resident.save()
    photo()
    assert tap(asked, '"yes"') == ["handover.stored_discreet"]
    said = " ".join(
        m.text for m in asked.messages.filter(key__in=["handover.file_question_discreet", "handover.stored_discreet"])
    )
    assert "Linde" not in said
    assert "mens" in said
    assert Attachment.objects.get().state == "agreed"


# --- something personal ------------------------------------------------------------------------------------------


def test_something_personal_written_to_the_bot_after_the_yes_is_off_by_default(conversation, mark):
    """The helper sees that there is something, and no word of it or of its answer."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    written = says(conversation, "mijn verblijfsvergunning loopt af")
    say(conversation, [from_key(conversation, "utter_fear_residence_status")], written)
    seen = [m for m in service.thread(live) if m.position >= written.position]
    assert [(m.kind, m.text) for m in seen] == [("kept_back", "")]


def test_the_resident_may_share_it_after_all(conversation, mark):
    """By the button under the question; then the helper reads it and the receipt holds it."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    written = says(conversation, "mijn verblijfsvergunning loopt af")
    say(conversation, later.ask(conversation, written), written)
    assert tap(conversation, '"yes"') == ["handover.passed_on"]
    seen = next(m for m in service.thread(live) if m.position == written.position)
    assert (seen.kind, seen.text, seen.consented) == ("text", written.text, True)
    live.refresh_from_db()
    assert written.text in next(x for x in live.receipt if x[0] == "words")[2]


def test_what_is_written_to_the_helper_is_theirs_to_read(conversation, mark):
    """It was written to a person."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    service.write(live.pk, mark, "Vertel maar.")
    conversation.refresh_from_db()
    written = says(conversation, "mijn verblijfsvergunning loopt af")
    assert service.thread(live)[-1].text == written.text
    assert later.ask(conversation, written) is None


# --- did it happen? ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "state"), [('"yes"', "confirmed"), ('"no"', "open")])
def test_the_tap_is_heard_while_a_helper_holds_the_chat(conversation, mark, answer, state):
    """It is an answer to the bot's question, whoever talks meanwhile."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    service.write(live.pk, mark, "Ik bel zo.")
    attempts.attempt(live.pk, mark, "phone", reached=True)
    said = tap(conversation, answer)
    live.refresh_from_db()
    assert live.state == state
    assert said == ["handover.follow_up_yes" if state == "confirmed" else "handover.status.open"]
    conversation.refresh_from_db()
    assert conversation.held_by == ("Mark" if state == "confirmed" else ""), "nobody holds the chat after a no"


@pytest.mark.parametrize("channel", ["the same", "another"])
def test_after_a_no_the_bot_answers_again(conversation, mark, channel):
    """The team has it back: words are not a helper's to read, and something personal is asked about. Also from another chat."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    service.write(live.pk, mark, "Ik bel zo.")
    attempts.attempt(live.pk, mark, "phone", reached=True)
    question = conversation.messages.get(key="handover.follow_up")
    payload = next(b["payload"] for b in question.buttons if '"no"' in b["payload"])
    other = make_conversation(channel="telegram")
    Conversation.objects.filter(pk=other.pk).update(resident=conversation.resident)
    press(conversation if channel == "the same" else Conversation.objects.get(pk=other.pk), payload)
    conversation.refresh_from_db()
    written = says(conversation, "mijn verblijfsvergunning loopt af")
    assert (conversation.held_by, written.to_helper) == ("", False)
    assert [reply.key for reply in later.ask(conversation, written)] == ["handover.personal_question"]
    says(conversation, "👍")
    Message.objects.filter(pk=written.pk).update(handled_at=timezone.now())
    turns.drain(conversation.pk)
    assert keys(conversation)[-1] == "turn.emoji"


def test_a_typed_yes_under_the_question_is_heard_too(conversation, mark):
    """Also while a helper holds the chat."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    service.write(live.pk, mark, "Ik bel zo.")
    attempts.attempt(live.pk, mark, "phone", reached=True)
    conversation.refresh_from_db()
    says(conversation, "ja")
    turns.drain(conversation.pk)
    live.refresh_from_db()
    assert live.state == "confirmed"


def test_an_old_yes_confirms_no_newer_handover(conversation, mark):
    """The button says which one it was about."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    attempts.attempt(live.pk, mark, "phone", reached=True)
    old = conversation.messages.last().buttons[0]["payload"]
    service.close(live.pk, mark, "helped")
    conversation.refresh_from_db()
    newer = stored(conversation)
    service.accept(newer.pk, mark)
    press(conversation, old)
    newer.refresh_from_db()
    assert (newer.state, keys(conversation)[-1]) == ("accepted", "turn.button_gone")
    assert watch.hear(conversation, True, str(live.pk)) is None


# --- a second person ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(("said", "agreed"), [('"no"', False), ('"yes"', True)])
def test_a_tap_about_a_second_person_is_heard_and_answered(conversation, mark, team, held, said, agreed):
    """One kind line, and the turn ends; whoever holds the chat."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    if held:
        service.write(live.pk, mark, "Dag, ik ben Mark.")
    joining.ask(live.pk, mark, make_helper(team, "Ingrid"))
    assert tap(conversation, said) == ["join.kept"]
    assert conversation.messages.filter(author="resident").latest("position").handled_at
    assert joining.answer(Handover.objects.get()) is agreed


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(("said", "agreed"), [("nee", False), ("ja", True)])
def test_a_typed_answer_about_a_second_person_is_heard_too(conversation, mark, team, held, said, agreed):
    """While a helper holds the chat it is written to them, and the bot says nothing."""
    live = stored(conversation)
    service.accept(live.pk, mark)
    if held:
        service.write(live.pk, mark, "Dag, ik ben Mark.")
    joining.ask(live.pk, mark, make_helper(team, "Ingrid"))
    conversation.refresh_from_db()
    Message.objects.update(handled_at=timezone.now())
    typed = says(conversation, said)
    turns.drain(conversation.pk)
    typed.refresh_from_db()
    assert (bool(typed.handled_at), keys(conversation)[-1]) == (True, "handover.joined" if held else "join.kept")
    assert joining.answer(Handover.objects.get()) is agreed


def test_a_yes_to_one_person_lets_nobody_else_in(conversation, mark, team):
    """Somebody scrolls up and taps under the question about the first; it is said that this counts no more."""
    live, ingrid, fatma = stored(conversation), make_helper(team, "Ingrid"), make_helper(team, "Fatma")
    service.accept(live.pk, mark)
    joining.ask(live.pk, mark, ingrid)
    first = button(conversation, '"yes"')
    joining.ask(live.pk, mark, fatma)
    conversation.refresh_from_db()
    press(conversation, first)
    assert (joining.answer(Handover.objects.get()), keys(conversation)[-1]) == (None, "turn.button_gone")
    with pytest.raises(NotAgreed):
        joining.join(live.pk, fatma)
    press(conversation, button_of(conversation, "Fatma"))
    joining.join(live.pk, fatma)
    press(conversation, button_of(conversation, "Fatma"))
    assert keys(conversation)[-2:] == ["join.kept", "join.kept"], "twice is once"
    assert Handover.objects.get().second == fatma


def button_of(conversation: Conversation, name: str) -> str:
    questions = conversation.messages.filter(key="handover.joined")
    asked = next(message for message in questions if name in message.text)
    return next(b["payload"] for b in asked.buttons if '"yes"' in b["payload"])


def test_a_yes_of_an_ended_request_lets_nobody_into_the_next(conversation, mark, team):
    """The same person is asked about again."""
    live, ingrid = stored(conversation), make_helper(team, "Ingrid")
    service.accept(live.pk, mark)
    joining.ask(live.pk, mark, ingrid)
    old = button(conversation, '"yes"')
    service.close(live.pk, mark, "helped")
    conversation.refresh_from_db()
    newer = stored(conversation)
    service.accept(newer.pk, mark)
    joining.ask(newer.pk, mark, ingrid)
    conversation.refresh_from_db()
    press(conversation, old)
    newer.refresh_from_db()
    assert (joining.answer(newer), keys(conversation)[-1]) == (None, "turn.button_gone")
