"""Voices for people who do not read: brought in at the desk, heard after a tap, stale when the text has changed."""

# ruff: noqa: F811 - pytest finds these fixtures by their imported names

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from bot.cli import app
from bot.conversations import inbox, outbox, recording, turns, voices
from bot.conversations.models import Message, Recording
from bot.conversations.outbox import from_key
from bot.handover.reading import thread
from bot.neighbourhood.demo import DEMO_VOICES, load_demo
from bot.neighbourhood.models import User
from tests.integration import telegram_setting as telegram
from tests.integration import whatsapp_setting as whatsapp
from tests.integration.handover_helpers import make_conversation, make_helper, make_team, says, stored, team  # noqa: F401

pytestmark = pytest.mark.django_db
MP3 = b"ID3\x04\x00\x00" + bytes(200)
OPUS = b"OggS\x00\x02" + bytes(22) + b"OpusHead\x01" + bytes(100)
HELP = "utter_help"


def words_of(key, tag="nl"):
    return next(words for words in voices.words(tag) if words.key == key)


def recorded(key=HELP, tag="nl", content=MP3, mime="audio/mpeg", machine=False):
    return recording.keep(words_of(key, tag), content, mime, speaker="Fatma", machine=machine, by="ingrid@demo.invalid")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def web(team):
    return signed_in(make_helper(team, "Ingrid", coordinator=True).user)


def bring_in(web, content=MP3, number=None, **more):
    rows = recording.shelf("nl")
    row = next(row for row in rows if row.words.key == HELP) if number is None else rows[number]
    file = SimpleUploadedFile("stem.mp3", content, "audio/mpeg")
    data = {"file": file, "speaker": "Fatma", "agreed": "on", "text": row.words.text, **more}
    return web.post(f"/desk/voices/nl/{row.number}/", data)


# --- what can be said --------------------------------------------------------------------------------------------


def test_about_thirty_core_messages_can_be_recorded_in_every_language():
    """None of them needs a name or a date of one resident; what is not translated is left out."""
    from bot.language.tags import ON_OFFER

    assert 30 <= len(voices.core_keys()) <= 40
    assert set(voices.demo_keys()) <= set(voices.core_keys())
    for tag in ON_OFFER:
        assert {words.key for words in voices.words(tag)} == set(voices.core_keys()), tag


def test_a_voice_belongs_to_its_very_text():
    """Another letter, another language or a button less: it is not offered any more, and the desk says so."""
    made, words = recorded(), words_of(HELP)
    titles = list(words.titles)
    assert voices.voice_for(HELP, "nl", words.text, [*titles, "Hoe deden anderen?"]).number == made.pk
    assert voices.voice_for(HELP, "nl", f"{words.text} ", titles) is None
    assert voices.voice_for(HELP, "tr", words.text, titles) is None
    assert voices.voice_for(HELP, "nl", words.text, titles[1:]) is None
    Recording.objects.update(text="Vroeger stond hier iets anders.", digest=voices.digest("Vroeger stond hier iets anders."))
    voices.forget()
    assert voices.voice_for(HELP, "nl", words.text, titles) is None
    [row] = [row for row in recording.shelf("nl") if row.stale]
    assert (row.words.key, row.recording, row.stale[0].pk) == (HELP, None, made.pk)


# --- at the desk -------------------------------------------------------------------------------------------------


def test_a_coordinator_brings_one_in_replaces_it_and_removes_it(web):
    """The new one takes the old one's place, and removing deletes the sound."""
    assert bring_in(web).status_code == 302
    first = Recording.objects.get()
    assert (first.speaker, first.machine, first.mime, bytes(first.content)) == ("Fatma", False, "audio/mpeg", MP3)
    assert bring_in(web, OPUS, speaker="Ahmed", machine="on").status_code == 302
    second = Recording.objects.get()
    assert (second.speaker, second.machine, second.mime) == ("Ahmed", True, "audio/ogg")
    page = web.get("/desk/voices/nl/").content.decode()
    assert "Ahmed" in page
    assert "computerstem" in page
    assert web.get(f"/desk/voices/{second.pk}/sound").content == OPUS
    assert web.post(f"/desk/voices/{second.pk}/remove").status_code == 302
    assert not Recording.objects.exists()
    assert web.post(f"/desk/voices/{second.pk}/remove").status_code == 404


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (b"<script>alert(1)</script>", {}),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), {}),
        (b"OggS\x00\x02" + bytes(22) + b"\x01vorbis" + bytes(100), {}),
        (MP3 + bytes(1_000_000), {}),
        (b"", {}),
        (MP3, {"agreed": ""}),
        (MP3, {"speaker": ""}),
        (MP3, {"text": "Wat er vroeger stond."}),
    ],
)
def test_what_is_no_sound_too_large_not_agreed_or_for_an_older_text_is_refused(web, content, more):
    """With the page again and a reason; nothing is kept."""
    answer = bring_in(web, content, **more)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode() or "intussen veranderd" in answer.content.decode()
    assert not Recording.objects.exists()


def test_only_coordinators_and_maintainers_look_after_voices(team):
    """A maintainer may; a worker, a key person and an administrator may not; a strange language or number is not found."""
    maintainer = User.objects.create(email="m@demo.invalid", username="m", office="maintainer")
    assert signed_in(maintainer).get("/desk/voices/tr/").status_code == 200
    administrator = User.objects.create(email="a@demo.invalid", username="a", office="administrator")
    others = [make_helper(team, "Mark").user, make_helper(team, "Sara", kind="key_person").user, administrator]
    for user in others:
        assert signed_in(user).get("/desk/voices/tr/").status_code == 403
    assert signed_in(maintainer).get("/desk/voices/xx/").status_code == 404
    assert signed_in(maintainer).get("/desk/voices/tr/999/").status_code == 404


# --- in the web chat ---------------------------------------------------------------------------------------------


def opened(client):
    token = client.post("/chat/api/sessions", "{}", content_type="application/json").json()["session"]
    return inbox.find_conversation("webchat", token)


def test_the_web_chat_says_which_voice_a_message_has_and_plays_nothing_by_itself():
    """A field of its own beside the buttons, gone with the recording; the sound needs the session."""
    client = Client(headers={"accept-language": "nl"})
    conversation = opened(client)
    outbox.post(conversation, [from_key(conversation, HELP), from_key(conversation, "utter_out_of_scope")])
    before = client.get("/chat/api/messages").json()
    assert not any("voice" in message for message in before)
    made = recorded(machine=True)
    said, other = client.get("/chat/api/messages").json()
    assert said["voice"] == {"id": made.pk, "machine": True}
    assert said["buttons"] == before[0]["buttons"]
    assert "voice" not in other
    sound = client.get(f"/chat/api/voices/{made.pk}")
    assert (sound.content, sound.headers["Content-Type"]) == (MP3, "audio/mpeg")
    assert Client().get(f"/chat/api/voices/{made.pk}").status_code == 401
    recording.remove(made.pk)
    gone = client.get(f"/chat/api/voices/{made.pk}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown_voice")
    assert "voice" not in client.get("/chat/api/messages").json()[0]


# --- on Telegram -------------------------------------------------------------------------------------------------


@pytest.fixture
def telegram_server(settings, monkeypatch):
    with telegram.fake_telegram(settings, monkeypatch) as server:
        server.webhook = None
        yield server


def telegram_says(key):
    conversation = telegram.found() or inbox.open_conversation("telegram", str(telegram.CHAT))
    return outbox.post(conversation, [from_key(conversation, key)])[0]


def listen(message):
    """Tap the listen button under ``message``; returns what the turn said."""
    conversation = message.conversation
    button = next(b for b in message.buttons if voices.is_listening(b["payload"]))
    tapped = inbox.receive(inbox.Incoming(conversation.channel, conversation.address, kind="tap", button_id=button["id"]))
    turns.drain(conversation.pk)
    return list(Message.objects.filter(conversation=conversation, position__gt=tapped.position))


def test_telegram_sends_the_voice_after_a_tap_and_not_before(telegram_server):
    """The button stands below the others, which keep their rows; what comes is the recording itself."""
    made = recorded()
    message = telegram_says(HELP)
    telegram.deliver()
    rows = telegram_server.sent(telegram.CHAT)[-1]["reply_markup"]["inline_keyboard"]
    assert [len(row) for row in rows][-1] == 1
    assert rows[-1][0]["text"] == "\N{SPEAKER} Luister"
    assert [key["text"] for row in rows[:-1] for key in row] == list(words_of(HELP).titles)
    assert not [call for call in telegram_server.calls if call.method == "sendVoice"]
    [voice] = listen(message)
    assert telegram.deliver()[-1] == ("sent", "")
    [call] = [call for call in telegram_server.calls if call.method == "sendVoice"]
    assert call.params["voice"] == MP3
    assert voice.what == voices.WHAT
    assert made.pk == voices.number_in(voice.payload)


def test_listening_marks_no_button_as_chosen(telegram_server, monkeypatch):
    """A mark says what was answered; a tap on the listen button answers nothing."""
    marked = []
    monkeypatch.setattr(telegram.transport, "mark_tapped", lambda address, tapped: marked.append(tapped.data))
    recorded()
    message = telegram_says(HELP)
    telegram.deliver()
    telegram_server.webhook = None
    for title in (message.buttons[-1]["title"], message.buttons[0]["title"]):
        telegram_server.tap(telegram.CHAT, title)
        telegram.post(telegram_server._updates[-1])
    assert marked == [message.buttons[0]["id"]]


def test_a_machine_voice_is_called_one(telegram_server):
    """On the button itself."""
    recorded(machine=True)
    assert telegram_says(HELP).buttons[-1]["title"] == "\N{SPEAKER} Computerstem"


def test_listening_is_no_answer_to_what_was_asked(telegram_server):
    """The question stands: a yes typed after the voice still is a yes to it, and a consent is not touched."""
    recorded("rights.wipe_confirm")
    conversation = telegram.found() or inbox.open_conversation("telegram", str(telegram.CHAT))
    wish = says(conversation, "wis alles")
    turns.drain(conversation.pk)
    asked = conversation.messages.get(key="rights.wipe_confirm")
    listen(asked)
    conversation.refresh_from_db()
    assert conversation.pending == "wipe"
    assert wish.position < asked.position
    says(conversation, "nee")
    turns.drain(conversation.pk)
    assert conversation.messages.last().key == "rights.wipe_cancelled"


def test_listen_can_be_typed(telegram_server):
    """Also after a tap, in any language; where nothing can be heard it is an ordinary message."""
    recorded()
    message = telegram_says(HELP)
    listen(message)
    says(message.conversation, "Luister!")
    turns.drain(message.conversation_id)
    last = Message.objects.filter(conversation=message.conversation).last()
    assert (last.what, last.author) == (voices.WHAT, "bot")


def test_a_voice_that_was_removed_meanwhile_is_said_to_be_gone(telegram_server):
    """Before its turn the bot says so with a person on offer; behind it the delivery fails for good, and nothing else waits."""
    made = recorded()
    message = telegram_says(HELP)
    assert listen(message)[0].what == voices.WHAT
    recording.remove(made.pk)
    assert telegram.deliver()[-1] == ("failed", "voice_gone")
    [told] = listen(message)
    assert told.key == "voice.gone"
    assert told.buttons


def test_a_helper_is_not_shown_that_somebody_listened(team):
    """Neither the tap nor the voice is a message to a person."""
    recorded("utter_help")
    handover = stored(make_conversation(channel="telegram"))
    conversation = handover.conversation
    conversation.held_by = "Mark"
    conversation.save()
    message = outbox.post(conversation, [from_key(conversation, HELP)])[0]
    button = next(b for b in message.buttons if voices.is_listening(b["payload"]))
    tapped = says(conversation, button["title"], kind="tap")
    Message.objects.filter(pk=tapped.pk).update(payload=button["payload"], to_helper=False)
    turns.drain(conversation.pk)
    assert conversation.messages.last().what == voices.WHAT
    shown = [found.position for found in thread(handover)]
    assert message.position in shown
    assert tapped.position not in shown
    assert conversation.messages.last().position not in shown


# --- on WhatsApp -------------------------------------------------------------------------------------------------


@pytest.fixture
def whatsapp_server(settings, monkeypatch):
    from bot.testing.whatsapp_bodies import body, change, message

    with whatsapp.fake_whatsapp(settings, monkeypatch) as server:
        whatsapp.post(body(change([message(whatsapp.PHONE, "hoi")])))
        yield server


def test_whatsapp_sends_the_voice_and_never_hides_three_buttons_in_a_list(whatsapp_server):
    """As a third button or one more row; above three buttons it is left out, and "listen" can be typed."""
    for key in ("utter_not_now", HELP, "utter_ask_privacy", "handover.preview_question"):
        recorded(key, content=OPUS, mime="audio/ogg")
    conversation = whatsapp.found()
    posted = [outbox.post(conversation, [from_key(conversation, key)])[0] for key in ("utter_not_now", HELP)]
    outbox.post(conversation, [from_key(conversation, "handover.preview_question")])
    whatsapp.deliver()
    few, many, three = (sent["interactive"]["action"] for sent in whatsapp_server.sent(whatsapp.PHONE))
    assert [b["reply"]["title"] for b in few["buttons"]] == ["Opnieuw", "\N{SPEAKER} Luister"]
    assert [row["title"] for row in many["sections"][0]["rows"]][-1] == "\N{SPEAKER} Luister"
    assert [b["reply"]["title"] for b in three["buttons"]] == list(words_of("handover.preview_question").titles)
    says(conversation, "luister")
    turns.drain(conversation.pk)
    assert len(Message.objects.filter(what=voices.WHAT)) == 3
    assert whatsapp.deliver()[-1] == ("sent", "")
    assert posted
    sent = whatsapp_server.sent(whatsapp.PHONE)[-1]
    assert whatsapp_server.media[sent["audio"]["id"]] == (OPUS, "audio/ogg")


# --- the demo ----------------------------------------------------------------------------------------------------


def test_the_demo_brings_machine_voices_marked_as_such(settings):
    """Small files with an index; a person's voice for the same words stays, and a second start changes nothing."""
    settings.DEMO = True
    recorded()
    made = load_demo()["voices"]
    index = json.loads((DEMO_VOICES / "index.json").read_text(encoding="utf-8"))
    assert made == len(index) - 1 >= 60
    assert load_demo()["voices"] == 0
    machine = Recording.objects.exclude(speaker="Fatma")
    assert set(machine.values_list("machine", "speaker")) == {(True, "espeak-ng")}
    files = [path for path in DEMO_VOICES.rglob("*.mp3")]
    assert {str(path.relative_to(DEMO_VOICES)) for path in files} == {one["file"] for one in index}
    assert max(path.stat().st_size for path in files) < 60_000


def test_what_a_machine_said_of_an_earlier_text_goes_with_the_next_start(settings):
    """Of the demo's own alone."""
    settings.DEMO = True
    load_demo()
    Recording.objects.filter(language="nl", key=HELP).update(text="vroeger", digest=voices.digest("vroeger"))
    assert load_demo()["voices"] == 1
    assert not Recording.objects.filter(text="vroeger").exists()


def test_the_command_counts_what_can_be_heard_in_every_language():
    """The demo's machine voices, and none by a person."""
    load_demo()
    done = CliRunner().invoke(app, ["voices", "status"])
    assert done.exit_code == 0, done.exception
    turkish = next(line for line in done.output.splitlines() if line.startswith("tr "))
    heard = {what: int(count) for count, what in re.findall(r"(\d+) (texts|by a person|by a machine|changed since)", turkish)}
    assert heard["texts"] >= heard["by a machine"] > 0 == heard["by a person"] == heard["changed since"]
