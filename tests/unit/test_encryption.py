"""Stored texts are ciphertext that a key can be changed for and that nobody can alter unseen."""

import base64
import secrets

import pytest
from cryptography.exceptions import InvalidTag

from bot.privacy import keys
from bot.privacy.exceptions import KeyMissing
from bot.privacy.fields import EncryptedJSONField, EncryptedTextField


def _key(name):
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


OLD, NEW = _key("k1"), _key("k2")


class _Settings:
    FIELD_KEYS = OLD
    HASH_KEY = base64.b64encode(b"h" * 32).decode()


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """Settings of our own: no file, no environment."""
    given = _Settings()
    monkeypatch.setattr(keys, "settings", given)
    return given


def test_a_text_comes_back_as_it_was():
    """Any script, also nothing at all."""
    for text in ("", "mijn huur", "سلام 👩‍👧"):
        assert keys.decrypt(keys.encrypt(text.encode())).decode() == text


def test_the_same_text_never_looks_the_same():
    """Equal ciphertexts would tell that two residents wrote the same."""
    stored = {keys.encrypt(b"mijn huur") for _ in range(50)}
    assert len(stored) == 50
    assert not any(b"huur" in value for value in stored)


@pytest.mark.parametrize("spec", [f"{NEW},{OLD}", f"{NEW} {OLD}", f"{NEW}\n{OLD}\n"], ids=["comma", "space", "lines"])
def test_a_new_key_goes_first_and_the_old_one_still_reads(settings, spec):
    """Keys rotate without touching a row."""
    stored = keys.encrypt(b"mijn huur")
    settings.FIELD_KEYS = spec
    assert keys.decrypt(stored) == b"mijn huur"
    assert keys.encrypt(b"x").startswith(b"k2\0")


def test_a_lost_key_says_what_to_do(settings):
    """Nobody should have to guess which key is missing where."""
    stored = keys.encrypt(b"mijn huur")
    settings.FIELD_KEYS = NEW
    with pytest.raises(KeyMissing, match="Put the old key back"):
        keys.decrypt(stored)


def test_any_changed_byte_is_noticed():
    """The key id, the nonce, the text and its tag."""
    stored = keys.encrypt(b"mijn huur")
    for place in range(len(stored)):
        changed = bytearray(stored)
        changed[place] ^= 1
        with pytest.raises((InvalidTag, KeyMissing)):
            keys.decrypt(bytes(changed))


def test_a_text_cannot_be_passed_off_under_another_key_id(settings):
    """The key id is part of what the tag protects, also when two ids hold one key."""
    secret = OLD.split(":", 1)[1]
    settings.FIELD_KEYS = f"k1:{secret},k9:{secret}"
    with pytest.raises(InvalidTag):
        keys.decrypt(b"k9" + keys.encrypt(b"mijn huur")[2:])


@pytest.mark.parametrize(
    ("name", "work"), [("FIELD_KEYS", lambda: keys.encrypt(b"x")), ("HASH_KEY", lambda: keys.keyed_hash("a", "b"))]
)
def test_no_key_is_no_start(settings, name, work):
    """Storing in the clear is never the way out."""
    setattr(settings, name, "")
    with pytest.raises(KeyMissing, match=name):
        work()


def test_a_hash_depends_on_key_kind_and_value(settings):
    """Without the key nobody can try phone numbers; a Telegram id is no web chat id."""
    one = keys.keyed_hash("telegram", "12")
    assert one == keys.keyed_hash("telegram", "12")
    assert len({one, keys.keyed_hash("telegram", "13"), keys.keyed_hash("webchat", "12")}) == 3
    settings.HASH_KEY = base64.b64encode(b"i" * 32).decode()
    assert keys.keyed_hash("telegram", "12") != one


@pytest.mark.parametrize(
    ("field", "value"),
    [(EncryptedTextField(), "mijn huur"), (EncryptedJSONField(), {"text": ["mijn huur", 1, None]}), (EncryptedTextField(), None)],
)
def test_a_field_gives_back_what_it_was_given(field, value):
    """Text as text, JSON as JSON, nothing as nothing; ciphertext in between."""
    stored = field.get_prep_value(value)
    assert stored is None or b"huur" not in stored
    assert field.from_db_value(stored, None, None) == value
