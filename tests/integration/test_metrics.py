"""What ``/metrics`` tells an operator, and that alerts and the dashboard ask only for what it tells."""

import json
import re
from datetime import timedelta
from pathlib import Path

import promql_parser as promql
import pytest
import yaml
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from bot import health, metrics
from bot.conversations import breaker, delivery, measures, turns
from bot.conversations.inbox import Incoming, receive
from bot.conversations.models import Conversation, Delivery, Heartbeat, Measure, Message
from bot.conversations.outbox import Reply, post
from bot.conversations.refused import SendFailed
from bot.handover import watch
from bot.handover.models import Handover
from bot.worker import _beat, _forget
from tests.integration.handover_helpers import make_conversation, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
TOKEN = {"HTTP_AUTHORIZATION": "Bearer status"}


@pytest.fixture(autouse=True)
def _counted_from_nothing(settings, rasa):
    """Only what this test does; outside there is a token, and no part but the database and a fake Rasa."""
    settings.STATUS_TOKEN = "status"
    settings.ACTIONS_URL = "http://127.0.0.1:9"
    measures._counted.clear()


def samples(text=None):
    """{(name, labels): value} as Prometheus reads it."""
    found = text_string_to_metric_families((text or metrics.render()).decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in found for s in family.samples}


def value(name, **labels):
    return samples()[f"aanspraak_{name}", tuple(sorted(labels.items()))]


def test_strangers_get_nothing_and_cost_nothing(client, settings, django_assert_num_queries):
    """Where residents come a proxy's own address is no reason to tell."""
    settings.PUBLIC_BASE_URL = "https://chat.example.nl"
    with django_assert_num_queries(0):
        for headers in ({}, {"HTTP_AUTHORIZATION": "Bearer wrong"}):
            answer = client.get("/metrics", **headers)
            assert (answer.status_code, answer.json()) == (401, {"error": "token"})
    assert client.get("/metrics", **TOKEN)["Content-Type"].startswith("text/plain")


def test_a_promise_is_told_before_it_breaks_and_when_it_broke(team, always_day):  # noqa: F811
    """Soon, late, and late without the resident having heard of it."""
    handover = stored(make_conversation())
    names = ("promises", "promises_due_soon", "promises_late", "promises_late_untold")

    def numbers(minutes):
        Handover.objects.update(due_at=timezone.now() + timedelta(minutes=minutes))
        return [value(name) for name in names]

    assert numbers(45) == [1, 0, 0, 0]
    assert numbers(20) == [1, 1, 0, 0]
    assert numbers(-1) == [1, 0, 1, 0]
    assert numbers(-10) == [1, 0, 1, 1]
    assert 590 < value("promises_late_seconds") < 660
    watch.look(timezone.now())
    assert [value(name) for name in names] == [1, 0, 1, 0]
    Handover.objects.filter(pk=handover.pk).update(state="closed")
    assert [value(name) for name in names] == [0, 0, 0, 0]


def test_at_night_nothing_is_overdue_to_be_told(team, monkeypatch):  # noqa: F811
    """The bot wakes nobody, so that an alert must not either."""
    stored(make_conversation())
    Handover.objects.update(due_at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(watch, "by_day", lambda now: False)
    assert (value("promises_late"), value("promises_late_untold")) == (1, 0)


def test_waiting_messages_and_their_age(rasa):
    """Until they are answered; afterwards the turn is in the histogram, with Rasa's share."""
    jobs = samples().get(("aanspraak_jobs_waiting", (("queue", "turns"),)), 0)  # an earlier test may have left some
    conversation = receive(Incoming("webchat", "a", text="hoi")).conversation_id
    Message.objects.update(created_at=timezone.now() - timedelta(seconds=100))
    assert value("turns_waiting") == 1
    assert 100 <= value("turns_waiting_oldest_seconds") < 300
    assert value("jobs_waiting", queue="turns") == jobs + 1
    turns.drain(conversation)
    measures.flush()
    assert value("turns_waiting") == value("turns_waiting_oldest_seconds") == 0
    assert [value("turn_seconds_bucket", le=le) for le in ("60.0", "300.0", "+Inf")] == [0, 1, 1]
    assert value("turn_seconds_sum") >= 100
    assert value("rasa_seconds_count") == 1


def test_a_rasa_that_fails_is_counted_by_how(settings, rasa):
    """Away, and there but without a result."""
    conversation = receive(Incoming("webchat", "a", text="hoi")).conversation_id
    rasa.answer = lambda body: None
    turns.drain(conversation)
    settings.RASA_URL = "http://127.0.0.1:9"
    turns.drain(conversation)
    measures.flush()
    assert [value("rasa_failures_total", kind=kind) for kind in ("no_result", "unreachable", "too_slow")] == [1, 1, 0]
    assert value("part_up", part="rasa") == value("rasa_ready") == 0
    assert value("part_up", part="database") == 1


class Provider:
    """Takes what ``fails`` does not name."""

    fails: SendFailed | None = None

    def send(self, conversation, message):
        if self.fails:
            raise self.fails
        return f"id.{message.pk}"


def test_what_goes_to_a_provider_and_what_does_not(monkeypatch):
    """On its way, sent, given up; a paused provider."""
    provider = Provider()
    monkeypatch.setattr(delivery, "_transports", {"telegram": provider})
    receive(Incoming("telegram", "7", text="hoi", provider_id="n"))
    conversation = Conversation.objects.get()
    post(conversation, [Reply("een")])
    assert value("outbox", state="pending") == 1
    delivery.deliver(conversation.pk)
    provider.fails = SendFailed("bad_request", permanent=True)
    post(conversation, [Reply("twee")])
    delivery.deliver(conversation.pk)
    measures.flush()
    assert [value("outbox", state=state) for state in ("pending", "failed", "parked")] == [0, 1, 0]
    assert [value("deliveries_total", channel="telegram", outcome=o) for o in ("sent", "failed", "parked")] == [1, 1, 0]
    assert value("delivery_seconds_count") == 1
    breaker.pause("telegram", 60, "server_error")
    assert [value("provider_paused", channel=channel) for channel in ("telegram", "whatsapp")] == [1, 0]
    Delivery.objects.update(updated_at=timezone.now() - timedelta(days=2))
    assert value("outbox", state="failed") == 0


def test_only_what_could_be_sent_is_late_and_each_channel_for_itself():
    """One message put off by its provider, and those behind it, wake nobody; a sender that died over one does."""
    for channel in ("telegram", "whatsapp"):
        receive(Incoming(channel, "31612345678", text="hoi", provider_id=channel))
    first, second = Conversation.objects.order_by("pk")
    post(first, [Reply("een"), Reply("twee")])
    post(second, [Reply("een")])
    now = timezone.now()
    Message.objects.update(created_at=now - timedelta(hours=1))

    def late(telegram, whatsapp, **changed):
        moments = (Delivery.objects.filter(message__channel="whatsapp"), whatsapp), (_of(first, "een"), telegram)
        for rows, minutes in moments:
            rows.update(due_at=now - timedelta(minutes=minutes), **changed)
        return [value("outbox_oldest_seconds", channel=channel) // 60 for channel in ("telegram", "whatsapp")]

    _of(first, "twee").update(due_at=now - timedelta(minutes=50))
    assert late(-10, -10) == [0, 0]
    assert late(-10, 9) == [0, 9]
    assert late(7, 9, state="sending") == [7, 9]
    Delivery.objects.update(state="sent")
    assert late(7, 9, state="sent") == [0, 0]


def _of(conversation, text):
    position = {"een": 0, "twee": 1}[text]
    rows = Delivery.objects.filter(message__conversation=conversation).order_by("message__position")
    return Delivery.objects.filter(pk=rows[position].pk)


def test_every_worker_counts_and_a_silent_one_is_seen(monkeypatch):
    """Two on one queue; the age is that of the one heard last."""
    monkeypatch.setattr(health, "FRESH", 150.0)  # a busy machine must not be what makes one silent
    assert value("heartbeat_age_seconds", queue="turns") == 86400
    _beat("turns")
    Heartbeat.objects.create(process="turns@other.7", at=timezone.now() - timedelta(seconds=60))
    Heartbeat.objects.create(process="turns@gone.8", at=timezone.now() - timedelta(hours=2))
    assert (value("workers", queue="turns"), value("workers", queue="delivery")) == (2, 0)
    assert value("heartbeat_age_seconds", queue="turns") < 60
    assert (value("part_up", part="turns"), value("part_up", part="delivery")) == (1, 0)
    _forget()
    assert not Heartbeat.objects.filter(process="turns@gone.8").exists()


def test_what_two_workers_counted_is_added_and_nothing_is_lost_with_the_database(monkeypatch):
    """A count that could not be written waits for the next beat."""
    for _ in range(2):
        measures.count("deliveries", "telegram", "sent")
        measures.flush()
    measures.count("deliveries", "telegram", "sent")
    with monkeypatch.context() as broken:
        broken.setattr(measures, "_ADD", "SELECT 1 FROM nowhere WHERE 'a' = ANY(%s) OR 'a' = ANY(%s) OR 1 = ANY(%s)")
        with pytest.raises(measures.DatabaseError):
            measures.flush()
    measures.flush()
    assert Measure.objects.get().value == 3


def test_no_label_tells_of_a_person(team):  # noqa: F811
    """Only these labels, and of each only values that are about the machine."""
    stored(make_conversation(language="ti"))
    known = {
        "part": {"database", "rasa", "actions", "turns", "delivery"},
        "queue": {"turns", "delivery"},
        "channel": {"telegram", "whatsapp"},
        "state": {"pending", "failed", "parked"},
        "outcome": {"sent", "put_off", "parked", "failed"},
        "kind": {"too_slow", "unreachable", "no_result"},
        "le": {*map(str, measures.BOUNDS), "+Inf"},
    }
    told = {}
    for _, labels in samples():
        for label, text in labels:
            told.setdefault(label, set()).add(text)
    assert told == known


# --- the files under deploy/ -------------------------------------------------------------------------------------


def selectors(node):
    """Every series that an expression asks for."""
    if isinstance(node, promql.VectorSelector):
        return [node]
    inner = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "args", "vector_selector", "param")]
    flat = [x for each in inner if each is not None for x in (each if isinstance(each, list) else [each])]
    return [found for each in flat for found in selectors(each)]


def alerts():
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def asked_for():
    """(where, expression) of every alert and every panel."""
    board = json.loads((DEPLOY / "grafana" / "aanspraak.json").read_text(encoding="utf-8"))
    panels = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]
    return [(rule["alert"], rule["expr"]) for rule in alerts()] + panels


def unknown(expression, told):
    """What an expression asks for and nobody tells."""
    wrong = []
    for selector in selectors(promql.parse(expression)):
        series = [dict(labels) for name, labels in told if name == selector.name]
        names = {label for labels in series for label in labels}
        wrong += [selector.name] if not series else []
        for matcher in selector.matchers.matchers:
            if series and not any(labels.get(matcher.name) == matcher.value for labels in series):
                wrong.append(f"{selector.name}{{{matcher.name}}}")
        grouped = {label for by in re.findall(r"by \(([^)]*)\)", expression) for label in re.split(r",\s*", by)}
        if series and len(selectors(promql.parse(expression))) == 1:
            wrong += sorted(f"{selector.name} by {label}" for label in grouped - names)
    return wrong


def test_alerts_and_the_dashboard_ask_only_for_what_is_told():
    """A metric that was renamed, or a label that it has not, fails here: that alert would never fire."""
    told = samples()
    assert len(asked_for()) > 30
    assert {where: wrong for where, text in asked_for() if (wrong := unknown(text, told))} == {}
    assert unknown("max(aanspraak_promise) > 0", told) == ["aanspraak_promise"]
    assert unknown('rate(aanspraak_deliveries_total{outcome="lost"}[5m])', told) == ["aanspraak_deliveries_total{outcome}"]
    assert unknown("max by (team) (aanspraak_promises)", told) == ["aanspraak_promises by team"]


def test_a_paused_provider_silences_its_own_channel_alone():
    """While one was paused nobody was woken for the other, whose sender had died."""
    rule = next(rule for rule in alerts() if rule["alert"] == "AnswersWait")
    found = promql.parse(rule["expr"])
    late, paused = found.lhs, found.rhs
    assert str(found.op) == "unless"
    assert [found.modifier.matching.labels, str(late.op), str(paused.op)] == [["channel"], ">", "=="]
    assert [selector.name for selector in selectors(late)] == ["aanspraak_outbox_oldest_seconds"]
    assert [selector.name for selector in selectors(paused)] == ["aanspraak_provider_paused"]


def test_the_first_alerts_are_about_promises_and_each_says_what_to_do():
    """In the file and in the operator's guide."""
    found = alerts()
    assert [rule["alert"] for rule in found][:3] == ["PromiseAboutToBreak", "PromiseBroken", "LatenessNotTold"]
    guide = (DEPLOY.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    for rule in found:
        assert rule["labels"]["severity"] in {"now", "today"}
        assert rule["annotations"]["description"]
        assert f"`{rule['alert']}`" in guide
        for label in re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])):
            assert f"by ({label})" in rule["expr"]


def test_every_metric_is_asked_for_somewhere():
    """What nobody looks at is not worth its query."""
    asked = {selector.name for _, text in asked_for() for selector in selectors(promql.parse(text))}
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _ in samples()}
    assert told - {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} == set()
