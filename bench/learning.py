"""From fifty reviewed messages to a promoted model: how long the machine needs.

    uv run python -m bench.learning

Works in a clone of this checkout with a database of its own; nothing here is changed. The messages are made by joining two known
examples of one intent, so that they are new to the data and still mean it; the decisions go through the inbox's own code.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_MESSAGES, _LIMIT_MINUTES = 50, 10
_TAGS = ("nl", "en", "tr", "ar", "pl")


def _in_a_clone(keep: Path | None) -> int:
    """A clone with this checkout's models and kept vectors, as a maintainer's own would have them."""
    folder = keep or Path(tempfile.mkdtemp(prefix="aanspraak-learning-"))
    clone = folder / "checkout"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    for part in ("models", "var/cache"):
        shutil.copytree(ROOT / part, clone / part, dirs_exist_ok=True)
    env = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "AANSPRAAK_MODELS"}}
    env |= {"AANSPRAAK_VAR": str(clone / "var"), "PYTHONPATH": str(clone), "PORT": "18600", "PUBLIC_BASE_URL": ""}
    env["DJANGO_SETTINGS_MODULE"] = "bot.settings"
    try:
        return subprocess.run([sys.executable, "-m", "bench.learning", "--here"], cwd=clone, env=env, check=False).returncode
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _new_texts(count: int) -> list[tuple[str, str, str]]:
    """(language, intent, text) that the data do not have."""
    from bot.language.examples import examples

    chance, found = random.Random(1), []
    known = {tag: [row for row in examples(tag) if 15 < len(row.text) < 60] for tag in _TAGS}
    while len(found) < count:
        tag = _TAGS[len(found) % len(_TAGS)]
        one = chance.choice(known[tag])
        other = chance.choice([row for row in known[tag] if row.intent == one.intent])
        if one != other and not one.intent.startswith("crisis_"):
            found.append((tag, one.intent, f"{one.text}, {other.text}"))
    return found


def _seed() -> int:
    """Fifty messages that wait, and one maintainer who says of each what it means; returns how many were accepted."""
    import uuid

    from django.utils import timezone

    from bot.learning import reviewing
    from bot.learning.models import Sample
    from bot.neighbourhood.models import User

    user = User.objects.create(email="bench@demo.invalid", username="bench", office=User.Office.MAINTAINER)
    until = timezone.localdate() + timedelta(days=9)
    for tag, intent, text in _new_texts(_MESSAGES):
        kept = {"language": tag, "intent": "greet", "confidence": 0.2, "why": "misunderstood", "expires_at": until}
        sample = Sample.objects.create(text=text, group=uuid.uuid4(), **kept)
        reviewing.decide(user, sample.group, [sample.pk], [], reviewing.Decision("wrong", intent))
    return Sample.objects.filter(state=Sample.State.ACCEPTED).count()


def _command(*words: str) -> Callable[[], str]:
    def run() -> str:
        done = subprocess.run([sys.executable, "-m", "bot.cli", *words], capture_output=True, text=True, check=False)
        told = [
            line
            for line in (done.stdout + done.stderr).splitlines()
            if line and " INFO " not in line and not line.startswith(("progress", "+", "-", " ", "@"))
        ]
        return f"exit {done.returncode}  {told[-1] if told else ''}"

    return run


def _here() -> int:
    from bot.secrets import ensure_secrets

    ensure_secrets(Path(os.environ["AANSPRAAK_VAR"]) / "secrets")  # the settings read them when they are imported
    from bot import settings
    from bot.database import EmbeddedDatabase

    server = EmbeddedDatabase.with_secrets(settings.ROOT, settings.VAR, settings.SECRETS, durable=False)
    server.start()
    try:
        subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], check=True)
        return _measure()
    finally:
        server.stop()


def _processor() -> float:
    """Seconds that finished child processes had of a processor: what a shared machine does not blur."""
    used = os.times()
    return used.children_user + used.children_system


def _measure() -> int:
    import django

    django.setup()
    print(f"{_seed()} messages reviewed and accepted", flush=True)
    steps = {
        "write": _command("learning", "write"), "train": _command("train", "--plain"),
        "compare": _command("compare", "--plain"), "promote": _command("promote", "--plain", "--reason", "bench"),
    }  # fmt: skip
    began = time.monotonic()
    for name, step in steps.items():
        since, used = time.monotonic(), _processor()
        told = step()
        print(f"{name:8} {time.monotonic() - since:6.0f} s  {_processor() - used:6.0f} s processor  {told}", flush=True)
    minutes = (time.monotonic() - began) / 60
    print(f"{'all':8} {minutes * 60:6.0f} s  {minutes:.1f} minutes of at most {_LIMIT_MINUTES}")
    return minutes > _LIMIT_MINUTES


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--keep", type=Path, help="Work in this empty folder and leave it.")
    reader.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = reader.parse_args()
    return _here() if given.here else _in_a_clone(given.keep)


if __name__ == "__main__":
    raise SystemExit(main())
