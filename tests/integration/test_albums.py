"""Pictures sent together on Telegram: each is kept, in any order and however often, and together they get one answer."""

import itertools
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from bot.conversations import albums, turns
from bot.conversations.models import Attachment, Message, TurnResult
from bot.language.locales import compile_all
from bot.testing.rasa import FakeRasa
from bot.testing.telegram_updates import message_update
from tests.integration.telegram_setting import fake_telegram, found, post

pytestmark = pytest.mark.django_db(transaction=True)
CHAT = 7_000_000_001
# A second of the album's, in real ones: a busy machine must not be what lets it pass.
SECOND = 300


@pytest.fixture(autouse=True)
def rasa(settings, monkeypatch, transactional_db):
    """A turn's surroundings: Telegram's server, and a Rasa that says back what it was told."""
    compile_all()
    for name in ("GRACE", "_LONGEST"):
        monkeypatch.setattr(albums, name, getattr(albums, name) * SECOND)
    with fake_telegram(settings, monkeypatch), FakeRasa() as fake:
        settings.RASA_URL = fake.url
        yield fake


def picture(number, caption="", album="77"):
    words = {"caption": caption} if caption else {}
    sizes = [{"file_id": f"small{number}", "width": 90, "height": 90}, {"file_id": f"large{number}", "width": 900, "height": 900}]
    content = {"message_id": number, "photo": sizes, **({"media_group_id": album} if album else {}), **words}
    return message_update(910_000_000 + number, CHAT, content)


def come(*updates):
    for update in updates:
        assert post(update).status_code == 200


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds * SECOND)


def later(seconds=1):
    """As if that much time had passed."""
    Message.objects.update(created_at=ago(seconds))
    turns.drain(found(CHAT).pk)


def answers():
    """What was answered, as keys, or as the words that Rasa said back."""
    return [m.key or m.text for m in Message.objects.filter(author="bot").order_by("position")]


def kept():
    files = Attachment.objects.order_by("message__position")
    return [attachment.reference["id"] for attachment in files]


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
@pytest.mark.parametrize("with_words", [None, 1, 3])
def test_three_pictures_in_any_order_get_one_answer(order, with_words, rasa):
    """All three are stored with their file; words anywhere among them are what is answered."""
    come(*(picture(n, "wat staat hier" if n == with_words else "") for n in order))
    turns.drain(found(CHAT).pk)
    assert answers() == []  # more may come
    later()
    assert answers() == (["echo: wat staat hier"] if with_words else ["turn.media"])
    assert kept() == [f"large{n}" for n in order]
    assert not Message.objects.filter(author="resident", handled_at=None).exists()


def test_an_album_that_comes_again_changes_nothing(rasa):
    """Telegram repeats what was not answered in time: under the same id, before and after the answer."""
    album = [picture(n) for n in (1, 2, 3)]
    come(*album, album[1])
    later()
    come(*album)
    later()
    assert answers() == ["turn.media"]
    assert len(kept()) == Message.objects.filter(author="resident").count() == 3


def test_a_picture_that_comes_late_is_kept_and_answered_no_second_time(rasa):
    """Our webhook may have been away between two of them. Late words are answered: they say something new."""
    come(picture(1))
    later(5)
    come(picture(2))
    later()
    assert answers() == ["turn.media"]
    come(picture(3, "wat staat hier"))
    later()
    assert answers() == ["turn.media", "echo: wat staat hier"]
    assert kept() == ["large1", "large2", "large3"]


@pytest.mark.parametrize("with_words", [None, 2])
def test_a_worker_that_dies_at_any_picture_leaves_one_answer(with_words, rasa, monkeypatch):
    """Wherever it ends, before or after Rasa answered, the next one goes on without a second answer."""
    come(*(picture(n, "wat staat hier" if n == with_words else "") for n in (1, 2, 3)))
    Message.objects.update(created_at=ago(2))
    whole, count = turns._finish, itertools.count()

    def dies(*args, **more):
        whole(*args, **more)
        if next(count) % 2 == 0:
            raise OperationalError("killed")

    monkeypatch.setattr(turns, "_finish", dies)
    for _ in range(20):
        try:
            turns.drain(found(CHAT).pk)
        except OperationalError:
            continue
        break
    assert answers() == (["echo: wat staat hier"] if with_words else ["turn.media"])
    assert len(kept()) == 3
    assert TurnResult.objects.count() == (1 if with_words else 0)


def test_danger_in_the_words_waits_for_no_picture(rasa):
    """Safety reads each message alone and at once."""
    come(picture(1, "ik wil niet meer leven"), picture(2))
    turns.drain(found(CHAT).pk)
    assert answers()[0].startswith(("utter_crisis", "utter_check"))
    later()
    assert len(answers()) == 1


def test_two_albums_are_two_answers(rasa):
    """And a single picture between them is one of its own."""
    come(picture(1, album="a"), picture(2, album="a"), picture(3, album=""), picture(4, album="b"), picture(5, album="b"))
    later()
    assert answers() == ["turn.media"] * 3


def test_an_album_without_end_is_answered_all_the_same(rasa):
    """Whatever keeps coming under one id, the first of it waits ten seconds at most."""
    come(*(picture(n) for n in range(1, 5)))
    Message.objects.filter(position=1).update(created_at=ago(11))
    turns.drain(found(CHAT).pk)
    assert answers() == ["turn.media"]
    assert albums.is_arriving(Message.objects.get(position=2))
