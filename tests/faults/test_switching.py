"""Another model takes over while residents write: no turn is lost, none fails, and what does not load changes nothing."""

import threading
import time

import httpx
import pytest

from bot.learning import shelf

_PER_SECOND, _RESIDENTS, _EACH = 10, 10, 4
_TEXTS = ("hoi", "ik snap deze brief niet", "is er iets te doen in de buurt", "dank je wel")


@pytest.fixture
def rasa(system):
    """The endpoint by which ``aanspraak promote`` switches."""
    address = f"http://127.0.0.1:{system.port + 1005}/webhooks/turns"
    with httpx.Client(
        base_url=address, timeout=180, headers={"Authorization": f"Bearer {system.secret('RASA_TOKEN')}"}
    ) as client:
        yield client


def _writes(resident, answers, began):
    for number, text in enumerate(_TEXTS[:_EACH]):
        time.sleep(max(0.0, began + number * _RESIDENTS / _PER_SECOND - time.monotonic()))
        answers.append([message["text"] for message in resident.write(text, seconds=150)])


def test_no_turn_is_lost_while_the_model_changes(system, rasa):
    """Ten turns a second; each is answered, and by no apology."""
    residents, answers = [system.resident() for _ in range(_RESIDENTS)], []
    began = time.monotonic()
    threads = [threading.Thread(target=_writes, args=(one, answers, began + n / _PER_SECOND)) for n, one in enumerate(residents)]
    for thread in threads:
        thread.start()
    switched = rasa.put("/model", json={"model": shelf.promoted()})
    for thread in threads:
        thread.join()
    assert switched.json() == {"model": shelf.promoted()}
    assert len(answers) == _RESIDENTS * _EACH
    assert not [texts for texts in answers if any("ging iets mis" in text for text in texts)]


def test_a_model_that_does_not_load_changes_nothing(system, rasa, resident):
    """Refused, and residents are answered by the one before."""
    before = rasa.get("/model").json()
    broken = shelf.MODELS / "aanspraak-broken.tar.gz"
    broken.write_bytes(b"no archive")
    try:
        assert rasa.put("/model", json={"model": broken.name}).status_code == 409
    finally:
        broken.unlink()
    assert rasa.put("/model", json={"model": "../../etc/passwd"}).status_code == 404
    assert rasa.get("/model").json() == before
    assert resident.write("hoi", seconds=60)


def test_switching_needs_the_token(system):
    """As everything that Rasa is asked."""
    address = f"http://127.0.0.1:{system.port + 1005}/webhooks/turns/model"
    assert httpx.put(address, json={"model": shelf.promoted()}, timeout=10).status_code == 401
