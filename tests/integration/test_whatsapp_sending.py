"""WhatsApp over HTTP: what goes out, in which shape, and what goes wrong."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

from datetime import timedelta

import pytest
from django.utils import timezone

from bot.channels.whatsapp import transport
from bot.conversations import breaker, outbox, templates
from bot.conversations.models import Delivery, Message, Provider, Recording
from bot.conversations.outbox import Reply
from bot.conversations.texts import say
from bot.testing import whatsapp as told
from bot.testing.whatsapp_bodies import body, change, message
from tests.integration.whatsapp_setting import (  # noqa: F401
    DOORS,
    PATH,
    PHONE,
    SECRET,
    TEMPLATE,
    _bot_says,
    approved,
    deliver,
    fake,
    found,
    post,
)

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


# --- shapes ------------------------------------------------------------------------------------------------------


def test_a_text_is_sent_as_it_is_without_a_preview(fake):
    """Arabic keeps its marks; every message carries our own id, which statuses bring back."""
    texts = ["\u200fمرحبا، أنا هنا", "<b>{{x}}</b> https://example.nl"]
    stored = _bot_says(*texts)
    assert deliver() == [("sent", "")] * 2
    assert fake.texts(PHONE) == texts
    sent = fake.sent(PHONE)
    assert [s["text"]["preview_url"] for s in sent] == [False, False]
    assert [s["biz_opaque_callback_data"] for s in sent] == [str(m.delivery.pk) for m in stored]


def test_up_to_three_short_choices_are_buttons(fake):
    """The button's id travels, never its payload."""
    _bot_says("Waar kan ik mee helpen?", buttons=DOORS)
    assert deliver() == [("sent", "")]
    action = fake.sent(PHONE)[0]["interactive"]["action"]
    offered = Message.objects.filter(author="bot").last().buttons
    assert [b["reply"] for b in action["buttons"]] == [{"id": b["id"], "title": b["title"]} for b in offered]
    assert [b["title"] for b in offered] == ["Iets te doen", "Een brief"]


@pytest.mark.parametrize(
    "titles", [["een", "twee", "drie", "vier"], ["Een titel van te veel tekens"], ["zelfde", "zelfde"]],
)  # fmt: skip
def test_other_choices_are_a_list(fake, titles):
    """More than three, longer than 20 characters, or twice the same."""
    _bot_says("Kies maar.", buttons=[(title, "/help") for title in titles], lang="tr")
    assert deliver() == [("sent", "")]
    action = fake.sent(PHONE)[0]["interactive"]["action"]
    assert action["button"] == say("chat.choose", "tr").text
    rows = action["sections"][0]["rows"]
    assert [row.get("description") or row["title"] for row in rows] == titles
    assert all(len(row["title"]) <= 24 for row in rows)


def test_a_long_text_with_many_choices_goes_in_parts(fake):
    """Text first, cut at sentences; at most 1024 characters stand above the choices, at most ten rows below."""
    _bot_says("Dit is een zin van enkele woorden. " * 200, buttons=[(f"Keuze {n}", "/help") for n in range(23)])
    assert deliver() == [("sent", "")]
    sent = fake.sent(PHONE)
    rows = [len(s["interactive"]["action"]["sections"][0]["rows"]) for s in sent if "interactive" in s]
    assert rows == [10, 10, 3]
    assert sum(text.count("zin") for text in fake.texts(PHONE)) == 200
    assert all(text.endswith(".") for text in fake.texts(PHONE)[:-2])


@committed
def test_a_tap_on_a_button_or_row_comes_back_as_its_payload(fake, live_server):
    """Over HTTP both ways; a repeat of the tap does nothing."""
    fake.webhook = (f"{live_server.url}{PATH}", SECRET)
    _bot_says("Kies.", buttons=DOORS)
    _bot_says("Kies uit veel.", buttons=[(f"Keuze {n}", "/help") for n in range(5)])
    deliver()
    assert [fake.tap(PHONE, "Een brief"), fake.tap(PHONE, "Keuze 3")] == [200, 200]
    taps = [(m.text, m.payload[:8]) for m in Message.objects.filter(kind="tap").order_by("position")]
    assert taps == [("Een brief", "/letter_"), ("Keuze 3", "/help")]


def test_who_has_no_phone_number_is_written_to_by_user_id(fake):
    """``recipient`` instead of ``to``."""
    post(body(change([message("NL.77", "hoi")])))
    outbox.post(found("", "NL.77"), [Reply("dag")])
    deliver("", user_id="NL.77")
    assert [(s.get("recipient"), s.get("to")) for s in fake.sent("NL.77")] == [("NL.77", None)]


def test_where_a_user_id_is_refused_the_known_number_is_tried(fake):
    """131062, once."""
    post(body(change([message("NL.77", "hoi")])))
    post(body(change([message("31600000005", "ik weer", from_user_id="NL.77")])))
    outbox.post(found("", "NL.77"), [Reply("dag")])
    fake.will(told.error(131062))
    assert deliver("", user_id="NL.77") == [("sent", "")]
    assert fake.texts("31600000005") == ["dag"]


@pytest.mark.parametrize("kind", ["template", "audio", "text"])
def test_a_template_and_a_voice_go_to_the_known_number_too_and_so_does_the_farewell(fake, approved, kind):
    """They failed for good: nobody was asked to write, nobody heard what they asked to hear."""
    post(body(change([message("NL.77", "hoi")])))
    post(body(change([message("31600000005", "ik weer", from_user_id="NL.77")])))
    conversation = found("", "NL.77")
    fake.will(told.error(131062))
    if kind == "text":
        transport.say_farewell(conversation, Reply("Alles is weg."))
    else:
        voice = Recording.objects.create(
            key="utter_help", language="nl", text="x", digest="x", content=b"ID3", mime="audio/mpeg", speaker="F", by="i"
        )
        reply = (
            Reply("Er staat iets klaar.", key=f"{templates.KEY}new_message") if kind == "template" else Reply("", voice=voice.pk)
        )
        outbox.post(conversation, [reply])
        assert deliver("", user_id="NL.77") == [("sent", "")]
    assert [s["type"] for s in fake.sent("31600000005")] == [kind]


def test_a_message_is_marked_as_read_with_a_typing_sign(fake):
    """Its failure changes nothing."""
    sign = fake.wait_for(lambda: [c.params for c in fake.calls if c.params.get("status") == "read"])[0]
    assert sign["typing_indicator"] == {"type": "text"}
    assert sign["message_id"] == Message.objects.get().provider_id


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (told.error(130429, 429), "pending", "too_many"), (told.error(131048), "pending", "too_many"),
        (told.error(80007), "pending", "too_many"), (told.error(4), "pending", "too_many"),
        (told.error(131056), "pending", "too_many"), (told.error(131016, 503), "pending", "server_error"),
        (told.error(131000, 500), "pending", "server_error"), (told.error(2, 500), "pending", "server_error"),
        (told.error(131057), "pending", "server_error"), (told.error(99, is_transient=True), "pending", "server_error"),
        (told.error(131026), "failed", "undeliverable"), (told.error(131049), "failed", "not_now"),
        (told.error(131050), "failed", "opted_out"), (told.error(130472), "failed", "not_now"),
        (told.error(131051), "failed", "bad_request"), (told.error(100), "failed", "bad_request"),
        (told.error(131021), "failed", "bad_request"), (told.error(132015), "failed", "template"),
        (told.error(131047), "parked", "window"), (told.error(190, 401), "pending", "channel_down"),
        (told.error(131031, 403), "pending", "channel_down"), (told.error(10, 403), "pending", "channel_down"),
        (told.server_error(502), "pending", "no_answer"), (told.cut_off(), "pending", "no_answer"),
        (told.broken_json(), "pending", "bad_answer"), (told.error(99), "failed", "bad_request"),
        (told.error(613), "pending", "too_many"), (told.Answer(403, b"<html>"), "pending", "channel_down"),
        (told.Answer(401, b"<html>"), "pending", "channel_down"), (told.Answer(404, b"<html>"), "failed", "unknown_reason"),
        (told.Answer(429, b"<html>"), "pending", "too_many"),
    ],
)  # fmt: skip
def test_an_error_is_understood_by_its_code(fake, answer, state, code):
    """Throttled, transient, permanent, window, channel down, unknown outcome."""
    _bot_says("dag")
    fake.will(answer)
    assert deliver() == [(state, code)]


def test_retry_after_is_obeyed_and_the_order_kept(fake):
    """For everybody: the limit is the number's."""
    _bot_says("een", "twee")
    fake.will(told.error(130429, 429, retry_after=7))
    began = timezone.now()
    assert deliver() == [("pending", "too_many"), ("pending", "")]
    assert 6.9 <= (Delivery.objects.order_by("pk").first().due_at - began).total_seconds() <= 60
    assert 6.9 <= (breaker.closed_until("whatsapp") - began).total_seconds() <= 60
    Provider.objects.update(closed_until=began)
    assert deliver(waits_over=True) == [("sent", "")] * 2
    assert fake.texts(PHONE) == ["een", "twee"]


def test_while_the_channel_is_down_nobody_is_sent_anything_and_no_attempt_counts(fake):
    """A wrong token is mended by a person; then everything goes."""
    _bot_says("een")
    fake.will(told.error(190, 401))
    assert deliver() == [("pending", "channel_down")]
    sends = len(fake.calls)
    assert deliver(waits_over=True) == [("pending", "channel_down")]
    assert (len(fake.calls), Delivery.objects.get().attempts) == (sends, 0)
    Provider.objects.update(closed_until=timezone.now())
    assert deliver(waits_over=True) == [("sent", "")]


def test_a_provider_that_fails_again_and_again_is_left_alone_for_a_while(fake):
    """After five failures in a row, over all conversations; one success closes the breaker."""
    _bot_says("een")
    fake.will(*[told.error(131016, 503)] * 5)
    for _ in range(5):
        deliver(waits_over=True)
    assert breaker.closed_until("whatsapp")
    Provider.objects.update(closed_until=timezone.now())
    assert deliver(waits_over=True) == [("sent", "")]
    assert (breaker.closed_until("whatsapp"), Provider.objects.get().failures) == (None, 0)


def test_an_unknown_outcome_waits_a_minute_for_a_status_and_then_sends_once_more(fake):
    """The answer was lost: WhatsApp has it, or not."""
    _bot_says("dag")
    fake.will(told.cut_off())
    began = timezone.now()
    assert deliver() == [("pending", "no_answer")]
    assert (Delivery.objects.get().due_at - began).total_seconds() > 59
    assert deliver(waits_over=True) == [("sent", "")]
    assert fake.texts(PHONE) == ["dag", "dag"]


def test_a_bots_answer_that_lay_for_a_day_is_not_sent_and_a_persons_is(fake):
    """It answers a question that nobody has any more."""
    outbox.post(found(), [Reply("oud antwoord")], Message.objects.get())
    _bot_says("van Fatma", author="helper")
    Message.objects.exclude(author="resident").update(created_at=timezone.now() - timedelta(hours=25))
    assert deliver() == [("failed", "too_old"), ("sent", "")]
    assert fake.texts(PHONE) == ["van Fatma"]


def test_one_person_gets_no_more_than_whatsapp_allows(fake):
    """A burst of 45; the next waits some seconds, without an attempt."""
    _bot_says(*[f"bericht {n}" for n in range(47)])
    states = deliver()
    assert (states.count(("sent", "")), states.count(("pending", ""))) == (45, 2)
    waiting = Delivery.objects.filter(state="pending").order_by("pk").first()
    assert (waiting.attempts, waiting.due_at > timezone.now()) == (0, True)
