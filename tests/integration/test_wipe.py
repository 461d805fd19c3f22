"""After a wipe nothing of a resident is left in any table, and nobody else lost a word."""

import base64
import gzip
import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from bot.conversations.inbox import Incoming, Received, receive
from bot.conversations.models import (
    Alias,
    Attachment,
    Conversation,
    Delivery,
    Drawer,
    ForgottenMessage,
    JoinCode,
    Message,
    RasaSession,
    Resident,
    TurnResult,
)  # fmt: skip
from bot.desk.models import Told, Translation
from bot.handover.models import Draft, Handover, HandoverEvent
from bot.learning.consent import owner_of
from bot.learning.models import LearningConsent, Sample
from bot.neighbourhood.models import Team
from bot.privacy import wipe
from bot.privacy.exceptions import AlreadyRegistered
from bot.privacy.keys import keyed_hash
from bot.testing.dump import search_everything
from tests.integration.handover_helpers import make_helper

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def empty_queue(transactional_db):
    """Procrastinate's tables are no models of ours: Django empties them after no test."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """Other rooms' wipers and keepers stay; those of a test go with it."""
    monkeypatch.setattr(wipe, "_wipers", dict(wipe._wipers))
    monkeypatch.setattr(wipe, "_keepers", dict(wipe._keepers))


def _defer(conversation, status="todo"):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('turns', 'drain', jsonb_build_object('conversation_id', %s::bigint), %s::procrastinate_job_status)",
            [conversation.pk, status],
        )


def _jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'conversation_id', status::text FROM procrastinate_jobs")
        return cursor.fetchall()


def _plant(word, channel="telegram", resident=None, at=None):
    """A resident with a row in every table that knows residents, each holding ``word``."""
    resident = resident or Resident.objects.create(area="3061")
    conversation = Conversation.objects.create(
        resident=resident, channel=channel, address_hash=keyed_hash(channel, word), address=f"{word}-address",
        start_param=word, held_by=f"{word}-helper", last_position=2,
    )  # fmt: skip
    said = Message.objects.create(
        conversation=conversation, position=1, author="resident", text=f"ik heb {word}", payload=word, channel=channel,
        provider_hash=keyed_hash("provider", word), provider_id=f"wamid.{base64.b64encode(word.encode()).decode()}",
    )  # fmt: skip
    answer = Message.objects.create(
        conversation=conversation, position=2, author="bot", text=f"over {word}", buttons=[{"title": word}], channel=channel,
        reply_to=said,
    )  # fmt: skip
    Delivery.objects.create(message=answer, error=f"{word}-code")
    TurnResult.objects.create(message=said, replies=[{"text": word}])
    RasaSession.objects.create(sender_id=f"{word}-session", conversation=conversation, events=[{"text": word}])
    RasaSession.objects.create(sender_id=str(conversation.rasa_sender), events=[{"text": f"loose {word}"}])
    Drawer.objects.create(conversation=conversation, message=said, kind="phone", value=word, expires_at=timezone.now() + DAY)
    Draft.objects.create(conversation=conversation, wishes={"note": word})
    _hand_over(conversation, said, word)
    _defer(conversation)
    if at:
        Conversation.objects.filter(pk=conversation.pk).update(created_at=at)
        Message.objects.filter(conversation=conversation).update(created_at=at)
    return conversation


def _hand_over(conversation, said, word):
    if conversation.resident.handovers.exists():
        return
    team, _ = Team.objects.get_or_create(name="Wijkteam Noord")
    handover = Handover.objects.create(
        resident=conversation.resident, conversation=conversation, team=team, language="nl", wishes={"note": word},
        receipt=[word], source_message=said, due_at=timezone.now() + DAY, outcome=f"{word}-outcome",
    )  # fmt: skip
    handover.messages.add(said)
    HandoverEvent.objects.create(handover=handover, kind="created", note=word)


def _plant_the_rest(word):
    """What a resident may leave besides: a second app, aliases, codes, files, a yes to learning and what came of it."""
    conversation = _plant(word)
    joined = _plant(word + "-elders", channel="whatsapp", resident=conversation.resident)
    Alias.objects.create(conversation=joined, channel="whatsapp", kind="phone", value_hash=keyed_hash("a", word), value=word)
    JoinCode.objects.create(conversation=joined, code_hash=keyed_hash("join", word), expires_at=timezone.now() + DAY)
    for state, message in zip(("stored", "reference"), joined.messages.all(), strict=True):
        Attachment.objects.create(
            message=message, state=state, reference={"id": f"{word}-file"}, content=f"photo of {word}".encode(),
            handover=conversation.resident.handovers.get().pk, expires_at=timezone.now() + DAY,
        )  # fmt: skip
    handover = conversation.resident.handovers.get()
    Translation.objects.create(handover=handover, message=conversation.messages.first(), text=f"hij zegt {word}")
    handover = conversation.resident.handovers.get()
    Translation.objects.create(handover=handover, message=joined.messages.first(), text=f"over {word}")
    Told.objects.create(helper=make_helper(handover.team), handover=handover, since=timezone.now())
    LearningConsent.objects.create(resident=conversation.resident)
    Sample.objects.create(
        owner=owner_of(conversation.resident_id), text=f"ik heb {word}", language="nl", confidence=0.2, why="unsure",
        wishes={"note": word}, group=uuid.uuid4(), expires_at=timezone.localdate() + DAY,
    )  # fmt: skip
    return conversation


def _tied():
    """Every table with a path to a resident, over any number of foreign keys; the timeline of staff is none of them."""
    found = {Resident}
    while more := {
        model
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if model not in found and getattr(field, "remote_field", None) and not field.auto_created and field.related_model in found
    }:
        found |= more
    return found


def test_every_table_that_is_tied_to_a_resident_is_emptied():
    """A new table fails here until it is planted above: then it is known to go with a wipe, whatever ties it."""
    conversation = _plant_the_rest("kraanvogel")
    assert [model._meta.label for model in _tied() if not model._default_manager.exists()] == []
    planted = {finding.where.split(".")[0] for finding in search_everything(["kraanvogel"])}
    assert planted >= {"conversations_alias", "conversations_attachment", "learning_sample"}
    hashes = [c.address_hash for c in conversation.resident.conversations.all()]
    ids = [str(conversation.resident_id), *(str(h.pk) for h in conversation.resident.handovers.all())]
    wipe.wipe_resident(conversation.resident)
    assert [model._meta.label for model in _tied() if model._default_manager.exists()] == []
    owner = owner_of(conversation.resident_id)
    assert search_everything(["kraanvogel", "kraanvogel-elders", owner, *hashes, *ids]) == []


def test_what_time_takes_goes_as_completely(settings):
    """The sweep takes the same road as the wipe."""
    conversation = _plant_the_rest("kraanvogel")
    old = timezone.now() - (settings.RETENTION_HANDOVER_DAYS + 1) * DAY
    Conversation.objects.update(created_at=old)
    Message.objects.update(created_at=old)
    HandoverEvent.objects.update(at=old)
    Handover.objects.update(created_at=old)
    wipe.sweep_retention(timezone.now())
    assert not Resident.objects.filter(pk=conversation.resident_id).exists()
    assert search_everything(["kraanvogel"]) == []


def test_nothing_of_a_wiped_resident_is_found_anywhere():
    """Found in every table before; afterwards in none, in no spelling, also behind our encryption."""
    conversation = _plant("kraanvogel")
    before = search_everything(["kraanvogel"])
    tables = {finding.where.split(".")[0] for finding in before}
    assert tables >= {
        "conversations_conversation", "conversations_message", "conversations_delivery", "conversations_turnresult",
        "conversations_rasasession", "conversations_drawer", "handover_draft", "handover_handover", "handover_handoverevent",
    }  # fmt: skip
    counts = wipe.wipe_resident(conversation.resident)
    assert search_everything(["kraanvogel", str(conversation.resident_id), str(conversation.rasa_sender)]) == []
    assert (counts.residents, counts.conversations, counts.messages, counts.deliveries, counts.handovers) == (1, 1, 2, 1, 1)
    assert (counts.jobs, counts.forgotten) == (1, 1)


def test_every_channel_of_the_resident_goes_and_nobody_elses():
    """One resident may write on two channels; the neighbour's rows are all there afterwards."""
    conversation = _plant("kraanvogel")
    _plant("roerdomp", channel="whatsapp", resident=conversation.resident)
    other = _plant("grutto-in-het-gras")
    before = search_everything(["grutto-in-het-gras"])
    assert wipe.wipe_resident(conversation.resident).conversations == 2
    assert search_everything(["kraanvogel", "roerdomp"]) == []
    assert search_everything(["grutto-in-het-gras"]) == before
    assert list(Conversation.objects.all()) == [other]
    assert [args for args, _ in _jobs()] == [str(other.pk)]


def test_the_hash_of_a_message_stays_for_fourteen_days():
    """A redelivery by the provider must not bring a wiped resident back."""
    conversation = _plant("kraanvogel")
    ForgottenMessage.objects.create(
        channel="telegram", provider_hash=keyed_hash("provider", "kraanvogel"), until=timezone.now() - DAY
    )
    wipe.wipe_resident(conversation.resident)
    left = ForgottenMessage.objects.get()
    assert (left.channel, left.provider_hash) == ("telegram", keyed_hash("provider", "kraanvogel"))
    assert timedelta(days=13) < left.until - timezone.now() <= timedelta(days=14)


def test_a_running_job_is_left_to_end_by_itself():
    """The wipe is carried out by a job of this very conversation: deleted, it could not report its end."""
    conversation = _plant("kraanvogel")
    _defer(conversation, "doing")
    _defer(conversation, "succeeded")
    assert wipe.wipe_resident(conversation.resident).jobs == 2
    assert _jobs() == [(str(conversation.pk), "doing")]


def test_a_lost_key_stops_no_wipe(settings):
    """Who lost a key can still keep the promise to delete."""
    conversation = Conversation.objects.defer("address", "start_param").get(pk=_plant("kraanvogel").pk)
    settings.FIELD_KEYS_PATH = ""
    settings.FIELD_KEYS = "other:" + base64.b64encode(b"k" * 32).decode()
    assert wipe.wipe_resident(conversation.resident).messages == 2


def test_a_wiper_that_fails_stops_the_whole_wipe():
    """Half a wipe would be called done: all or nothing."""

    def fails(conversation):
        raise OSError("no")

    wipe.register("files", fails)
    conversation = _plant("kraanvogel")
    with pytest.raises(OSError, match="no"):
        wipe.wipe_resident(conversation.resident)
    assert Message.objects.count() == 2
    assert not ForgottenMessage.objects.exists()


def test_wipers_see_each_conversation_before_it_goes():
    """What no foreign key reaches is the room's own to delete."""
    seen = []
    wipe.register("files", lambda conversation: seen.append((conversation.pk, conversation.messages.count())))
    conversation = _plant("kraanvogel")
    wipe.wipe_resident(conversation.resident)
    assert seen == [(conversation.pk, 2)]


def test_two_rooms_cannot_share_a_name():
    """The second would silently replace the first."""
    wipe.register("files", print)
    wipe.register("files", print)
    with pytest.raises(AlreadyRegistered):
        wipe.register("files", repr)


def test_open_pages_hear_of_it_once_it_is_done():
    """The NOTIFY comes with the commit: not before, and not when the wipe is undone."""
    import psycopg

    conversation = _plant("kraanvogel")
    known = connection.get_connection_params()
    params = {key: known[key] for key in ("host", "port", "user", "password", "dbname") if key in known}
    with psycopg.connect(**params, autocommit=True) as listener:
        listener.execute("LISTEN aanspraak")
        with transaction.atomic():
            wipe.wipe_resident(conversation.resident)
            assert list(listener.notifies(timeout=0.1)) == []
        assert any(notice.payload == f"conversation:{conversation.pk}:wiped" for notice in listener.notifies(timeout=30))


def _wait_until_somebody_waits():
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("Nobody waits for the wipe.")


def test_a_redelivery_that_waits_for_the_wipe_brings_nothing_back():
    """Its hash is not to be seen before the wipe commits, and the conversation is gone after it."""
    incoming = Incoming("telegram", "7001", text="ik heb kraanvogel", provider_id="n1")
    stored = receive(incoming)
    resident = Conversation.objects.get(pk=stored.conversation_id).resident
    received = []

    def redeliver():
        try:
            received.append(receive(incoming))
        finally:
            connection.close()

    thread = threading.Thread(target=redeliver)
    with transaction.atomic():
        wipe.wipe_resident(resident)
        thread.start()
        _wait_until_somebody_waits()
    thread.join()
    assert received == [Received(0, True, 0)]
    assert (Message.objects.count(), Conversation.objects.count(), Resident.objects.count()) == (0, 0, 0)
    assert _jobs() == []


def test_what_is_past_its_time_goes_and_the_rest_stays(settings):
    """Thirty days after the last message, unless a handover lives; the resident goes with the last conversation."""
    now = timezone.now()
    old = now - (settings.RETENTION_DAYS + 1) * DAY
    idle, kept, fresh = _plant("kraanvogel", at=old), _plant("grutto-in-het-gras", at=old), _plant("roerdomp")
    written = _plant("wielewaal", at=old)
    Message.objects.filter(conversation=written, position=2).update(created_at=now - DAY)
    Handover.objects.filter(conversation__in=[idle, written]).update(state="closed")
    wipe.register_keeper("test", lambda ids: {kept.pk} & ids)
    counts = wipe.sweep_retention(now)
    assert set(Conversation.objects.values_list("pk", flat=True)) == {kept.pk, fresh.pk, written.pk}
    assert (counts.residents, counts.conversations) == (1, 1)
    assert not Resident.objects.filter(pk=idle.resident_id).exists()
    assert search_everything(["kraanvogel"]) == []


def test_drawers_hashes_and_stray_sessions_go_in_time():
    """A telephone number is kept for a day, a hash for fourteen, a session of nobody as long as a conversation."""
    now = timezone.now()
    conversation = _plant("kraanvogel")
    Drawer.objects.create(conversation=conversation, kind="phone", value="x", expires_at=now)
    ForgottenMessage.objects.create(channel="telegram", provider_hash="a" * 64, until=now)
    ForgottenMessage.objects.create(channel="telegram", provider_hash="b" * 64, until=now + DAY)
    RasaSession.objects.create(sender_id="nobody")
    RasaSession.objects.filter(sender_id="nobody").update(updated_at=now - 99 * DAY)
    wipe.sweep_retention(now)
    assert Drawer.objects.count() == 1
    assert ForgottenMessage.objects.get().provider_hash == "b" * 64
    assert not RasaSession.objects.filter(sender_id="nobody").exists()


def test_a_naive_time_is_refused():
    """A sweep in the wrong time zone deletes what must stay."""
    with pytest.raises(ValueError, match="aware"):
        wipe.sweep_retention(timezone.now().replace(tzinfo=None))


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("plain", b"abc KRAANVOGEL DE \xc3\x89\xc3\xa9nde xyz"),
        ("json", b'{"text": "kraanvogel de \\u00e9\\u00e9nde"}'),
        ("url", b"text=kraanvogel%20de%20%C3%A9%C3%A9nde"),
        ("form", b"text=kraanvogel+de+%C3%A9%C3%A9nde"),
        ("hex", "kraanvogel de éénde".encode().hex().encode()),
        *[("base64", base64.b64encode(b"x" * n + "kraanvogel de éénde!".encode())) for n in range(3)],
        *[("base64", base64.urlsafe_b64encode(b"x" * n + "kraanvogel de éénde!".encode())) for n in range(3)],
        ("plain", gzip.compress("kraanvogel de éénde".encode(), mtime=0)),
    ],
)
def test_the_search_finds_a_word_in_each_spelling(tmp_path, form, data):
    """A proof that nothing is left needs a search that finds what is there."""
    (tmp_path / "log").write_bytes(data)
    (tmp_path / "other").write_bytes(b"nothing here")
    found = search_everything(["kraanvogel de éénde"], [tmp_path])
    assert {(finding.where, finding.form) for finding in found} == {(str(tmp_path / "log"), form)}
