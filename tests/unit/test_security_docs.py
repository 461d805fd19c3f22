"""docs/security.md says which test shows what: every test it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NAMED = re.compile(r"`((?:[a-z]+/test_\w+\.py)?)(?:::(test_\w+))?`")


def test_every_test_that_is_named_exists():
    text, file, missing, found = (ROOT / "docs" / "security.md").read_text(encoding="utf-8"), "", [], 0
    for path, name in _NAMED.findall(text):
        file = path or file
        if not (path or name):
            continue
        found += 1
        source = ROOT / "tests" / file
        if not source.is_file() or (name and f"def {name}(" not in source.read_text(encoding="utf-8")):
            missing.append(f"{file}::{name}")
    assert found > 60
    assert missing == []


def test_every_file_of_ours_that_is_named_exists():
    """A module that moved fails here."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(bot/[\w/]+\.py|content/[\w/]+\.yml|bench/\w+\.py)`", text))
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
