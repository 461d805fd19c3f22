"""Fixtures over PostgreSQL, with fakes for everything outside the process."""

import pytest

from bot.testing.rasa import FakeRasa


@pytest.fixture(scope="session", autouse=True)
def _catalogues():
    from bot.language.locales import compile_all

    compile_all()


@pytest.fixture
def rasa(settings, transactional_db):
    """A fake Rasa; set ``rasa.answer`` to decide what it does."""
    with FakeRasa() as fake:
        settings.RASA_URL = fake.url
        yield fake
