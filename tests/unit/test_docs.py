"""The docs keep up with the code."""

import re
from pathlib import Path

from typer.testing import CliRunner

from bot.cli import app

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented():
    """A setting missing from docs/settings.md fails here."""
    source = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'(?:_read\(\s*env\.\w+, |_secret\()"([A-Z_]+)"', source))
    documented = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    assert names - documented == set()


def test_every_command_stands_in_the_readme():
    """A command missing from the README's table fails here, and so does one that is gone."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `uv run aanspraak ([a-z-]+)`", text, re.MULTILINE))
    names = {c.name or c.callback.__name__ for c in app.registered_commands} | {g.name for g in app.registered_groups}
    assert named == names


def test_every_command_that_a_page_names_exists():
    """With its second word: whoever follows a guide on a bad day types what stands there."""
    from typer.main import get_command

    root, wrong = get_command(app), []
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "deploy" / "README.md"):
        for first, second in re.findall(r"aanspraak ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?", page.read_text(encoding="utf-8")):
            group = root.commands.get(first)
            if group is not None and second and hasattr(group, "commands") and second not in group.commands:
                wrong.append(f"{page.name}: {first} {second}")
    assert wrong == []


def test_the_readme_shows_and_links_only_what_exists():
    """A picture or page that moved fails here."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    paths = re.findall(r'(?:\]\(|src=")(?!https?:)([^)"]+)', text)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert any(path.endswith(".png") for path in paths)


def test_help_answers_without_reading_settings():
    """--help works in an empty environment and lists the commands."""
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert "wording" in result.output
