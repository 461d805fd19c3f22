"""The way of production, against the real PostgreSQL: an administrator makes the roles, the owner the tables, the rest works."""

import json
import os
import subprocess
import sys
from urllib.parse import quote

import psycopg
import pytest

import bot.settings
from bot import doctor, start
from bot.database import _binaries
from bot.neighbourhood.demo import load_demo
from bot.neighbourhood.models import LocalFact, Team
from bot.secrets import read_secret
from tests.environment import ROOT, VAR

_DATABASE, _RUNNER = "gemeente", "gemeente_run"


@pytest.fixture
def server(postgres, tmp_path):
    """The tests' server with an administrator, and what deploy/postgres/roles.sql made there, under other names."""
    params = {"host": str(postgres.socket), "user": "postgres", "password": postgres.password}

    def admin(*statements):
        with psycopg.connect(**params, dbname="postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    gone = [
        f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)",
        f"DROP ROLE IF EXISTS {_RUNNER}",
        f"DROP ROLE IF EXISTS {_DATABASE}",
    ]
    admin(*gone)
    text = (ROOT / "deploy" / "postgres" / "roles.sql").read_text(encoding="utf-8")
    text = text.replace("aanspraak", _DATABASE).replace("/run/secrets", str(tmp_path))
    for name, password in (("owner_password", "own'er"), ("run_password", "run")):
        (tmp_path / name).write_text(password + "\n")
    (tmp_path / "roles.sql").write_text(text)
    env = {
        **os.environ,
        "PGHOST": params["host"],
        "PGUSER": "postgres",
        "PGPASSWORD": params["password"],
        "PGDATABASE": "postgres",
    }
    done = subprocess.run(
        [str(_binaries() / "psql"), "--no-psqlrc", "--file", str(tmp_path / "roles.sql")],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    host = quote(params["host"], safe="")
    yield {
        "DATABASE_URL": f"postgresql://{_RUNNER}:run@{host}:5432/{_DATABASE}",
        "DATABASE_OWNER_URL": f"postgresql://{_DATABASE}:{quote(chr(39).join(('own', 'er')))}@{host}:5432/{_DATABASE}",
    }
    admin(*gone)


def command(server, *words, **env):
    """``aanspraak WORDS`` in production, with these addresses of the database."""
    whole = {**os.environ, "AANSPRAAK_VAR": str(VAR), "DEMO": "false", **server, **env}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *words], cwd=ROOT, env=whole, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


def as_web(server, code):
    """What the web process gets when it asks this."""
    env = {**os.environ, "AANSPRAAK_VAR": str(VAR), "AANSPRAAK_PROCESS": "web", **server}
    program = f"import django; django.setup()\nfrom django.db import connection\nc = connection.cursor()\nimport json\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_from_an_empty_server_to_tables_that_the_web_process_cannot_change(server):
    """`database migrate` as the owner, twice; `check` says well; backup and restore of it bring the rights back."""
    assert command(server, "database", "migrate") == (
        0,
        "The tables are up to date. The run-time role may work with them.\n",
    )
    assert command(server, "database", "migrate")[0] == 0
    assert command(server, "database", "check") == (0, f"{_RUNNER} reads and writes rows, and no more.\n")
    assert command(server, "admin", "team", "Buurtteam Noord", "--areas", "3061, 3062")[0] == 0
    code, said = command(server, "admin", "team", "Buurtteam Noord")
    assert (code, "already" in said) == (1, True)
    assert "306" in command(server, "admin", "team", "Buurtteam Zuid", "--areas", "306")[1]
    invited = ("ingrid@example.nl", "--name", "Ingrid", "--role", "coordinator", "--team", "Buurtteam Noord")
    assert "/desk/" in command(server, "admin", "invite", *invited)[1]
    assert as_web(server, "c.execute('SELECT current_user'); print(json.dumps(c.fetchone()))") == [_RUNNER]
    denied = """
try:
    c.execute('DROP TABLE conversations_message')
except Exception as error:
    print(json.dumps(str(error)))
"""
    assert "must be owner" in as_web(server, denied)


def test_one_role_for_all_is_told_to_be_too_much(server):
    """Who gives the owner's address to web and workers hears of it."""
    owner = {"DATABASE_URL": server["DATABASE_OWNER_URL"], "DATABASE_OWNER_URL": ""}
    assert command(owner, "database", "migrate") == (0, "The tables are up to date.\n")
    code, said = command(owner, "database", "check")
    assert code == 1
    assert f"{_DATABASE} owns tables" in said


def test_a_database_that_refuses_is_one_line_without_the_address(server):
    """No password of it either; also where a command needs it that is not about it."""
    away = {"DATABASE_URL": "postgresql://a:geheim@127.0.0.1:9/x", "DATABASE_OWNER_URL": ""}
    code, said = command(away, "admin", "team", "Buurtteam Noord")
    assert (code, len(said.splitlines()), "does not answer" in said, "geheim" in said) == (1, 1, True, False)
    wrong = {**server, "DATABASE_OWNER_URL": server["DATABASE_OWNER_URL"].replace("own%27er", "geheim")}
    code, said = command(wrong, "database", "migrate")
    assert (code, len(said.splitlines())) == (1, 1)
    assert "Check DATABASE_OWNER_URL" in said
    assert "geheim" not in said
    assert read_secret("DATABASE_PASSWORD", VAR / "secrets") not in said


@pytest.mark.django_db
def test_a_made_up_neighbourhood_is_refused_where_residents_come(settings, monkeypatch):
    """They would be brought to people who do not exist: the start ends with one line, and doctor says it."""
    settings.DEMO = True
    load_demo()
    monkeypatch.setattr(bot.settings, "DEMO", False)
    with pytest.raises(start.CannotStart, match=r"made-up neighbourhood .* and start again"):
        start._refuse_demo(bot.settings)
    assert [found.level for found in doctor._made_up()] == ["error"]
    Team.objects.update(fictional=False)
    LocalFact.objects.update(fictional=False)
    start._refuse_demo(bot.settings)
    assert list(doctor._made_up()) == []


def test_the_doctor_answers_in_production(server):
    """In a process of its own, as an operator asks it: it ended with a traceback before it said a word."""
    asked = {**server, "PUBLIC_BASE_URL": "https://chat.example.nl"}
    assert command(asked, "database", "migrate")[0] == 0
    _, said = command(asked, "doctor")
    assert "Traceback" not in said
    assert "nobody has decided on it" in said  # it has asked the database
    assert "the database does not answer" not in said.lower()
