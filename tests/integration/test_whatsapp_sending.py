"""WhatsApp over HTTP: what goes out, what becomes of it, and when it must wait."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.utils import timezone

from bot.channels.whatsapp import client, statuses, transport
from bot.conversations import breaker, outbox, parking, templates
from bot.conversations import delivery as outgoing
from bot.conversations.models import Conversation, Delivery, Message, Provider, Recording
from bot.conversations.outbox import Reply
from bot.conversations.texts import say
from bot.testing import whatsapp as told
from bot.testing.whatsapp_bodies import body, change, message, status
from tests.integration.whatsapp_setting import PATH, PHONE, SECRET, deliver, fake_whatsapp, found, post, said

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
DOORS = (("Iets te doen", "/neighbourhood_activity"), ("Een brief", '/letter_not_understood{"a":"' + "x" * 300 + '"}'))


@pytest.fixture
def fake(settings, monkeypatch):
    with fake_whatsapp(settings, monkeypatch) as server:
        post(body(change([message(PHONE, "hoi")])))
        yield server


def _bot_says(*texts, buttons=(), lang="nl", author="bot"):
    conversation = found()
    return outbox.post(conversation, [Reply(text, tuple(buttons), lang=lang, author=author) for text in texts])


def _state():
    return Delivery.objects.order_by("message__position").values_list("state", flat=True).last()


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


def test_a_status_that_names_our_own_id_settles_an_unknown_outcome(fake):
    """Nothing is sent twice."""
    _bot_says("dag")
    fake.will(told.cut_off())
    deliver()
    sent = fake.sent(PHONE)[0]
    post(body(change(statuses=[status(sent["id"], "sent", biz_opaque_callback_data=sent["biz_opaque_callback_data"])])))
    assert deliver(waits_over=True) == [("sent", "")]
    post(body(change(statuses=[status(sent["id"], "read")])))
    assert (_state(), fake.texts(PHONE)) == ("read", ["dag"])


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


# --- statuses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "order", [("sent", "delivered", "read"), ("read", "delivered", "sent"), ("read", "failed"), ("played", "sent")]
)
def test_a_state_only_moves_forward(fake, order):
    """In whatever order they come, and twice."""
    _bot_says("dag")
    deliver()
    provider_id = fake.sent(PHONE)[0]["id"]
    for state in (*order, *order):
        assert post(body(change(statuses=[status(provider_id, state)]))).status_code == 200
    assert _state() == "read"


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [(131026, "failed", "undeliverable"), (131047, "parked", "window"), (130429, "pending", "too_many"),
     (None, "failed", "unknown_reason"), (131053, "pending", "server_error"), (130472, "failed", "not_now")],
)  # fmt: skip
def test_a_failure_that_comes_later_means_the_same(fake, code, state, reason):
    """Matched on the id alone, once however often it comes; what is tried again gets another id."""
    _bot_says("dag")
    deliver()
    failed = {"id": fake.sent(PHONE)[0]["id"], "status": "failed", **({"errors": [{"code": code}]} if code else {})}
    for _ in range(2):
        post(body(change(statuses=[failed])))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (state, reason)
    if state == "pending":
        Provider.objects.update(closed_until=None)
        assert deliver(waits_over=True) == [("sent", "")]
        post(body(change(statuses=[status(fake.sent(PHONE)[1]["id"], "delivered")])))
        assert _state() == "delivered"


def _long(fake):
    """A message in two parts, with buttons under the second."""
    _bot_says("Dit is een zin van enkele woorden. " * 50, buttons=DOORS)


def _tell(sent, state, code=None):
    """News of one message that the fake took, with our own id as WhatsApp brings it back."""
    post(body(change(statuses=[status(sent["id"], state, code, biz_opaque_callback_data=sent["biz_opaque_callback_data"])])))


def test_what_became_of_the_first_part_does_not_settle_the_message(fake):
    """The second part, with the buttons, was put off: it is still sent, nothing twice, and its own failure is heard."""
    _long(fake)
    fake.will(told.Answer(200, carry_out=True), told.error(131056))
    assert deliver() == [("pending", "too_many")]
    _tell(fake.sent(PHONE)[0], "sent")
    _tell(fake.sent(PHONE)[0], "delivered")
    assert deliver(waits_over=True) == [("sent", "")]
    first, second = fake.sent(PHONE)
    assert ("interactive" in first, "interactive" in second) == (False, True)
    _tell(second, "failed", 131026)
    assert list(Delivery.objects.values_list("state", "error")) == [("failed", "undeliverable")]


@pytest.mark.parametrize(
    ("code", "state", "killed_in"),
    [(131047, "parked", "fail"), (131026, "failed", "fail"), (130429, "pending", "fail"), (130429, "pending", "announce")],
)
def test_a_failure_that_we_were_killed_at_is_acted_on_when_it_comes_again(fake, monkeypatch, code, state, killed_in):
    """Half of it is not kept: WhatsApp repeats what was not answered with 200."""
    _bot_says("dag")
    deliver()
    told_us = body(change(statuses=[status(fake.sent(PHONE)[0]["id"], "failed", code)]))
    with monkeypatch.context() as patch:
        patch.setattr(statuses, killed_in, Mock(side_effect=OperationalError))
        assert post(told_us).status_code == 503
    assert _state() == "sent"
    assert post(told_us).status_code == 200
    assert _state() == state


@pytest.mark.parametrize("late", ["sent", "delivered"])
def test_a_failed_send_is_made_again_though_its_earlier_news_comes_later(fake, late):
    """WhatsApp promises no order; what is sent again has another id, and that one counts."""
    _bot_says("dag")
    deliver()
    first = fake.sent(PHONE)[0]
    _tell(first, "failed", 130429)
    _tell(first, late)
    assert _state() == "pending"
    Provider.objects.update(closed_until=None)
    assert deliver(waits_over=True) == [("sent", "")]
    _tell(fake.sent(PHONE)[1], "delivered")
    assert (_state(), fake.texts(PHONE)) == ("delivered", ["dag", "dag"])


@pytest.mark.parametrize(("code", "state"), [(130429, "pending"), (131047, "parked"), (131026, "failed")])
def test_a_failure_told_before_we_noted_the_send_stands(fake, monkeypatch, code, state):
    """The news is quicker than our own worker; what goes out later is known by its own id."""
    usual = outgoing._transports["whatsapp"]
    sends = []

    def send(conversation, message):
        sends.append(usual.send(conversation, message))
        if len(sends) == 1:
            _tell(fake.sent(PHONE)[0], "failed", code)
        return sends[-1]

    monkeypatch.setattr(outgoing, "_transports", {"whatsapp": Mock(send=send, ids_are_global=True, pace=None)})
    _bot_says("dag")
    deliver()
    assert (_state(), Message.objects.filter(author="bot").get().provider_hash) == (state, None)
    Provider.objects.update(closed_until=None)
    Delivery.objects.filter(state__in=("parked", "failed")).update(state="pending")
    Conversation.objects.update(window_until=timezone.now() + timedelta(hours=24))
    assert deliver(waits_over=True) == [("sent", "")]
    _tell(fake.sent(PHONE)[1], "read")
    assert _state() == "read"


def test_news_of_what_we_do_not_know_and_of_residents_messages_is_dropped(fake):
    """200 and nothing else."""
    theirs = Message.objects.get().provider_id
    for provider_id in (theirs, "wamid.unknown", ""):
        assert post(body(change(statuses=[status(provider_id, "read", biz_opaque_callback_data="99")]))).status_code == 200
    assert not Delivery.objects.exists()


# --- the 24-hour window ------------------------------------------------------------------------------------------


@pytest.fixture
def approved(monkeypatch):
    found = templates.Template("new_message", "new_message", "nl", "nl", "Er staat iets klaar.", "approved", "UTILITY")
    monkeypatch.setattr(templates, "registered", lambda: (found,))


def _silent_for(hours):
    Conversation.objects.update(window_until=timezone.now() + timedelta(hours=24 - hours))


def test_within_24_hours_an_answer_is_sent_and_after_that_it_waits(fake, approved):
    """Counted from the message's own time; free text is refused before any call."""
    _silent_for(23.9)
    _bot_says("op tijd", author="helper")
    assert deliver() == [("sent", "")]
    _silent_for(24.1)
    _bot_says("te laat", "nog later", author="helper")
    deliver()
    deliver()
    states = list(Delivery.objects.order_by("message__position").values_list("state", flat=True))
    assert states == ["sent", "parked", "parked", "sent"]
    asked = fake.sent(PHONE)[1:]
    assert [(s["type"], s["template"]["name"]) for s in asked] == [("template", "new_message")]


def test_what_waited_is_delivered_in_order_when_the_resident_writes(fake, approved):
    """And the template may be needed again another day."""
    _silent_for(25)
    _bot_says("een", "twee", author="helper")
    deliver()
    assert Conversation.objects.get().asked_back_at
    post(body(change([message(PHONE, "ja?")])))
    deliver()
    assert [text for text in fake.texts(PHONE) if text] == ["een", "twee"]
    assert Conversation.objects.get().asked_back_at is None


@committed
def test_a_worker_killed_while_it_parks_leaves_nobody_unasked(fake, approved, monkeypatch):
    """Neither between the parking and the asking, nor between the asking and its message."""
    _silent_for(25)
    _bot_says("te laat", author="helper")

    def killed(*_):
        raise SystemExit

    for name in ("_ask_back", "post"):
        with monkeypatch.context() as patch:
            patch.setattr(parking, name, killed)
            with pytest.raises(SystemExit):
                deliver(waits_over=True)
        assert (_state(), Conversation.objects.get().asked_back_at) == ("sending", None)
        Delivery.objects.update(due_at=timezone.now())  # a minute later: it is taken up again
    deliver()
    deliver()
    assert [s["type"] for s in fake.sent(PHONE)] == ["template"]


def test_a_message_that_comes_30_hours_late_opens_no_window(fake):
    """Its answer is parked, and without an approved template nothing at all is sent."""
    _silent_for(30)
    late = message(PHONE, "hallo?", at=(timezone.now() - timedelta(hours=30)).timestamp())
    post(body(change([late])))
    outbox.post(found(), [Reply("dag")])
    assert deliver() == [("parked", "window")]
    assert said() == ["hoi", "hallo?"]
    assert not fake.sent(PHONE)


def test_a_phone_that_others_read_hears_nothing_unasked(fake, approved):
    """No template either."""
    _silent_for(25)
    conversation = found()
    conversation.resident.discreet = True
    conversation.resident.save()
    _bot_says("een", author="helper")
    assert deliver() == [("parked", "window")]
    assert not fake.sent(PHONE)


def test_when_whatsapp_says_the_window_is_closed_it_is(fake):
    """131047, whatever we counted: the next one is not even tried."""
    _bot_says("een", "twee")
    fake.will(told.error(131047))
    assert deliver() == [("parked", "window")] * 2
    assert len([c for c in fake.calls if c.params.get("type") == "text"]) == 1


def test_a_late_word_that_the_window_is_closed_does_not_close_what_the_resident_opened_since(fake, approved):
    """What failed and the answer to the new message go out; nobody is asked to write who just did."""
    _bot_says("een")
    _silent_for(23.9)
    deliver()
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=9), updated_at=timezone.now() - timedelta(minutes=10))
    post(body(change([message(PHONE, "ben je er nog?")])))
    _tell(fake.sent(PHONE)[0], "failed", 131047)
    _bot_says("twee")
    assert deliver() == [("sent", "")] * 2
    assert fake.texts(PHONE) == ["een", "een", "twee"]


def test_a_word_that_the_window_is_closed_counts_for_what_was_sent_after_the_residents_last(fake):
    """Whenever it comes, and whatever we counted."""
    _bot_says("een")
    _silent_for(1)
    deliver()
    _tell(fake.sent(PHONE)[0], "failed", 131047)
    _bot_says("twee")
    assert deliver() == [("parked", "window")] * 2


def test_who_writes_while_a_send_is_refused_has_opened_the_window(fake, monkeypatch):
    """The refusal was of what was sent before."""
    _silent_for(23.9)
    _bot_says("een")
    fake.will(told.error(131047))
    usual = client.current().send_message
    sends = []

    def send_message(*args, **more):
        sends.append(args)
        if len(sends) == 1:
            post(body(change([message(PHONE, "hallo?", at=(timezone.now() + timedelta(seconds=2)).timestamp())])))
        return usual(*args, **more)

    monkeypatch.setattr(client, "current", lambda: Mock(send_message=send_message))
    assert deliver() == [("sent", "")]
    assert fake.texts(PHONE) == ["een"]


def test_the_desk_shows_until_when_an_answer_goes_through(fake):
    """And that it waits afterwards."""
    from bot.desk.sheet import _window
    from bot.handover.models import Handover

    handover, now = Handover(conversation=found()), timezone.now()
    assert _window(handover, now).startswith("WhatsApp laat je antwoord door tot")
    _silent_for(25)
    assert "wacht tot de bewoner weer schrijft" in _window(Handover(conversation=found()), now)
