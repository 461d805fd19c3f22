"""``aanspraak sbom`` and ``aanspraak audit``: what is installed, and whether every known hole in it has been judged."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import fail

_ROOT = Path(__file__).resolve().parents[1]
_JUDGED = _ROOT / "docs" / "security-findings.md"
_ID = re.compile(r"\b(?:CVE-\d{4}-\d+|GHSA(?:-[a-z0-9]{4}){3}|PYSEC-\d{4}-\d+)\b")


def _uv() -> str:
    own = _ROOT / ".uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if not found:
        fail("uv was not found. ./run fetches it.")
    return str(found)


def _export(*more: str) -> str:
    done = subprocess.run([_uv(), "export", "--quiet", "--locked", *more], cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        fail((done.stderr.strip().splitlines() or ["uv export failed"])[-1])
    return done.stdout


def sbom(path: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Write every package of uv.lock as CycloneDX 1.5."""
    text = _export("--format", "cyclonedx1.5", "--preview-features", "sbom-export")
    path.write_text(text, encoding="utf-8")
    typer.echo(f"{path}: {len(json.loads(text)['components'])} packages")


def unjudged(report: dict, judged: str) -> tuple[list[str], list[str]]:
    """(holes that the text does not name, packages that could not be looked up) of pip-audit's JSON."""
    named, holes, skipped = set(_ID.findall(judged)), [], []
    for package in report["dependencies"]:
        if "skip_reason" in package:
            skipped.append(package["name"])
        for hole in package.get("vulns", ()):
            if not named & {hole["id"], *hole.get("aliases", ())}:
                holes.append(f"{package['name']} {package['version']}: {hole['id']} ({', '.join(hole.get('aliases', ()))})")
    return holes, skipped


def audit() -> None:
    """Look every package of uv.lock up among the known holes; exit 1 for one that docs/security-findings.md does not judge."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, found = Path(folder) / "requirements.txt", Path(folder) / "found.json"
        wanted.write_text(_export("--no-hashes", "--no-emit-project", "--format", "requirements-txt"), encoding="utf-8")
        command = [
            _uv(),
            "tool",
            "run",
            "pip-audit",
            "-r",
            str(wanted),
            "--no-deps",
            "--disable-pip",
            "-f",
            "json",
            "-o",
            str(found),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not found.exists():
            fail((done.stderr.strip().splitlines() or ["pip-audit failed"])[-1])
        report = json.loads(found.read_text(encoding="utf-8"))
    holes, skipped = unjudged(report, _JUDGED.read_text(encoding="utf-8"))
    for hole in holes:
        typer.echo(f"not judged: {hole}")
    if skipped:
        typer.echo(
            f"not looked up ({len(skipped)} of {len(report['dependencies'])}): does this machine reach https://pypi.org/pypi?"
        )
    typer.echo(f"{len(holes)} to judge in docs/security-findings.md")
    raise SystemExit(bool(holes or skipped))
