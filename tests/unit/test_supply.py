"""What is installed can be listed, and a hole that nobody judged fails the audit."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from bot.cli import app
from bot.supply_commands import _JUDGED, unjudged

ROOT = Path(__file__).resolve().parents[2]


def test_the_list_of_parts_holds_every_locked_package(tmp_path):
    path = tmp_path / "sbom.json"
    assert CliRunner().invoke(app, ["sbom", str(path)]).exit_code == 0
    found = json.loads(path.read_text())
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.5")
    names = {part["name"] for part in found["components"]}
    assert {"rasa", "django", "procrastinate", "cryptography"} <= names
    assert len(names) > 150


def test_a_hole_that_is_not_named_and_a_package_not_looked_up_are_told():
    report = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-2024-1", "aliases": ["CVE-2024-0001"]}]},
            {"name": "b", "version": "2", "vulns": [{"id": "GHSA-aaaa-bbbb-cccc", "aliases": ["CVE-2024-0002"]}]},
            {"name": "c", "version": "3", "vulns": []},
            {"name": "d", "skip_reason": "not found"},
        ]
    }
    holes, skipped = unjudged(report, "| CVE-2024-0001 | not reachable |")
    assert [hole.split()[0] for hole in holes] == ["b"]
    assert skipped == ["d"]


def test_the_judgements_are_of_the_versions_that_are_locked():
    """A package that was raised or left must be judged anew."""
    locked = re.findall(r'^name = "([^"]+)"\nversion = "([^"]+)"', (ROOT / "uv.lock").read_text(encoding="utf-8"), re.MULTILINE)
    judged = re.findall(r"^\| `([a-z0-9-]+) ([\w.]+)` \|", _JUDGED.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(judged) > 10
    assert sorted(set(judged) - set(locked)) == []
