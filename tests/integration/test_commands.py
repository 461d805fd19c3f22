"""Commands as an operator gives them, in a process of their own: an answer or one clear line, never a traceback."""

import os
import subprocess
import sys

import pytest

from bot.database import EmbeddedDatabase
from bot.secrets import ensure_secrets
from tests.environment import ROOT


@pytest.fixture
def aanspraak(tmp_path):
    """Runs a command of a checkout that keeps its data in ``tmp_path``: (exit code, what it said)."""
    ours = ("DATABASE_", "DJANGO_", "PGSERVER", "PUBLIC_BASE_URL", "DEMO", "FIELD_KEYS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"AANSPRAAK_VAR": str(tmp_path), "DEMO": "true", "PYTHONPATH": str(ROOT)}

    def run(*words):
        done = subprocess.run([sys.executable, "-m", "bot.cli", *words], cwd=ROOT, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_code_for_the_demos_second_step_is_printed(aanspraak, tmp_path):
    """It is what ``./run`` tells everybody to type who tries the desk for the first time."""
    ensure_secrets(tmp_path / "secrets")
    code, said = aanspraak("demo-code")
    assert (code, len(said.strip()), said.strip().isdecimal()) == (0, 6, True), said


def test_a_language_without_a_wording_list_is_one_line(aanspraak):
    """Mistyped, say."""
    assert aanspraak("wording", "--lang", "xx", "--text", "dag") == (
        1, "There is no wording list for 'xx'. Add content/wording/xx.yml.\n",
    )  # fmt: skip


def test_a_copy_that_is_not_there_makes_no_database_and_no_keys(aanspraak, tmp_path):
    """Else the next command would answer out of an empty one, with keys that read nothing."""
    assert aanspraak("restore", str(tmp_path / "monday.dump")) == (1, f"{tmp_path / 'monday.dump'} is no file.\n")
    assert list(tmp_path.iterdir()) == []


def test_keys_of_a_database_without_tables_are_one_line(aanspraak, tmp_path):
    """As after a restore that failed."""
    ensure_secrets(tmp_path / "secrets")
    database = EmbeddedDatabase.with_secrets(ROOT, tmp_path, tmp_path / "secrets", durable=False)
    try:
        database.start()
        code, said = aanspraak("keys", "list")
    finally:
        database.throw_away()
    assert (code, len(said.splitlines())) == (1, 1), said
    assert said.startswith("The database has no tables yet")
